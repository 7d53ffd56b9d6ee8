using System.Collections.Immutable;
using System.Globalization;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.MtaSts;
using Postern.Policy.Survey;
using Postern.Policy.Tests;
using Postern.Policy.TlsRpt;
using Postern.Resolver;
using Postern.Resolver.Dns;
using Postern.Resolver.Policies;
using Postern.Roles.Resolver.Desk;

namespace Postern.Roles.Tests.Rigs;

/// <summary>A clock that goes when it is told to.</summary>
internal sealed class FalseClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.Ticks;
}

/// <summary>A DNS made of lines (<see cref="Zone"/>), policy hosts, and a desk that asks them.</summary>
internal sealed class FalseWorld : IDnsSource, IPolicySource
{
    private Zone _zone = new("");

    public FalseWorld(string zone, DeskSettings? settings = null, Func<Policy.Dane.TlsaRecord, bool>? takes = null)
    {
        Zone = zone;
        Desk = new RouteDesk(settings ?? new DeskSettings(), new Surveyor(this, this, takes), Store, Clock, Alarms.Add);
    }

    public string Zone
    {
        set => _zone = new Zone(value);
    }

    public int TimeToLive { get; set; } = 300;

    /// <summary>What policy hosts say.</summary>
    public StsFetchResult Policy { get; set; } = StsFetch.Judge(StsFetchEnd.Unreachable);

    public FalseClock Clock { get; } = new();

    public FalseStore Store { get; } = new();

    public RouteDesk Desk { get; }

    public List<string> Alarms { get; } = [];

    public List<string> Asked { get; } = [];

    public int Fetches { get; private set; }

    /// <summary>Called by each look-up.</summary>
    public Action<DnsQuestion> OnLook { get; set; } = question => { };

    public static StsFetchResult Enforce(params string[] hosts) =>
        new(new StsPolicy(StsMode.Enforce, TimeSpan.FromDays(7), [.. hosts.Select(host => MxPattern.Read(host)!)]), null, "");

    public ImmutableArray<DnsReply> Look(ImmutableArray<DnsQuestion> questions)
    {
        lock (Asked)
            Asked.AddRange(questions.Select(question => question.ToString()));
        foreach (DnsQuestion question in questions)
            OnLook(question);
        return [.. questions.Select(question => _zone.Reply(question) with { TimeToLive = TimeToLive })];
    }

    public string? Canary() => null;

    public StsFetchResult Fetch(PolicyRequest request)
    {
        Fetches++;
        return Policy;
    }
}

/// <summary>Keeps, and shows what it was told.</summary>
internal sealed class FalseStore : IDomainStore
{
    public Dictionary<DnsName, DomainMemory> Memories { get; } = [];

    public int Kept { get; private set; }

    public List<string> Sessions { get; } = [];

    /// <summary>Nothing can be read.</summary>
    public bool IsAway { get; set; }

    public bool TryFind(DnsName domain, out DomainMemory? memory)
    {
        lock (Memories)
            memory = IsAway ? null : Memories.GetValueOrDefault(domain);
        return !IsAway;
    }

    public void Keep(DomainMemory memory)
    {
        lock (Memories)
        {
            Kept++;
            Memories[memory.Domain] = memory;
        }
    }

    public void Count(ReportedPolicy policy, SessionFailure? failure)
    {
        string what = failure is null ? "good" : $"{ReportWords.Of(failure.Type)} {failure.ReceivingHost} {failure.ReceivingIp}".TrimEnd();
        lock (Memories)
            Sessions.Add(string.Create(CultureInfo.InvariantCulture, $"{policy.Type} {policy.Domain}: {what}"));
    }
}
