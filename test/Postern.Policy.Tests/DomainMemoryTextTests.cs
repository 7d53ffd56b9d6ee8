using System.Collections.Immutable;
using System.Text;
using CsCheck;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.MtaSts;
using Postern.Policy.Ratchet;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Tests;

/// <summary>What is kept of domains and counted of sessions: written, read back, and damaged in every way.</summary>
public sealed class DomainMemoryTextTests
{
    private static readonly DnsName s_domain = DnsName.Read("example.org")!;
    private static readonly DateTimeOffset s_now = new DateTimeOffset(2026, 11, 27, 15, 4, 5, TimeSpan.Zero).AddTicks(1234567);

    private static readonly DomainMemory s_full = new(s_domain, s_now.AddDays(-90), s_now)
    {
        Sts = new StsMemory(s_domain)
        {
            FirstSeen = s_now.AddDays(-80),
            CheckedAt = s_now.AddHours(-1),
            Held = new HeldPolicy("20261127T000000", new StsPolicy(StsMode.Enforce, TimeSpan.FromDays(7),
                [MxPattern.Read("mx.example.org")!, MxPattern.Read("*.mail.example.net")!]), s_now.AddDays(-1)),
            Failure = new FetchFailure("20261128T000000", s_now, ResultType.StsPolicyFetchError, "the policy host answers with 404"),
        },
        Ratchet = new RatchetMemory(s_domain)
        {
            Hosts =
            [
                new HostLevel(DnsName.Read("mx.example.org")!, AssuredLevel.Dane, s_now.AddDays(-70), s_now, "tlsa-usable, mx-secure"),
                new HostLevel(DnsName.Read("mx2.example.org")!, AssuredLevel.MtaSts, s_now.AddDays(-60), s_now.AddDays(-2), ""),
            ],
        },
    };

    private static readonly Gen<DomainMemory> s_memories = Gen.Select(Gen.DateTimeOffset, Gen.DateTimeOffset, Gen.Bool, Gen.Bool, Gen.Bool, Gen.Enum<AssuredLevel>().Array[0, 5])
        .Select((first, last, sts, held, failure, levels) => new DomainMemory(s_domain, first, last)
        {
            Sts = !sts ? null : new StsMemory(s_domain)
            {
                FirstSeen = held ? first : null,
                CheckedAt = failure ? last : null,
                Held = held ? s_full.Sts!.Held : null,
                Failure = failure ? s_full.Sts!.Failure : null,
            },
            Ratchet = levels.Length == 0 ? null : new RatchetMemory(s_domain)
            {
                Hosts = [.. levels.Select((level, i) => new HostLevel(DnsName.Read($"mx{i}.example.org")!, level, first, last, $"evidence {i}"))],
            },
        });

    [Fact]
    public void All_of_it_is_read_back() => Same(s_full);

    [Fact]
    public void Nothing_but_a_domain_is_read_back() => Same(new DomainMemory(s_domain, s_now, s_now));

    [Fact]
    public void Whatever_is_written_is_read_back() => s_memories.Sample(Same);

    [Fact]
    public void The_largest_fits()
    {
        DnsName longest = DnsName.Read(string.Join('.', Enumerable.Repeat(new string('a', 62), 4)))!;
        ImmutableArray<MxPattern> hosts = [.. Enumerable.Range(0, 250).Select(i => new MxPattern(DnsName.Read($"{i:000}{longest.Text[3..]}")!, false))];
        var policy = new StsPolicy(StsMode.Enforce, TimeSpan.FromDays(1), hosts);
        Assert.InRange(policy.ToLines().Sum(line => line.Length + 1), 60_000, StsPolicyReader.MaxBytes);
        Same(s_full with
        {
            Sts = s_full.Sts! with { Held = s_full.Sts!.Held! with { Policy = policy } },
            Ratchet = new RatchetMemory(s_domain)
            {
                Hosts = [.. Enumerable.Range(0, LevelRatchet.MaxHosts).Select(i =>
                    new HostLevel(DnsName.Read($"{i:000}{longest.Text[3..]}")!, AssuredLevel.Dane, s_now, s_now, new string('e', DomainMemoryText.MaxWords)))],
            },
        });
    }

