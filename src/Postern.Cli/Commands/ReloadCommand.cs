using System.CommandLine;
using System.Text.Json;
using Postern.Cli.Control;
using Postern.Cli.Output;
using Postern.Configuration.Control;

namespace Postern.Cli.Commands;

/// <summary><c>postern reload</c>: has posternd read its configuration again, and says what came of it.</summary>
internal static class ReloadCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        Option<string> file = SharedOptions.Configuration("Find the control socket in this configuration");
        Option<string> control = SharedOptions.Control();
        Option<bool> json = SharedOptions.Json("Print posternd's answer, one JSON object, instead of text");
        var command = new Command("reload", "Have posternd read its configuration again; a bad one changes nothing") { file, control, json };
        command.SetAction(parsed => Run(parsed.GetValue(control), parsed.GetValue(file), parsed.GetValue(json), output, errors));
        return command;
    }

    private static int Run(string? control, string? file, bool json, TextWriter output, TextWriter errors)
    {
        if (ControlPath.Of(control, file, errors) is not { } path)
            return ExitStatus.Failed;
        if (ControlClient.Ask(path, "reload", patience: null, out string wrong) is not { } reply)
        {
            errors.WriteLine("postern: " + wrong);
            return ExitStatus.Failed;
        }

        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(reply, ControlJson.Default.ControlReply));
            return reply.Ok ? ExitStatus.Good : ExitStatus.Failed;
        }

        foreach (string problem in reply.Problems)
            errors.WriteLine(PeerText.Escape(problem));
        (reply.Ok ? output : errors).WriteLine((reply.Ok ? "" : "postern: ") + PeerText.Escape(reply.Message));
        return reply.Ok ? ExitStatus.Good : ExitStatus.Failed;
    }
}
