namespace Postern.Engine.Logging;

/// <summary>A single entry in one of the formats, for whoever does not gather entries as a worker does.</summary>
public sealed class LogEntry(LogFormat format)
{
    private readonly LineBuilder _line = new(format);

    /// <summary>Writes the entry, closed; returns its length.</summary>
    public int Write(int severity, string name, string message, Span<byte> destination)
    {
        _line.Begin(severity, name, message);
        return _line.End(destination);
    }
}
