using System.CommandLine;
using Postern.Interop.LibC;

namespace Postern.Cli.Commands;

/// <summary><c>postern run</c>: becomes posternd, in the foreground.</summary>
internal static class RunCommand
{
    private const string Daemon = "posternd";

    public static Command Create()
    {
        Option<string> file = Options.File(required: true);
        var command = new Command("run", "Start posternd in the foreground.") { file };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(file)));
        return command;
    }

    /// <summary>posternd beside this program, else on the PATH; null when there is none.</summary>
    public static string? FindDaemon()
    {
        string beside = Path.Combine(Path.GetDirectoryName(Environment.ProcessPath) ?? "/", Daemon);
        if (File.Exists(beside))
            return beside;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(directory => Path.Combine(directory, Daemon)).FirstOrDefault(File.Exists);
    }

    private static int Run(string file)
    {
        if (FindDaemon() is not { } daemon)
        {
            Console.Error.WriteLine("postern: posternd is neither beside this program nor on the PATH");
            return ExitStatus.Failed;
        }

        int error = ChildProcess.Replace(daemon, ["-c", file]);
        Console.Error.WriteLine($"postern: {daemon} cannot be started: {Errno.Describe(error)}");
        return ExitStatus.Failed;
    }
}
