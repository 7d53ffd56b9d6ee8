using System.Collections.Immutable;
using CsCheck;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.MtaSts;
using Postern.Policy.Ratchet;

namespace Postern.Policy.Tests;

/// <summary>Who knows little takes nothing away from what is known.</summary>
public sealed class DomainMemoryUnionTests
{
    private static readonly DnsName s_domain = DnsName.Read("example.org")!;
    private static readonly DateTimeOffset s_now = new(2026, 11, 27, 15, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_memory_without_anything_changes_the_time_only()
    {
        DomainMemory known = Memory(s_now.AddDays(-10), AssuredLevel.Dane) with { Sts = Sts("a", s_now.AddDays(-9)) };
        DomainMemory union = DomainMemoryUnion.Of(known, new DomainMemory(s_domain, s_now, s_now));
        Assert.Equal((known.FirstSeen, s_now), (union.FirstSeen, union.LastSeen));
        Assert.Equal(known.Sts, union.Sts);
        Assert.Equal(known.Ratchet, union.Ratchet);
    }

    [Fact]
    public void A_lower_level_does_not_take_the_place_of_a_higher_one()
    {
        DomainMemory union = DomainMemoryUnion.Of(Memory(s_now.AddDays(-10), AssuredLevel.Dane), Memory(s_now, AssuredLevel.Clear));
        HostLevel host = Assert.Single(union.Ratchet!.Hosts);
        Assert.Equal((AssuredLevel.Dane, s_now.AddDays(-10)), (host.Level, host.First));
        Assert.Equal(AssuredLevel.Dane, Assert.Single(DomainMemoryUnion.Of(Memory(s_now, AssuredLevel.Clear), Memory(s_now, AssuredLevel.Dane)).Ratchet!.Hosts).Level);
    }

    [Fact]
    public void The_same_level_has_the_whole_time()
    {
        HostLevel host = Assert.Single(DomainMemoryUnion.Of(Memory(s_now.AddDays(-10), AssuredLevel.Dane), Memory(s_now, AssuredLevel.Dane)).Ratchet!.Hosts);
        Assert.Equal((s_now.AddDays(-10), s_now), (host.First, host.Last));
    }

    [Fact]
    public void A_new_policy_takes_the_place_of_the_old_also_when_the_clock_was_set_back()
    {
        DomainMemory known = new DomainMemory(s_domain, s_now, s_now) { Sts = Sts("tomorrow", s_now.AddDays(1)) };
        DomainMemory union = DomainMemoryUnion.Of(known, known with { Sts = Sts("now", s_now) });
        Assert.Equal("now", union.Sts!.Held!.Id);
        Assert.Equal(s_now, union.Sts.FirstSeen);
    }

    [Fact]
    public void A_failure_that_is_over_does_not_come_back()
    {
        DomainMemory known = new DomainMemory(s_domain, s_now, s_now) { Sts = Sts("a", s_now) with { Failure = new FetchFailure("b", s_now, TlsRpt.ResultType.StsPolicyFetchError, "") } };
        Assert.Null(DomainMemoryUnion.Of(known, known with { Sts = Sts("b", s_now) }).Sts!.Failure);
    }

    [Fact]
    public void Hosts_are_those_of_both_and_no_more_than_are_remembered() => Gen.Int[0, 80].Array[0, 64].Select(Gen.Int[0, 80].Array[0, 64]).Sample((one, other) =>
    {
        DomainMemory union = DomainMemoryUnion.Of(Hosts(one), Hosts(other));
        int distinct = one.Concat(other).Distinct().Count();
        Assert.Equal(Math.Min(distinct, LevelRatchet.MaxHosts), union.Ratchet!.Hosts.Length);
        Assert.Equal(union.Ratchet.Hosts.Length, union.Ratchet.Hosts.DistinctBy(host => host.Host).Count());
    });

    private static StsMemory Sts(string id, DateTimeOffset at) => new(s_domain)
    {
        FirstSeen = at,
        CheckedAt = at,
        Held = new HeldPolicy(id, new StsPolicy(StsMode.Enforce, TimeSpan.FromDays(7), [MxPattern.Read("mx.example.org")!]), at),
    };

    private static DomainMemory Memory(DateTimeOffset at, AssuredLevel level) => new(s_domain, at, at)
    {
        Ratchet = new RatchetMemory(s_domain) { Hosts = [new HostLevel(DnsName.Read("mx.example.org")!, level, at, at, "evidence")] },
    };

    private static DomainMemory Hosts(int[] numbers) => new(s_domain, s_now, s_now)
    {
        Ratchet = new RatchetMemory(s_domain)
        {
            Hosts = [.. numbers.Distinct().Select(i => new HostLevel(DnsName.Read($"mx{i}.example.org")!, AssuredLevel.Dane, s_now, s_now, "")).Take(LevelRatchet.MaxHosts).ToImmutableArray()],
        },
    };
}
