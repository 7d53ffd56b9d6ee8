using Postern.Configuration;
using Postern.Interop.LibC;

namespace Postern.Cli.Daemon;

/// <summary>Where posternd is: beside postern, as it is built and installed, else on the PATH.</summary>
internal static class DaemonProgram
{
    public const string Name = "posternd";

    public static string? Find() => Find(AppContext.BaseDirectory, Environment.GetEnvironmentVariable("PATH") ?? "");

    /// <summary>Returns only when that failed: the exit status.</summary>
    public static int Become(ReadOnlySpan<string> arguments, TextWriter errors)
    {
        if (Find() is not { } program)
        {
            errors.WriteLine($"postern: {Name} is neither beside {Environment.ProcessPath} nor on the PATH; put both programs into one directory");
            return ExitStatus.Failed;
        }

        int error = ChildProcess.Replace(program, arguments);
        errors.WriteLine($"postern: {program} cannot be run: {Errno.Describe(error)}");
        return ExitStatus.Failed;
    }

    internal static string? Find(string ownDirectory, string searchPath)
    {
        // An empty entry of PATH means the working directory: a program that lies around there is not meant.
        IEnumerable<string> directories = searchPath.Split(':').Where(Path.IsPathRooted);
        return directories.Prepend(ownDirectory).Select(directory => Path.Combine(directory, Name)).FirstOrDefault(ProgramFile.Is);
    }
}
