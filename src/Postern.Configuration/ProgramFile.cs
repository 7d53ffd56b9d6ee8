namespace Postern.Configuration;

/// <summary>How the two programs know each other's file.</summary>
public static class ProgramFile
{
    /// <summary>There is a file, and it can be executed.</summary>
    public static bool Is(string path)
    {
        const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (File.GetUnixFileMode(path) & Executable) != 0;
    }
}
