using System.Collections.Immutable;

namespace Postern.Policy.TlsRpt;

/// <summary>A report of one day about one domain (RFC 8460 §4.4).</summary>
/// <param name="Organization">Whose report it is.</param>
/// <param name="Start">The first second.</param>
/// <param name="End">The last second.</param>
/// <param name="Contact">A mailbox; its domain is the submitter.</param>
/// <param name="Id">Of its own for each report.</param>
/// <param name="Policies">One for each policy that sessions were under.</param>
/// <remarks>In a report that was received, every text is another's: to be escaped before it is printed.</remarks>
public sealed record TlsReport(string Organization, DateTimeOffset Start, DateTimeOffset End, string Contact, string Id, ImmutableArray<PolicyReport> Policies)
{
    public bool Equals(TlsReport? other) =>
        other is not null && Organization == other.Organization && Start == other.Start && End == other.End && Contact == other.Contact
        && Id == other.Id && Policies.AsSpan().SequenceEqual(other.Policies.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Organization, Start, Id, Policies.Length);
}

/// <summary>Sessions under one policy. Sessions are counted, not messages.</summary>
public sealed record PolicyReport(ReportedPolicy Policy, long Successful, long Failed, ImmutableArray<FailureDetail> Failures)
{
    public bool Equals(PolicyReport? other) =>
        other is not null && Policy == other.Policy && Successful == other.Successful && Failed == other.Failed
        && Failures.AsSpan().SequenceEqual(other.Failures.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Policy, Successful, Failed, Failures.Length);
}

/// <summary>Sessions that failed in one way.</summary>
/// <param name="Result">A word of <see cref="ReportWords"/>; in a received report, any word.</param>
/// <param name="Count">How many.</param>
public sealed record FailureDetail(string Result, long Count)
{
    public string? SendingIp { get; init; }

    public string? ReceivingHost { get; init; }

    /// <summary>What the server calls itself. Optional, and a peer's text: Postern sends none.</summary>
    public string? ReceivingHelo { get; init; }

    public string? ReceivingIp { get; init; }

    public string? MoreInformation { get; init; }

    /// <summary>A short text; ours come from OpenSSL's fixed list.</summary>
    public string? ReasonCode { get; init; }
}
