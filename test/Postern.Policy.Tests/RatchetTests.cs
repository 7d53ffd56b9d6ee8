using Postern.Policy.Decision;
using Postern.Policy.Ratchet;
using Postern.Policy.Rules;

namespace Postern.Policy.Tests;

/// <summary>A level once reached is remembered, and its loss is seen.</summary>
public sealed class RatchetTests
{
    private const string NoDane = "example.org MX secure 10 mx.example.org; mx.example.org A secure 192.0.2.1; ";

    private static readonly RatchetMemory s_dane = Reach(new RatchetMemory(Zone.Name("example.org")), "mx.example.org", AssuredLevel.Dane);

    [Fact]
    public void DANE_that_is_there_no_more_is_an_alarm_with_evidence()
    {
        HostVerdict verdict = new World(NoDane) { Memory = s_dane }.Verdict();
        Assert.False(verdict.IsSkipped);
        Assert.Equal("mx.example.org for example.org has no protection only; mx.example.org had DANE from 2026-03-01 12:00:00Z to 2026-03-01 12:00:00Z (seen)", verdict.Loss!.ToString());
        Assert.Equal(RuleList.LevelLost, verdict.Rules[^1].Rule);
    }

    [Fact]
    public void And_a_refusal_when_the_operator_says_so()
    {
        HostVerdict verdict = new World(NoDane) { Memory = s_dane, RefuseLoss = true }.Verdict();
        Assert.Equal((451, "4.7.5"), (verdict.Refusal!.Code, verdict.Refusal.Enhanced));
        Assert.NotNull(verdict.Loss);
    }

    [Theory]
    [InlineData("DANE is there still", NoDane + "_25._tcp.mx.example.org TLSA secure 3 1 1 @key", null, false)]
    [InlineData("DANE is gone, MTA-STS is there", NoDane, "enforce:mx.example.org", true)]
    [InlineData("the MX has become insecure", "example.org MX insecure 10 mx.example.org; mx.example.org A secure 192.0.2.1; _25._tcp.mx.example.org TLSA secure 3 1 1 @key", null, true)]
    [InlineData("the records have become useless", NoDane + "_25._tcp.mx.example.org TLSA secure 3 9 1 @key", null, true)]
    [InlineData("a host that was never seen has none", "example.org MX secure 10 new.example.org; new.example.org A secure 192.0.2.1", null, true)]
    public void What_is_a_loss(string what, string zone, string? policy, bool lost)
    {
        Assert.NotEmpty(what);
        Assert.Equal(lost, new World(zone) { Memory = s_dane, Sts = policy is null ? null : World.Policy(policy) }.Verdict().Loss is not null);
    }

    [Fact]
    public void What_the_operator_says_is_no_loss()
    {
        var world = new World(NoDane) { Memory = s_dane, RefuseLoss = true, Table = World.Rules(World.Rule("example.org", Operator.Requirement.None)) };
        Assert.Null(world.Verdict().Loss);
    }

    [Fact]
    public void What_only_a_connection_shows_is_not_judged_before_there_is_one()
    {
        RatchetMemory memory = Reach(new RatchetMemory(Zone.Name("example.org")), "mx.example.org", AssuredLevel.HostAuthenticated);
        Assert.Null(new World(NoDane) { Memory = memory, RefuseLoss = true }.Verdict().Loss);

        // The connection then has STARTTLS stripped from it.
        Assert.NotNull(LevelRatchet.Judge(memory, Zone.Name("mx.example.org"), AssuredLevel.Clear));
        Assert.Null(LevelRatchet.Judge(memory, Zone.Name("mx.example.org"), AssuredLevel.HostAuthenticated));
    }

    [Fact]
    public void In_a_mixed_domain_each_host_is_held_to_what_it_had()
    {
        RatchetMemory mixed = Reach(new RatchetMemory(Zone.Name("example.org")), "backup.example.org", AssuredLevel.Encrypted);
        mixed = Reach(mixed, "mx.example.org", AssuredLevel.Dane);
        Assert.Null(LevelRatchet.Judge(mixed, Zone.Name("backup.example.org"), AssuredLevel.Encrypted));
        Assert.NotNull(LevelRatchet.Judge(mixed, Zone.Name("backup.example.org"), AssuredLevel.Clear));
        Assert.NotNull(LevelRatchet.Judge(mixed, Zone.Name("mx.example.org"), AssuredLevel.Encrypted));
        Assert.Null(LevelRatchet.Judge(mixed, Zone.Name("third.example.org"), AssuredLevel.Encrypted));
        Assert.NotNull(LevelRatchet.Judge(mixed, Zone.Name("third.example.org"), AssuredLevel.Clear));
    }

    [Fact]
    public void Less_is_not_written_down_so_an_attack_does_not_become_the_custom()
    {
        RatchetMemory after = Reach(s_dane, "mx.example.org", AssuredLevel.Clear);
        Assert.Same(s_dane, after);
        Assert.Same(s_dane, Reach(s_dane, "attacker.example", AssuredLevel.Encrypted));
    }

    [Fact]
    public void More_is_written_down_with_its_own_beginning()
    {
        RatchetMemory memory = Reach(new RatchetMemory(Zone.Name("example.org")), "mx.example.org", AssuredLevel.Encrypted);
        memory = LevelRatchet.Remember(memory, Zone.Name("mx.example.org"), AssuredLevel.Dane, World.Noon.AddDays(1), "later");
        memory = LevelRatchet.Remember(memory, Zone.Name("mx.example.org"), AssuredLevel.Dane, World.Noon.AddDays(2), "again");
        HostLevel level = Assert.Single(memory.Hosts);
        Assert.Equal((AssuredLevel.Dane, World.Noon.AddDays(1), World.Noon.AddDays(2), "later"), (level.Level, level.First, level.Last, level.Evidence));
    }

    [Fact]
    public void The_memory_of_a_domain_is_bounded()
    {
        var memory = new RatchetMemory(Zone.Name("example.org"));
        for (int i = 0; i < 3 * LevelRatchet.MaxHosts; i++)
            memory = LevelRatchet.Remember(memory, Zone.Name($"mx{i}.example.org"), AssuredLevel.Dane, World.Noon.AddMinutes(i), "seen");
        Assert.Equal(LevelRatchet.MaxHosts, memory.Hosts.Length);
        Assert.Equal($"mx{(3 * LevelRatchet.MaxHosts) - 1}.example.org", memory.Hosts[0].Host.Text);
        Assert.DoesNotContain(memory.Hosts, known => known.Host.Text == "mx0.example.org");
    }

    private static RatchetMemory Reach(RatchetMemory memory, string host, AssuredLevel level) =>
        LevelRatchet.Remember(memory, Zone.Name(host), level, World.Noon, "seen");
}
