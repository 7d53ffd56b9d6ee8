using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postern.Policy.TlsRpt;

namespace Postern.Cli.Reports;

/// <summary>What <c>postern tlsrpt show --json</c> prints: one object, one line.</summary>
internal sealed record ShownReports(ImmutableArray<ShownReports.FileFacts> Reports)
{
    /// <param name="Problem">Why it is no report; null when it is one, and only then the rest is there.</param>
    internal sealed record FileFacts(string File, string? Problem, string? Organization, DateTimeOffset? Start, DateTimeOffset? End, string? Contact, string? Id, ImmutableArray<PolicyFacts> Policies);

    internal sealed record PolicyFacts(string Type, string Domain, ImmutableArray<string> Policy, ImmutableArray<string> Mx, long Successful, long Failed, ImmutableArray<FailureFacts> Failures);

    internal sealed record FailureFacts(string Result, long Count, string? SendingIp, string? ReceivingHost, string? ReceivingHelo, string? ReceivingIp, string? ReasonCode, string? MoreInformation);

    public static FileFacts Of(string file, ReportResult result) => result.Report is not { } report
        ? new FileFacts(file, result.Reason, null, null, null, null, null, [])
        : new FileFacts(file, null, report.Organization, report.Start, report.End, report.Contact, report.Id, [.. report.Policies.Select(Of)]);

    public string Json() => JsonSerializer.Serialize(this, ShownReportsJson.Default.ShownReports);

    private static PolicyFacts Of(PolicyReport policy) => new(
        ReportWords.Of(policy.Policy.Type), policy.Policy.Domain, policy.Policy.Strings, policy.Policy.MxHosts, policy.Successful, policy.Failed,
        [
            .. policy.Failures.Select(failure => new FailureFacts(
                failure.Result, failure.Count, failure.SendingIp, failure.ReceivingHost, failure.ReceivingHelo, failure.ReceivingIp, failure.ReasonCode, failure.MoreInformation)),
        ]);
}

[JsonSerializable(typeof(ShownReports))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ShownReportsJson : JsonSerializerContext;
