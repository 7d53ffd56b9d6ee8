using Postern.Policy.MtaSts;
using Postern.Policy.Ratchet;

namespace Postern.Policy.Memory;

/// <summary>
/// Two memories of one domain as one. Somebody who could not read what was known (the disk was away, another process wrote) must
/// not take away a level or a policy by writing down what little he knows: only the operator does (<c>postern policy flush</c>).
/// </summary>
public static class DomainMemoryUnion
{
    /// <param name="known">What was there.</param>
    /// <param name="next">What comes to it, and is the later word.</param>
    public static DomainMemory Of(DomainMemory known, DomainMemory next) => new(
        next.Domain, Earlier(known.FirstSeen, next.FirstSeen), next.LastSeen)
    {
        Sts = known.Sts is { } sts && next.Sts is { } nextSts ? Of(sts, nextSts) : next.Sts ?? known.Sts,
        Ratchet = known.Ratchet is { } ratchet && next.Ratchet is { } nextRatchet ? Of(ratchet, nextRatchet) : next.Ratchet ?? known.Ratchet,
    };

    /// <summary>Of two policies the next one, whatever its time: the clock may have been set.</summary>
    private static StsMemory Of(StsMemory known, StsMemory next) => next with
    {
        FirstSeen = known.FirstSeen is { } first && next.FirstSeen is { } nextFirst ? Earlier(first, nextFirst) : next.FirstSeen ?? known.FirstSeen,
        CheckedAt = next.CheckedAt ?? known.CheckedAt,
        Held = next.Held ?? known.Held,
    };

    private static RatchetMemory Of(RatchetMemory known, RatchetMemory next) => next with
    {
        Hosts =
        [
            .. next.Hosts.Concat(known.Hosts).GroupBy(host => host.Host).Select(same => same.Aggregate(Of))
                .OrderByDescending(host => host.Last).Take(LevelRatchet.MaxHosts),
        ],
    };

    /// <summary>Of one host the best that it had.</summary>
    private static HostLevel Of(HostLevel one, HostLevel other)
    {
        if (one.Level != other.Level)
            return one.Level > other.Level ? one : other;
        return one with { First = Earlier(one.First, other.First), Last = Later(one.Last, other.Last) };
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
