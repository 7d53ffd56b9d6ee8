using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postern.Policy.Dns;
using Postern.Policy.Service;

namespace Postern.Cli.Explain;

/// <summary>What <c>postern explain --protocol xmpp-server --json</c> prints: one object, one line.</summary>
/// <param name="Dnssec">As in <see cref="ExplainReport"/>.</param>
/// <param name="Refusal">Null when there is a server to try.</param>
internal sealed record ServiceReport(
    string Domain,
    bool Dnssec,
    ImmutableArray<ExplainReport.LookUp> LookUps,
    ImmutableArray<ExplainReport.Rule> Rules,
    ImmutableArray<ServiceReport.Target> Targets,
    ServiceReport.Reason? Refusal)
{
    /// <param name="Tls"><c>direct</c> or <c>starttls</c></param>
    /// <param name="Proof"><c>tls</c>, <c>webpki</c>, <c>pin</c>, <c>dane</c></param>
    /// <param name="Demand">The same for people.</param>
    /// <param name="Names">Of which one must be in the certificate.</param>
    /// <param name="Tlsa">Of which one must match.</param>
    /// <param name="Refusal">Why it is not tried; null: it is.</param>
    internal sealed record Target(
        string Host,
        int Port,
        string Tls,
        ImmutableArray<string> Addresses,
        string Source,
        string Proof,
        string Demand,
        string Sni,
        ImmutableArray<string> Names,
        ImmutableArray<string> Tlsa,
        Reason? Refusal);

    /// <param name="Condition">Of the stream error: <c>host-unknown</c>, <c>remote-connection-failed</c>, <c>policy-violation</c></param>
    internal sealed record Reason(string Condition, string Text)
    {
        public static Reason? Of(ServiceRefusal? refusal) => refusal is null ? null : new Reason(PolicyWords.Of(refusal.Kind), refusal.Text);
    }

    public static void Write(DnsName domain, bool dnssec, ServiceFinding finding, TextWriter output)
    {
        var report = new ServiceReport(
            domain.Text,
            dnssec,
            [.. finding.Replies.Select(ExplainReport.LookUp.Of)],
            [.. finding.Rules.Select(ExplainReport.Rule.Of)],
            [.. finding.Targets.Select(Of)],
            Reason.Of(finding.Refusal));
        output.WriteLine(JsonSerializer.Serialize(report, ServiceReportJson.Default.ServiceReport));
    }

    private static Target Of(ServiceTarget target) => new(
        target.Host.Text,
        target.Port,
        target.IsDirectTls ? "direct" : "starttls",
        [.. target.Addresses.Select(address => address.ToString())],
        PolicyWords.Of(target.Source),
        PolicyWords.Of(target.Demand.Proof),
        target.Demand.ToString(),
        target.Demand.Sni.Text,
        [.. target.Demand.Names.Select(name => name.Text)],
        [.. target.Demand.Tlsa.Select(record => record.ToString())],
        Reason.Of(target.Refusal));
}

[JsonSerializable(typeof(ServiceReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ServiceReportJson : JsonSerializerContext;
