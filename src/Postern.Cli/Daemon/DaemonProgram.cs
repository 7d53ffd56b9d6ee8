namespace Postern.Cli.Daemon;

/// <summary>Where posternd is: beside postern, as it is built and installed, else on the PATH.</summary>
internal static class DaemonProgram
{
    public const string Name = "posternd";

    public static string? Find() => Find(AppContext.BaseDirectory, Environment.GetEnvironmentVariable("PATH") ?? "");

    internal static string? Find(string ownDirectory, string searchPath)
    {
        // An empty entry of PATH means the working directory: a program that lies around there is not meant.
        IEnumerable<string> directories = searchPath.Split(':').Where(Path.IsPathRooted);
        return directories.Prepend(ownDirectory).Select(directory => Path.Combine(directory, Name)).FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string path)
    {
        const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (File.GetUnixFileMode(path) & Executable) != 0;
    }
}
