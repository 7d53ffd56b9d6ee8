using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postern.Cli.Control;
using Postern.Cli.Output;
using Postern.Cli.State;
using Postern.Configuration.Control;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Store;

namespace Postern.Cli.Commands;

/// <summary>
/// <c>postern policy flush DOMAIN</c>: as if mail had never been sent there, on disk and in a posternd that runs. For a domain that
/// has given something up for good: until then its loss is an alarm, or a refusal.
/// </summary>
internal static class PolicyFlushCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static Command Create(TextWriter output, TextWriter errors)
    {
        var domain = new Argument<string>("DOMAIN") { Description = "What stands behind the @ of the recipient: example.org" };
        Option<string> state = StateDirectory.Option();
        Option<string> file = SharedOptions.Configuration("Find the directory and the control socket in this configuration");
        Option<string> control = SharedOptions.Control();
        Option<bool> json = SharedOptions.Json("Print one JSON object instead of text");
        var command = new Command("flush", "Forget what is known of a domain: its policy, and the levels that its hosts had") { domain, state, file, control, json };
        command.Validators.Add(result =>
        {
            string text = result.GetValue(domain) ?? "";
            if (SharedOptions.DomainOf(text) is null)
                result.AddError($"{PeerText.Escape(text)} is no domain that mail can go to.");
        });
        command.SetAction(parsed => Run(
            SharedOptions.DomainOf(parsed.GetRequiredValue(domain))!, parsed.GetValue(state), parsed.GetValue(control), parsed.GetValue(file), parsed.GetValue(json), output, errors));
        return command;
    }

    private static int Run(DnsName domain, string? state, string? control, string? configuration, bool json, TextWriter output, TextWriter errors)
    {
        if (ControlPath.Of(control, configuration, errors) is not { } path || StateDirectory.Of(state, configuration, errors) is not { } directory)
            return ExitStatus.Failed;

        bool runs = File.Exists(path);
        using StoreFile? file = StateDirectory.Find(directory, runs ? TextWriter.Null : errors);
        if (file is null && !runs)
            return ExitStatus.Failed;
        DomainMemory? memory = null;
        if (file?.Domains.Find(domain, out memory) is { } unread)
            StateDirectory.Say(unread, errors);

        // First whoever has it in memory, who would write it down again; then the file, since its recorder may be away.
        if (runs)
        {
            ControlReply? reply = ControlClient.Ask(path, new ControlRequest("flush") { Domain = domain.Text }, s_patience, out string wrong);
            if (reply is not { Ok: true })
            {
                errors.WriteLine($"postern: {(reply is null ? wrong : PeerText.Escape(reply.Message))}; nothing was forgotten");
                return ExitStatus.Failed;
            }
        }

        if (file?.Domains.Forget(domain, out _) is { } fault)
        {
            StateDirectory.Say(fault, errors);
            return ExitStatus.Failed;
        }

        if (json)
            output.WriteLine(JsonSerializer.Serialize(new FlushReport(domain.Text, memory is not null, runs), FlushReportJson.Default.FlushReport));
        else
            output.WriteLine(Words(domain, memory is not null, file is not null, runs, path));
        return ExitStatus.Good;
    }

    private static string Words(DnsName domain, bool known, bool hasFile, bool told, string path)
    {
        string what = known ? $"{domain} is forgotten" : hasFile ? $"nothing was kept of {domain}" : $"there is no file in which anything of {domain} could be kept";
        return told ? what + "; posternd was told" : $"{what}; no posternd runs at {PeerText.Escape(path)}: one that does elsewhere still remembers";
    }
}

/// <param name="Domain">Which.</param>
/// <param name="Forgotten">False: nothing was kept of it.</param>
/// <param name="Told">A posternd that runs was told.</param>
internal sealed record FlushReport(string Domain, bool Forgotten, bool Told);

[JsonSerializable(typeof(FlushReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class FlushReportJson : JsonSerializerContext;
