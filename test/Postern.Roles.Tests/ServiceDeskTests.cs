using System.Text;
using Postern.Configuration;
using Postern.Engine.Outbound;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Policy.Operator;
using Postern.Policy.Service;
using Postern.Policy.Tests;
using Postern.Resolver;
using Postern.Roles.Resolver;
using Postern.Roles.Resolver.Desk;
using Postern.Roles.Resolver.Wire;
using Postern.Roles.Tests.Rigs;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>Which XMPP servers a domain has: from the DNS once, then from memory; and over a seat, as a worker asks.</summary>
public sealed class ServiceDeskTests
{
    private const string Good = """
        _xmpp-server._tcp.example.org SRV secure 5269 x.example.net
        x.example.net A secure 9.9.9.9
        x.example.net AAAA secure -
        _5269._tcp.x.example.net TLSA secure 3 1 1 @key
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly FalseWorld _world = new(Good);
    private readonly List<string> _alarms = [];
    private readonly ServiceDesk _desk;

    public ServiceDeskTests() => _desk = NewDesk(new DeskSettings());

    private ServiceDesk NewDesk(DeskSettings settings, int hands = 4, int waiting = 8) =>
        new(settings, new ServiceSurveyor(_world), _world.Clock, _alarms.Add, hands, waiting);

    private static OperatorRule Row(Requirement require) => new(RuleScope.Read("example.org")!, require);

    private static ServiceAnswer Ask(ServiceDesk desk, string domain = "example.org")
    {
        ServiceAnswer? said = null;
        using var done = new SemaphoreSlim(0);
        desk.Ask(domain, answer =>
        {
            said = answer;
            _ = done.Release();
        });
        Assert.True(done.Wait(s_patience));
        return said!;
    }

    [Fact]
    public void Asked_once_for_as_long_as_the_records_live()
    {
        ServiceTarget target = Assert.Single(Ask(_desk).Targets);
        Assert.Equal(("x.example.net", 5269, TlsProof.Dane), (target.Host.Text, target.Port, target.Demand.Proof));
        int asked = _world.Asked.Count;
        Assert.Equal(5, asked);
        _world.Clock.Now += TimeSpan.FromSeconds(_world.TimeToLive - 1);
        Assert.Same(target, Ask(_desk, "Example.ORG").Targets[0]);
        Assert.Equal(asked, _world.Asked.Count);
        _world.Clock.Now += TimeSpan.FromSeconds(1);
        _ = Ask(_desk);
        Assert.Equal(2 * asked, _world.Asked.Count);
        Assert.Equal(1, _desk.Findings);
    }

    [Theory]
    [InlineData(0, 60)]
    [InlineData(1_000_000, 3600)]
    public void Neither_too_short_nor_too_long(int timeToLive, int seconds)
    {
        _world.TimeToLive = timeToLive;
        ServiceAnswer first = Ask(_desk);
        _world.Clock.Now += TimeSpan.FromSeconds(seconds - 1);
        Assert.Same(first, Ask(_desk));
        _world.Clock.Now += TimeSpan.FromSeconds(1);
        Assert.NotSame(first, Ask(_desk));
    }

    /// <summary>Taken out: the count of what was forgotten, in ServiceDesk.Survey.</summary>
    [Fact]
    public void What_is_forgotten_while_it_is_surveyed_is_not_brought_back()
    {
        _world.OnLook = question => _desk.Forget(question.Name);
        _ = Ask(_desk);
        Assert.Equal(0, _desk.Findings);
    }

    /// <summary>Taken out: the rule's end, in ServiceDesk.Survey.</summary>
    [Fact]
    public void No_longer_than_the_rule_that_decided()
    {
        _world.TimeToLive = 1_000_000;
        ServiceDesk desk = NewDesk(new DeskSettings { ServiceTable = OperatorTable.Make([Row(Requirement.Tls) with { Expires = _world.Clock.Now + TimeSpan.FromMinutes(5) }], out _)! });
        Assert.Equal(TlsProof.Encrypted, Ask(desk).Targets[0].Demand.Proof);
        _world.Clock.Now += TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1);
        Assert.Equal(TlsProof.Encrypted, Ask(desk).Targets[0].Demand.Proof);
        _world.Clock.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(TlsProof.Dane, Ask(desk).Targets[0].Demand.Proof);
        _ = Assert.Single(_alarms);
    }

    [Fact]
    public void A_failure_is_forgotten_soon_and_a_clock_set_back_keeps_nothing()
    {
        _world.Zone = "_xmpp-server._tcp.example.org SRV failed";
        Assert.Equal(new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, "the XMPP servers of example.org cannot be looked up (failed)"), Ask(_desk).Refusal);
        _world.Zone = Good;
        Assert.NotNull(Ask(_desk).Refusal);
        _world.Clock.Now += FindingLife.OfFailure;
        Assert.Null(Ask(_desk).Refusal);
        int asked = _world.Asked.Count;
        _world.Clock.Now -= TimeSpan.FromDays(1);
        _ = Ask(_desk);
        Assert.NotEqual(asked, _world.Asked.Count);
    }

    [Fact]
    public void What_is_forgotten_is_asked_again()
    {
        _ = Ask(_desk);
        int asked = _world.Asked.Count;
        _desk.Forget(Zone.Name("example.org"));
        _ = Ask(_desk);
        Assert.Equal(2 * asked, _world.Asked.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a name")]
    [InlineData("[::1]")]
    [InlineData("192.0.2.1")]
    public void What_is_no_name_is_refused_and_not_looked_up(string domain)
    {
        Assert.Equal(ServiceRefusalKind.HostUnknown, Ask(_desk, domain).Refusal!.Kind);
        Assert.Empty(_world.Asked);
    }

    /// <summary>Taken out (the catch): the thread's exception ends the resolver, and here the tests.</summary>
    [Fact]
    public void A_survey_that_breaks_is_an_answer_and_an_alarm()
    {
        _world.OnLook = _ => throw new InvalidOperationException("broken");
        Assert.Equal(new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, "the XMPP servers of example.org cannot be looked up"), Ask(_desk).Refusal);
        Assert.Equal("the XMPP servers of example.org cannot be looked up, which is a mistake in Postern: InvalidOperationException", Assert.Single(_alarms));
        _world.OnLook = _ => { };
        _world.Clock.Now += FindingLife.OfFailure;
        Assert.Null(Ask(_desk).Refusal);
    }

    /// <summary>
    /// Lists are about mail: their hosts and their "webpki" say nothing of XMPP. The operator's own rows do. Taken out: Lists = [] in
    /// DeskSettings.Read.
    /// </summary>
    [Fact]
    public void The_operators_own_rows_hold_and_those_of_lists_do_not()
    {
        const string List = """
            { "version": "0.1", "timestamp": "2026-01-01T00:00:00+00:00", "expires": "2099-01-01T00:00:00+00:00", "policies": { "example.org": { "mode": "enforce", "mxs": ["mx.example.org"] } } }
            """;
        var snapshot = new ResolverSnapshot { Lists = [new PolicyListText("list.json", Encoding.UTF8.GetBytes(List))] };
        DeskSettings lists = DeskSettings.Read(snapshot, out string problem)!;
        Assert.Equal("", problem);
        Assert.NotNull(lists.Table.Find(Zone.Name("example.org"), _world.Clock.Now).Rule);
        Assert.Equal(TlsProof.Dane, Ask(NewDesk(lists)).Targets[0].Demand.Proof);
        DeskSettings own = DeskSettings.Read(snapshot with { Rules = [new PolicyRuleText("example.org", "webpki", [], [], null, "t.toml:1")] }, out _)!;
        Assert.Equal(TlsProof.WebPki, Ask(NewDesk(own)).Targets[0].Demand.Proof);
    }

    [Fact]
    public void A_rule_that_has_expired_is_an_alarm()
    {
        OperatorTable? own = OperatorTable.Make([Row(Requirement.Dane) with { Expires = _world.Clock.Now }], out _);
        Assert.Null(Ask(NewDesk(new DeskSettings { ServiceTable = own! })).Refusal);
        Assert.StartsWith("the rule has expired and does not hold: example.org", Assert.Single(_alarms), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Private_networks_by_the_operators_word_alone(bool allowed)
    {
        _world.Zone = Good.Replace("9.9.9.9", "10.0.0.1", StringComparison.Ordinal);
        Assert.Equal(allowed, Ask(NewDesk(new DeskSettings { AllowsPrivate = allowed })).Refusal is null);
    }

    [Fact]
    public void More_than_can_wait_is_refused_at_once()
    {
        using var slow = new ManualResetEventSlim();
        _world.OnLook = _ => slow.Wait(s_patience);
        ServiceDesk desk = NewDesk(new DeskSettings(), hands: 1, waiting: 2);
        int refused = 0;
        for (int i = 0; i < 10; i++)
        {
            desk.Ask($"d{i}.example", answer =>
            {
                if (answer.Refusal!.Text == "too many domains are being looked up; try again")
                    _ = Interlocked.Increment(ref refused);
            });
        }

        // One is under way at the most, two wait; the others were answered on this thread.
        Assert.InRange(refused, 7, 8);
        slow.Set();
    }

    [Fact]
    public void A_worker_hears_of_servers()
    {
        int refused = 0;
        Thread thread = Sit(_desk, () => Interlocked.Increment(ref refused), out int worker);
        Assert.Equal("x.example.net", Say(worker, "example.org", out uint number)!.Targets[0].Host.Text);
        Assert.Equal(5u, number);

        // Which no client's words come to: no name is asked as none.
        Assert.Equal(ServiceRefusalKind.HostUnknown, Say(worker, "\u0001<b\u00fccher>", out _)!.Refusal!.Kind);
        Assert.Equal(0, Volatile.Read(ref refused));
        byte[] message = [(byte)RequestKind.Service, 9, 0, 0, 0, 1];
        Assert.Equal(message.Length, StreamSocket.Send(worker, message));
        Assert.Null(Next(worker, out number));
        Assert.Equal((9u, 1), (number, Volatile.Read(ref refused)));
        Descriptor.Close(worker);
        Assert.True(thread.Join(s_patience));
    }

    /// <summary>
    /// Else a stolen worker has any name looked up though no stream goes out. Taken out: the desk that is none, in WorkerSeat.Take.
    /// </summary>
    [Fact]
    public void Where_no_stream_goes_out_nobody_may_ask_where_it_goes()
    {
        int refused = 0;
        Thread thread = Sit(null, () => Interlocked.Increment(ref refused), out int worker);
        Assert.Null(Say(worker, "example.org", out uint number));
        Assert.Equal((5u, 1), (number, Volatile.Read(ref refused)));
        Assert.Empty(_world.Asked);
        Descriptor.Close(worker);
        Assert.True(thread.Join(s_patience));
    }

    /// <summary>Taken out (one count of open questions for both): the stream waits for the mail.</summary>
    [Fact]
    public void Mail_that_waits_takes_no_place_from_streams()
    {
        using var slow = new ManualResetEventSlim();
        _world.OnLook = question =>
        {
            if (question.Name.Text == "slow.example")
                _ = slow.Wait(s_patience);
        };
        Thread thread = Sit(_desk, () => Assert.Fail("it is refused"), out int worker);
        byte[] message = new byte[ResolverAnswer.MaxSize];
        for (uint i = 0; i < WorkerSeat.MaxOpen; i++)
        {
            int length = ResolverRequest.Write(i, new RouteQuestion("slow.example", false), message);
            Assert.Equal(length, StreamSocket.Send(worker, message.AsSpan(0, length)));
        }

        Assert.NotEmpty(Say(worker, "example.org", out _)!.Targets);
        slow.Set();
        Descriptor.Close(worker);
        Assert.True(thread.Join(s_patience));
    }

    /// <summary>A worker's end of a seat.</summary>
    private Thread Sit(ServiceDesk? desk, Action refused, out int worker)
    {
        Assert.True(StreamSocket.Pair(messages: true, nonBlocking: false, out worker, out int resolver) >= 0);
        StreamSocket.ReceiveTimeout(worker, (int)s_patience.TotalMilliseconds);
        var seat = new WorkerSeat(_world.Desk, new SurveyCrew(_world.Desk.Survey, hands: 1), resolver, 1, refused, services: desk);
        var thread = new Thread(seat.Serve) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static ServiceAnswer? Say(int worker, string domain, out uint number)
    {
        byte[] message = new byte[ResolverRequest.MaxSize];
        int length = ResolverRequest.WriteService(5, domain, message);
        Assert.Equal(length, StreamSocket.Send(worker, message.AsSpan(0, length)));
        return Next(worker, out number);
    }

    private static ServiceAnswer? Next(int worker, out uint number)
    {
        byte[] message = new byte[ResolverAnswer.MaxSize];
        int length = StreamSocket.Receive(worker, message);
        Assert.True(length > 0, Errno.Describe(length));
        number = ResolverAnswer.NumberOf(message.AsSpan(0, length));
        return ServiceReply.Read(message.AsSpan(0, length));
    }
}
