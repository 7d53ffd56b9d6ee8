using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Postern.Policy.Rules;

namespace Postern.Policy.TlsRpt;

/// <summary>What became of a report that was received.</summary>
/// <param name="Report">Null when it is none.</param>
/// <param name="Reason">What is wrong with it, in our words.</param>
public sealed record ReportResult(TlsReport? Report, string Reason = "");

/// <summary>
/// Reads reports that others send (RFC 8460 §4.4), as they are found: a pattern or a policy in place of a list of them, what is
/// optional missing, more than the standard has. Numbers, dates and kinds of policies are to the letter.
/// </summary>
public static class ReportReader
{
    /// <summary>Of JSON, when it has been taken out of gzip: whoever does that stops here. RFC 8460 §5.2 speaks of ten megabytes.</summary>
    public const int MaxBytes = 10 * 1024 * 1024;

    public const int MaxPolicies = 1024;
    public const int MaxFailures = 10_000;

    private const int MaxStrings = 1024;

    public static ReportResult Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes)
            return new(null, $"it is longer than {MaxBytes} bytes");

        using JsonDocument? document = JsonText.Parse(json);
        if (document is not { RootElement: { ValueKind: JsonValueKind.Object } root })
            return new(null, "it is no JSON object");
        if (JsonText.Child(root, "date-range", JsonValueKind.Object) is not { } range
            || Time(range, "start-datetime") is not { } start || Time(range, "end-datetime") is not { } end)
            return new(null, "it has no date-range of two times");
        if (end < start)
            return new(null, "its date-range ends before it begins");
        if (JsonText.Text(root, "organization-name") is not { } organization)
            return new(null, "it has no organization-name");
        if (JsonText.Child(root, "policies", JsonValueKind.Array) is not { } list)
            return new(null, "it has no policies");
        if (list.GetArrayLength() > MaxPolicies)
            return new(null, $"it has more than {MaxPolicies} policies");

        var policies = ImmutableArray.CreateBuilder<PolicyReport>();
        foreach (JsonElement element in list.EnumerateArray())
        {
            if (PolicyWithCounts(element, out string wrong) is not { } policy)
                return new(null, $"policy {policies.Count + 1}: {wrong}");
            policies.Add(policy);
        }

        string contact = JsonText.Text(root, "contact-info") ?? "";
        string id = JsonText.Text(root, "report-id") ?? "";
        return new(new TlsReport(organization, start, end, contact, id, policies.ToImmutable()));
    }

    /// <summary>The <c>policy</c> of a report, by itself.</summary>
    internal static ReportedPolicy? Policy(JsonElement policy, out string wrong)
    {
        wrong = "";
        if (ReportWords.Policy(JsonText.Text(policy, "policy-type") ?? "") is not { } type)
            wrong = "its policy-type is neither tlsa, sts nor no-policy-found";
        else if (JsonText.Text(policy, "policy-domain") is not { } domain)
            wrong = "it has no policy-domain";
        else if (JsonText.Texts(policy, "policy-string", MaxStrings) is not { } strings)
            wrong = "its policy-string is no list of texts";
        else if (JsonText.Texts(policy, "mx-host", MaxStrings) is not { } hosts)
            wrong = "its mx-host is no list of texts";
        else
            return new ReportedPolicy(type, domain, strings, hosts);
        return null;
    }

    private static PolicyReport? PolicyWithCounts(JsonElement element, out string wrong)
    {
        wrong = "";
        if (JsonText.Child(element, "policy", JsonValueKind.Object) is not { } child)
            wrong = "it has no policy";
        else if (Policy(child, out wrong) is not { } policy)
            return null;
        else if (JsonText.Child(element, "summary", JsonValueKind.Object) is not { } summary
            || JsonText.Number(summary, "total-successful-session-count") is not { } successful
            || JsonText.Number(summary, "total-failure-session-count") is not { } failed)
            wrong = "it has no summary of two counts";
        else if (Failures(element) is not { } failures)
            wrong = "its failure-details are no list of results and counts";
        else
            return new PolicyReport(policy, successful, failed, failures);
        return null;
    }

    private static ImmutableArray<FailureDetail>? Failures(JsonElement policy)
    {
        if (JsonText.Child(policy, "failure-details", JsonValueKind.Array) is not { } list)
            return [];
        if (list.GetArrayLength() > MaxFailures)
            return null;

        var failures = ImmutableArray.CreateBuilder<FailureDetail>();
        foreach (JsonElement element in list.EnumerateArray())
        {
            if (JsonText.Text(element, "result-type") is not { } result || JsonText.Number(element, "failed-session-count") is not { } count)
                return null;
            failures.Add(new FailureDetail(result, count)
            {
                SendingIp = JsonText.Text(element, "sending-mta-ip"),
                ReceivingHost = JsonText.Text(element, "receiving-mx-hostname"),
                ReceivingHelo = JsonText.Text(element, "receiving-mx-helo"),
                ReceivingIp = JsonText.Text(element, "receiving-ip"),
                MoreInformation = JsonText.Text(element, "additional-information"),
                ReasonCode = JsonText.Text(element, "failure-reason-code"),
            });
        }

        return failures.ToImmutable();
    }

    /// <summary>RFC 3339 §5.6; a report is about days, and what is less than a second is left away.</summary>
    private static DateTimeOffset? Time(JsonElement range, string name) =>
        DateTimeOffset.TryParseExact(JsonText.Text(range, name), ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            ? time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond))
            : null;
}
