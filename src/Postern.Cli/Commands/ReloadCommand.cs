using System.CommandLine;
using System.Text.Json;
using Postern.Cli.Control;
using Postern.Configuration.Control;

namespace Postern.Cli.Commands;

/// <summary><c>postern reload</c>: as HUP does, but with the answer.</summary>
internal static class ReloadCommand
{
    public static Command Create()
    {
        Option<string> file = Options.File(required: false);
        Option<string> control = Options.Control();
        Option<bool> json = Options.Json();
        var command = new Command("reload", "Have posternd read its configuration again; no connection is lost.") { file, control, json };
        command.SetAction(parsed => Run(
            ControlClient.FindSocket(parsed.GetValue(control), parsed.GetValue(file)), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string path, bool json)
    {
        if (ControlClient.Ask(path, "reload", out string problem) is not { } reply)
        {
            Console.Error.WriteLine("postern: " + problem);
            return ExitStatus.Failed;
        }

        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(reply, ControlJson.Default.ControlReply));
            return reply.Ok ? ExitStatus.Done : ExitStatus.Failed;
        }

        foreach (string line in reply.Problems)
            Console.Error.WriteLine(line);
        if (reply.Ok)
            Console.Out.WriteLine(reply.Message);
        else
            Console.Error.WriteLine("postern: " + reply.Message);
        return reply.Ok ? ExitStatus.Done : ExitStatus.Failed;
    }
}
