using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Ratchet;

namespace Postern.Policy.Memory;

/// <summary>All that is kept of a domain from one decision to the next.</summary>
/// <param name="FirstSeen">When mail to it was decided on for the first time.</param>
/// <param name="LastSeen">When it was for the last time; by this the oldest make room.</param>
public sealed record DomainMemory(DnsName Domain, DateTimeOffset FirstSeen, DateTimeOffset LastSeen)
{
    /// <summary>Null: nothing is known of MTA-STS.</summary>
    public StsMemory? Sts { get; init; }

    /// <summary>Null: it never had a level.</summary>
    public RatchetMemory? Ratchet { get; init; }
}
