using System.CommandLine;
using System.Text.Json;
using Postern.Cli.Control;
using Postern.Cli.Output;
using Postern.Configuration.Control;

namespace Postern.Cli.Commands;

/// <summary><c>postern status</c>: gates, connections, certificates, generations.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static Command Create(TextWriter output, TextWriter errors)
    {
        Option<string> file = SharedOptions.Configuration("Find the control socket in this configuration");
        Option<string> control = SharedOptions.Control();
        Option<bool> json = SharedOptions.Json("Print posternd's answer, one JSON object, instead of tables");
        var command = new Command("status", "Show gates, live connections, outcomes, certificates and workers") { file, control, json };
        command.SetAction(parsed => Run(parsed.GetValue(control), parsed.GetValue(file), parsed.GetValue(json), output, errors));
        return command;
    }

    private static int Run(string? control, string? file, bool json, TextWriter output, TextWriter errors)
    {
        if (ControlPath.Of(control, file, errors) is not { } path)
            return ExitStatus.Failed;

        ControlReply? reply = ControlClient.Ask(path, "status", s_patience, out string wrong);
        if (reply?.Status is not { } status)
        {
            errors.WriteLine("postern: " + (reply is null ? wrong : PeerText.Escape(reply.Message)));
            return ExitStatus.Failed;
        }

        if (json)
            output.WriteLine(JsonSerializer.Serialize(reply, ControlJson.Default.ControlReply));
        else
            StatusTables.Write(Terminal.Open(output), status, DateTimeOffset.UtcNow);
        return ExitStatus.Good;
    }
}
