using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.MtaSts;

/// <summary>A policy that was fetched, and when.</summary>
public sealed record HeldPolicy(string Id, StsPolicy Policy, DateTimeOffset FetchedAt)
{
    /// <summary>Counted from the last fetch (RFC 8461 §3.2), not from when it was first seen or last asked about.</summary>
    public bool IsExpired(DateTimeOffset now) => now - FetchedAt > Policy.MaxAge;
}

/// <summary>A fetch that failed.</summary>
/// <param name="Id">Which policy was wanted: another id is another try.</param>
/// <param name="At">When.</param>
/// <param name="Type">As it is reported.</param>
/// <param name="Reason">In our words.</param>
public sealed record FetchFailure(string Id, DateTimeOffset At, ResultType Type, string Reason);

/// <summary>All that is remembered of one domain's MTA-STS. It is kept on disk: a policy that dies with the process protects nobody.</summary>
public sealed record StsMemory(DnsName Domain)
{
    /// <summary>When the domain first had a policy here; null: never.</summary>
    public DateTimeOffset? FirstSeen { get; init; }

    /// <summary>The policy in force, or a former one whose time is over; null: never had one.</summary>
    public HeldPolicy? Held { get; init; }

    /// <summary>When the TXT record was last looked at.</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>The last fetch that failed, until one succeeds.</summary>
    public FetchFailure? Failure { get; init; }
}

/// <summary>What MTA-STS says of a domain, for a decision.</summary>
/// <param name="Mode">None: nothing.</param>
/// <param name="Policy">Null when there is none that holds.</param>
/// <param name="Failure">Why there is none, or why the one that holds could not be refreshed.</param>
public sealed record StsFinding(DnsName Domain, StsMode Mode, StsPolicy? Policy, FetchFailure? Failure)
{
    /// <summary>RFC 8461 §3.3: administrators SHOULD hear of a refresh that fails, unless the policy says "none" anyway.</summary>
    public bool IsAlarm => Failure is not null && Mode != StsMode.None;
}
