using System.CommandLine;
using Postern.Cli.Daemon;

namespace Postern.Cli.Commands;

/// <summary><c>postern run -c FILE</c>: becomes posternd, so that Ctrl-C and a service manager reach the daemon itself.</summary>
internal static class RunCommand
{
    public static Command Create(TextWriter errors)
    {
        Option<string> file = SharedOptions.Configuration("The configuration", required: true);
        var command = new Command("run", "Run posternd in the foreground, in place of this program") { file };
        command.SetAction(parsed => DaemonProgram.Become(["-c", parsed.GetRequiredValue(file)], errors));
        return command;
    }

}
