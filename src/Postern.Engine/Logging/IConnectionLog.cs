namespace Postern.Engine.Logging;

/// <summary>Who is told how connections ended.</summary>
public interface IConnectionLog
{
    void Write(in ConnectionRecord record);
}
