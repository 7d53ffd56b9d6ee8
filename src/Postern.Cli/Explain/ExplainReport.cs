using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postern.Cli.Explain.Connect;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Ratchet;
using Postern.Policy.Rules;
using Postern.Policy.Survey;
using Postern.Policy.TlsRpt;

namespace Postern.Cli.Explain;

/// <summary>What <c>postern explain --json</c> prints: one object, one line.</summary>
/// <param name="Dnssec">The root's keys are secure here; where they are not, nothing is.</param>
/// <param name="Refusal">Null when there is a host to try.</param>
/// <param name="Connections">Null without <c>--connect</c>.</param>
internal sealed record ExplainReport(
    string Domain,
    bool Dnssec,
    ImmutableArray<ExplainReport.LookUp> LookUps,
    ExplainReport.FetchedPolicy? Policy,
    ImmutableArray<ExplainReport.Rule> Rules,
    ImmutableArray<ExplainReport.Host> Hosts,
    string? Refusal,
    ImmutableArray<ContactReport>? Connections)
{
    /// <param name="State"><c>secure</c>, <c>insecure</c>, <c>bogus</c>, <c>indeterminate</c>, <c>failed</c></param>
    /// <param name="Content"><c>records</c>, <c>no-data</c>, <c>no-name</c>, <c>nothing</c></param>
    /// <param name="Expanded">Where CNAMEs led.</param>
    internal sealed record LookUp(string Name, string Type, string State, string Content, string Expanded, ImmutableArray<string> Records, string Reason)
    {
        public static LookUp Of(DnsReply reply) => new(
            reply.Question.Name.Text, reply.Question.Type.ToString().ToUpperInvariant(), DnsWords.Of(reply.State), PolicyWords.Of(reply.Content),
            reply.Expanded.Text, RecordText.Of(reply), reply.Reason);
    }

    /// <param name="Lines">Of the policy; empty when there is none.</param>
    /// <param name="Failure">A result type of RFC 8460.</param>
    internal sealed record FetchedPolicy(ImmutableArray<string> Lines, string? Failure, string Reason);

    internal sealed record Rule(string Name, string Source, string Inputs, string Outcome)
    {
        public static Rule Of(FiredRule rule) => new(rule.Rule.Name, rule.Rule.Source, rule.Inputs, rule.Outcome);
    }

    /// <param name="Proof"><c>if-offered</c>, <c>tls</c>, <c>webpki</c>, <c>pin</c>, <c>dane</c></param>
    /// <param name="Demand">The same for people.</param>
    /// <param name="Names">Of which one must be in the certificate.</param>
    /// <param name="Tlsa">Of which one must match.</param>
    /// <param name="Report">The policy type of RFC 8460 that sessions are counted under.</param>
    /// <param name="Refusal">Why it is not tried; null: it is.</param>
    internal sealed record Host(
        string Name,
        ImmutableArray<string> Addresses,
        string Source,
        string Proof,
        string Demand,
        string Sni,
        ImmutableArray<string> Names,
        ImmutableArray<string> Tlsa,
        string Level,
        bool MxAuthenticated,
        string Report,
        string? Failure,
        string? Refusal);

    public static void Write(DnsName domain, bool dnssec, SurveyFinding finding, ImmutableArray<HopContact>? contacts, TextWriter output)
    {
        var report = new ExplainReport(
            domain.Text,
            dnssec,
            [.. finding.Replies.Select(LookUp.Of)],
            finding.Policy is { } policy
                ? new FetchedPolicy(policy.Policy?.ToLines() ?? [], policy.Failure is { } failure ? ReportWords.Of(failure) : null, policy.Reason)
                : null,
            [.. finding.Rules.Select(Rule.Of)],
            [.. finding.Hosts.Select(Of)],
            finding.Refusal?.ToString(),
            contacts is { } made ? [.. made.Select(ContactReport.Of)] : null);
        output.WriteLine(JsonSerializer.Serialize(report, ExplainReportJson.Default.ExplainReport));
    }

    private static Host Of(HostVerdict host) => new(
        host.Host.Text,
        [.. host.Addresses.Addresses.Select(address => address.ToString())],
        PolicyWords.Of(host.Source),
        PolicyWords.Of(host.Demand.Proof),
        host.Demand.ToString(),
        host.Demand.Sni.Text,
        [.. host.Demand.Names.Select(name => name.Text)],
        [.. host.Demand.Tlsa.Select(record => record.ToString())],
        LevelWords.Of(host.Level),
        host.MxAuthenticated,
        ReportWords.Of(host.Report.Type),
        host.Failure is { } failure ? ReportWords.Of(failure) : null,
        host.Refusal?.ToString());
}

[JsonSerializable(typeof(ExplainReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ExplainReportJson : JsonSerializerContext;
