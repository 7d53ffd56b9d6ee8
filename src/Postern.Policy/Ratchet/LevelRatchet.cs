using System.Collections.Immutable;
using Postern.Policy.Decision;
using Postern.Policy.Dns;

namespace Postern.Policy.Ratchet;

/// <summary>
/// Remembers what was reached, and sees what is lost: DNSSEC that is taken off a zone, a policy that runs out while its host is
/// kept away from us, STARTTLS that is stripped where no policy forbids it. None of these breaks a rule of a standard.
/// </summary>
public static class LevelRatchet
{
    /// <summary>Hosts that are remembered of one domain. Those longest unseen make room.</summary>
    public const int MaxHosts = 64;

    /// <param name="memory">Of the domain.</param>
    /// <param name="host">The host in question.</param>
    /// <param name="level">What it is reached with, or would be.</param>
    /// <returns>
    /// Null when nothing is lost. A host that was never seen is held to the least of those that were: in a domain whose hosts all
    /// have DANE, one without it is a loss; in one that is mixed, it is not.
    /// </returns>
    public static RatchetLoss? Judge(RatchetMemory memory, DnsName host, AssuredLevel level)
    {
        HostLevel? had = memory.Hosts.FirstOrDefault(known => known.Host == host) ?? memory.Hosts.MinBy(known => known.Level);
        return had is not null && level < had.Level ? new RatchetLoss(memory.Domain, host, had, level) : null;
    }

    /// <summary>A session has reached this level. What is less than it was is not written down: the memory is moved by the operator alone.</summary>
    public static RatchetMemory Remember(RatchetMemory memory, DnsName host, AssuredLevel level, DateTimeOffset now, string evidence)
    {
        if (Judge(memory, host, level) is not null)
            return memory;

        ImmutableArray<HostLevel> others = [.. memory.Hosts.Where(known => known.Host != host).OrderByDescending(known => known.Last).Take(MaxHosts - 1)];
        HostLevel? old = memory.Hosts.FirstOrDefault(known => known.Host == host);
        HostLevel reached = old is not null && old.Level == level
            ? old with { Last = now > old.Last ? now : old.Last }
            : new HostLevel(host, level, now, now, evidence);
        return memory with { Hosts = others.Insert(0, reached) };
    }
}
