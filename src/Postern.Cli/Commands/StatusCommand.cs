using System.CommandLine;
using System.Text.Json;
using Postern.Cli.Control;
using Postern.Configuration.Control;

namespace Postern.Cli.Commands;

/// <summary><c>postern status</c>: gates, generations, certificates.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        Option<string> file = Options.File(required: false);
        Option<string> control = Options.Control();
        Option<bool> json = Options.Json();
        var command = new Command("status", "Show gates, live connections, totals, certificates and generations.") { file, control, json };
        command.SetAction(parsed => Run(
            ControlClient.FindSocket(parsed.GetValue(control), parsed.GetValue(file)), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string path, bool json)
    {
        if (ControlClient.Ask(path, "status", out string problem) is not { } reply)
        {
            Console.Error.WriteLine("postern: " + problem);
            return ExitStatus.Failed;
        }

        if (reply.Status is not { } status)
        {
            Console.Error.WriteLine("postern: " + reply.Message);
            return ExitStatus.Failed;
        }

        if (json)
            Console.Out.WriteLine(JsonSerializer.Serialize(reply, ControlJson.Default.ControlReply));
        else
            StatusPage.Write(Terminal.Out, status, DateTimeOffset.UtcNow);
        return ExitStatus.Done;
    }
}
