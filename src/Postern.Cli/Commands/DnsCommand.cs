using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postern.Cli.Output;
using Postern.Cli.Zone;
using Postern.Configuration;

namespace Postern.Cli.Commands;

/// <summary><c>postern dns -c FILE DOMAIN</c>: what to paste into the zone.</summary>
internal static class DnsCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var domain = new Argument<string>("DOMAIN") { Description = "What stands behind the @ of the site's users: example.org" };
        Option<string> file = SharedOptions.Configuration("The configuration whose gates it is about", required: true);
        var host = new Option<string>("--host")
        {
            HelpName = "NAME",
            Description = "The name that clients connect to [default: hostname of the configuration]",
        };
        Option<bool> json = SharedOptions.Json("Print one JSON object instead of a zone's lines");
        var command = new Command("dns", "Print the DNS records that the gates call for, to be pasted into a zone") { domain, file, host, json };
        command.Validators.Add(result =>
        {
            foreach (string? name in (ReadOnlySpan<string?>)[result.GetValue(domain), result.GetValue(host)])
            {
                if (name is not null && !IsName(name))
                    result.AddError($"{PeerText.Escape(name)} is no DNS name.");
            }
        });
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(file), parsed.GetRequiredValue(domain), parsed.GetValue(host), parsed.GetValue(json), output, errors));
        return command;
    }

    private static int Run(string file, string domain, string? host, bool json, TextWriter output, TextWriter errors)
    {
        ConfigurationResult read = ConfigurationFile.Read(file);
        SnapshotResult? loaded = read.Settings is { } settings ? SnapshotBuilder.Load(settings, file, generation: 1) : null;
        if (loaded?.Snapshot is not { } snapshot)
        {
            foreach (ConfigurationProblem problem in read.Problems.Concat(loaded?.Problems ?? []).Where(problem => problem.Severity == Severity.Error))
                errors.WriteLine(problem);
            return ExitStatus.Failed;
        }

        string name = (host ?? snapshot.Server.HostName).TrimEnd('.').ToLowerInvariant();
        ImmutableArray<ZoneRecord> records = ZoneRecords.Of(snapshot, domain.TrimEnd('.').ToLowerInvariant(), name);
        if (json)
            output.WriteLine(JsonSerializer.Serialize(new DnsReport(name, records), DnsReportJson.Default.DnsReport));
        else
            Write(records, output);
        if (records.IsEmpty)
            errors.WriteLine("postern: no gate of this configuration can be reached from elsewhere: there is nothing to say in a zone");
        else if (!records.Any(record => record.Type == "TLSA"))
            errors.WriteLine($"postern: no certificate of these gates is for {name}: no TLSA record is printed; name the host by --host");
        return records.IsEmpty ? ExitStatus.Failed : ExitStatus.Good;
    }

    private static void Write(ImmutableArray<ZoneRecord> records, TextWriter output)
    {
        string why = "";
        foreach (ZoneRecord record in records)
        {
            if (record.Why != why)
                output.WriteLine("; " + record.Why);
            why = record.Why;
            output.WriteLine(record);
        }
    }

    private static bool IsName(string name) =>
        name.Length <= 253 && name.TrimEnd('.').Split('.').All(label =>
            label.Length is > 0 and <= 63 && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'));

    internal sealed record DnsReport(string Host, ImmutableArray<ZoneRecord> Records);
}

[JsonSerializable(typeof(DnsCommand.DnsReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class DnsReportJson : JsonSerializerContext;
