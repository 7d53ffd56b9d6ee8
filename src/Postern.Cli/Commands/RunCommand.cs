using System.CommandLine;
using Postern.Cli.Daemon;
using Postern.Interop.LibC;

namespace Postern.Cli.Commands;

/// <summary><c>postern run -c FILE</c>: becomes posternd, so that Ctrl-C and a service manager reach the daemon itself.</summary>
internal static class RunCommand
{
    public static Command Create(TextWriter errors)
    {
        Option<string> file = SharedOptions.Configuration("The configuration", required: true);
        var command = new Command("run", "Run posternd in the foreground, in place of this program") { file };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(file), errors));
        return command;
    }

    private static int Run(string file, TextWriter errors)
    {
        if (DaemonProgram.Find() is not { } program)
        {
            errors.WriteLine($"postern: {DaemonProgram.Name} is neither beside {Environment.ProcessPath} nor on the PATH; put both programs into one directory");
            return ExitStatus.Failed;
        }

        int error = ChildProcess.Replace(program, ["-c", file]);
        errors.WriteLine($"postern: {program} cannot be run: {Errno.Describe(error)}");
        return ExitStatus.Failed;
    }
}