    [Fact]
    public void Words_that_are_too_long_are_cut()
    {
        DomainMemory talkative = s_full with
        {
            Sts = s_full.Sts! with { Failure = s_full.Sts!.Failure! with { Reason = new string('r', 5000) } },
            Ratchet = s_full.Ratchet! with { Hosts = [s_full.Ratchet!.Hosts[0] with { Evidence = new string('e', 5000) }] },
        };
        DomainMemory read = DomainMemoryText.Read(DomainMemoryText.Write(talkative))!;
        Assert.Equal(DomainMemoryText.MaxWords, read.Sts!.Failure!.Reason.Length);
        Assert.Equal(DomainMemoryText.MaxWords, read.Ratchet!.Hosts[0].Evidence.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"domain\":\"192.0.2.1\",\"first-seen\":\"2026-01-01T00:00:00Z\",\"last-seen\":\"2026-01-01T00:00:00Z\"}")]
    [InlineData("{\"domain\":\"example.org\",\"first-seen\":\"2026-01-01T00:00:00Z\"}")]
    [InlineData("{\"domain\":\"example.org\",\"first-seen\":\"yesterday\",\"last-seen\":\"2026-01-01T00:00:00Z\"}")]
    [InlineData("{\"domain\":\"example.org\",\"first-seen\":\"2026-01-01T00:00:00Z\",\"last-seen\":\"2026-01-01T00:00:00Z\",\"sts\":[]}")]
    [InlineData("{\"domain\":\"example.org\",\"first-seen\":\"2026-01-01T00:00:00Z\",\"last-seen\":\"2026-01-01T00:00:00Z\",\"sts\":{\"first-seen\":1}}")]
    [InlineData("{\"domain\":\"example.org\",\"first-seen\":\"2026-01-01T00:00:00Z\",\"last-seen\":\"2026-01-01T00:00:00Z\",\"sts\":{\"held\":{}}}")]
    [InlineData("{\"domain\":\"example.org\",\"first-seen\":\"2026-01-01T00:00:00Z\",\"last-seen\":\"2026-01-01T00:00:00Z\",\"sts\":{\"held\":{\"id\":\"a\",\"fetched-at\":\"2026-01-01T00:00:00Z\",\"policy\":[\"version: STSv1\",\"mode: enforce\"]}}}")]
    [InlineData("{\"domain\":\"example.org\",\"first-seen\":\"2026-01-01T00:00:00Z\",\"last-seen\":\"2026-01-01T00:00:00Z\",\"sts\":{\"failure\":{\"id\":\"a-b\",\"at\":\"2026-01-01T00:00:00Z\",\"type\":\"sts-policy-invalid\",\"reason\":\"\"}}}")]
    [InlineData("{\"domain\":\"example.org\",\"first-seen\":\"2026-01-01T00:00:00Z\",\"last-seen\":\"2026-01-01T00:00:00Z\",\"hosts\":{}}")]
    [InlineData("{\"domain\":\"example.org\",\"first-seen\":\"2026-01-01T00:00:00Z\",\"last-seen\":\"2026-01-01T00:00:00Z\",\"hosts\":[{\"host\":\"mx.example.org\",\"level\":\"4\",\"first\":\"2026-01-01T00:00:00Z\",\"last\":\"2026-01-01T00:00:00Z\",\"evidence\":\"\"}]}")]
    public void What_is_damaged_is_nothing_known(string text) => Assert.Null(DomainMemoryText.Read(Encoding.UTF8.GetBytes(text)));

    /// <summary>Of a memory that was cut, nothing is left: not a policy without its hosts.</summary>
    [Fact]
    public void What_is_cut_anywhere_is_nothing_known()
    {
        byte[] whole = DomainMemoryText.Write(s_full);
        for (int length = 0; length < whole.Length; length++)
            Assert.Null(DomainMemoryText.Read(whole.AsMemory(0, length)));
    }

    [Fact]
    public void A_byte_that_turned_makes_no_exception() => Gen.Select(Gen.Int[0, 5000], Gen.Byte).Array[1, 4].Sample(turned =>
    {
        byte[] bytes = DomainMemoryText.Write(s_full);
        foreach ((int at, byte value) in turned)
            bytes[at % bytes.Length] = value;
        if (DomainMemoryText.Read(bytes) is { } read)
            Same(read);
    });

    [Fact]
    public void Any_bytes_make_no_exception() => Gen.Byte.Array[0, 300].Sample(bytes => Assert.Null(DomainMemoryText.Read(bytes)));

    [Fact]
    public void What_is_longer_than_any_memory_is_not_read()
    {
        byte[] whole = DomainMemoryText.Write(s_full);
        byte[] padded = [.. whole, .. Enumerable.Repeat((byte)' ', DomainMemoryText.MaxBytes - whole.Length)];
        Assert.NotNull(DomainMemoryText.Read(padded));
        Assert.Null(DomainMemoryText.Read((byte[])[.. padded, (byte)' ']));
    }

    [Fact]
    public void Policies_of_sessions_are_read_back()
    {
        foreach (ReportedPolicy policy in (ReportedPolicy[])
        [
            new(PolicyType.NoPolicyFound, "example.org", [], []),
            new(PolicyType.Sts, "example.org", ["version: STSv1", "mode: testing", "mx: *.example.org", "max_age: 1"], ["*.example.org"]),
            new(PolicyType.Tlsa, "mx.example.org", ["3 1 1 00ff"], []),
        ])
        {
            Assert.Equal(policy, SessionText.ReadPolicy(SessionText.Write(policy)));
        }

        foreach (string none in (string[])["", "[]", "{}", "{\"policy-type\":\"x\",\"policy-domain\":\"a\"}", "{\"policy-type\":\"sts\"}"])
            Assert.Null(SessionText.ReadPolicy(none));
    }

    [Fact]
    public void Failures_of_sessions_are_read_back()
    {
        foreach (ResultType type in Enum.GetValues<ResultType>())
        {
            var failure = new SessionFailure(type) { ReceivingHost = "mx.example.org", ReceivingIp = "192.0.2.1", ReasonCode = "\"\u202e" };
            Assert.Equal(failure, SessionText.ReadFailure(SessionText.Write(failure)));
            Assert.Equal(new SessionFailure(type), SessionText.ReadFailure(SessionText.Write(new SessionFailure(type))));
        }

        foreach (string none in (string[])["", "[]", "{}", "{\"result-type\":\"x\"}"])
            Assert.Null(SessionText.ReadFailure(none));
    }

    private static void Same(DomainMemory memory)
    {
        byte[] bytes = DomainMemoryText.Write(memory);
        Assert.True(bytes.Length <= DomainMemoryText.MaxBytes);
        DomainMemory? read = DomainMemoryText.Read(bytes);
        Assert.NotNull(read);
        Assert.Equal((memory.Domain, memory.FirstSeen, memory.LastSeen, memory.Sts), (read.Domain, read.FirstSeen, read.LastSeen, read.Sts));
        Assert.Equal(memory.Ratchet is null, read.Ratchet is null);
        Assert.Equal(memory.Ratchet?.Hosts.AsEnumerable() ?? [], read.Ratchet?.Hosts.AsEnumerable() ?? []);
    }
}
