using System.Collections.Immutable;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;

namespace Postern.Roles.Resolver.Desk;

/// <summary>What a survey of a domain found, as long as it holds.</summary>
public sealed class Finding(DnsName domain, ImmutableArray<HostVerdict> verdicts, SmtpRefusal? refusal, DateTimeOffset made, DateTimeOffset until)
{
    private Course? _raised;
    private Course? _forReports;

    public DnsName Domain { get; } = domain;

    public ImmutableArray<HostVerdict> Verdicts { get; } = verdicts;

    /// <summary>When it was found.</summary>
    public DateTimeOffset Made { get; } = made;

    /// <summary>Until then nobody need be asked again.</summary>
    public DateTimeOffset Until { get; } = until;

    /// <summary>When the domain's policy of MTA-STS ends, by which hosts were authenticated; null: none did.</summary>
    public DateTimeOffset? PolicyUntil { get; init; }

    /// <summary>The policy of MTA-STS that is enforced, as reports have it; null: there is none.</summary>
    public ReportedPolicy? Sts { get; init; }

    /// <summary>The policy holds, and is to be fetched again when there is time for it.</summary>
    public bool WantsRefresh { get; init; }

    /// <summary>A host fell short of the policy: before mail comes back, a newer one is looked for (RFC 8461 §5.1).</summary>
    public bool HasFailed { get; set; }

    public Course Plain { get; } = Course.Of(verdicts, refusal, requireTls: false);

    /// <summary>For our own reports, of which there are fewer.</summary>
    public Course ForReports => _forReports ??= Course.ForReports(Verdicts, refusal);

    /// <summary>For messages with REQUIRETLS, of which there are few.</summary>
    public Course Raised => _raised ??= Course.Of(Verdicts, refusal, requireTls: true);
}
