namespace Postern.Engine.Logging;

public enum LogFormat
{
    /// <summary>key=value, one line.</summary>
    Plain,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>Blocks of journald's native protocol, each closed by an empty line.</summary>
    Journal,
}
