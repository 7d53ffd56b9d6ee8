using System.Collections.Immutable;
using System.Net;
using Postern.Configuration;
using Postern.Engine.Outbound;
using Postern.Engine.Upstream;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Policy.Tests;
using Postern.Resolver;
using Postern.Roles.Resolver;
using Postern.Roles.Resolver.Desk;
using Postern.Roles.Resolver.Wire;
using Postern.Roles.Tests.Rigs;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>What backends must show that DANE proves: from the DNS once, then from memory for as long as the DNS says.</summary>
public sealed class BackendDeskTests
{
    private const string Good = """
        imap.example.org A secure 192.0.2.1
        imap.example.org AAAA secure -
        _993._tcp.imap.example.org TLSA secure 3 1 1 @key
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly BackendQuestion s_own = new(3, -1, 0);

    private readonly FalseWorld _world = new(Good + "\nexample.org MX insecure 10 imap.example.org");
    private readonly List<string> _alarms = [];
    private readonly BackendDesk _desk;

    public BackendDeskTests() => _desk = NewDesk();

    private BackendDesk NewDesk(Func<Policy.Dane.TlsaRecord, bool>? takes = null)
    {
        ImmutableArray<DaneBackend> backends =
        [
            new DaneBackend(3, -1, 0, "imap.example.org", 993),
            new DaneBackend(3, -1, 1, "imap.example.org", 993),
            new DaneBackend(4, 2, 0, "imap.example.org", 993),
            new DaneBackend(3, 0, 0, "no_name.123", 993),
            new DaneBackend(5, -1, 0, "imap.example.org", 993) { Service = "_imaps._tcp.example.org", Domain = "example.org" },
        ];
        return new BackendDesk(backends, new BackendSurveyor(_world, takes), _world.Clock, _alarms.Add);
    }

    private static DemandAnswer Ask(BackendDesk desk, BackendQuestion question)
    {
        DemandAnswer? said = null;
        using var done = new SemaphoreSlim(0);
        Assert.True(desk.Ask(question, answer =>
        {
            said = answer;
            _ = done.Release();
        }));
        Assert.True(done.Wait(s_patience));
        return said!;
    }

    [Fact]
    public void Asked_once_for_as_long_as_the_records_live()
    {
        TlsDemand demand = Ask(_desk, s_own).Demand!;
        Assert.Equal((TlsProof.Dane, "imap.example.org", 1), (demand.Proof, demand.Sni.Text, demand.Tlsa.Length));
        int asked = _world.Asked.Count;
        Assert.Equal(3, asked);
        _world.Clock.Now += TimeSpan.FromSeconds(_world.TimeToLive - 1);
        Assert.Same(demand, Ask(_desk, s_own).Demand);
        Assert.Equal(asked, _world.Asked.Count);

        // RFC 6698 §A.4: the old record goes when its time to live is over, and a rollover counts on that.
        _world.Zone = Good.Replace("@key", "@next", StringComparison.Ordinal);
        _world.Clock.Now += TimeSpan.FromSeconds(1);
        Assert.NotEqual(demand.Tlsa[0], Ask(_desk, s_own).Demand!.Tlsa[0]);
        Assert.Equal(2 * asked, _world.Asked.Count);
    }

    [Fact]
    public void A_failure_is_forgotten_soon()
    {
        _world.Zone = Good.Replace("TLSA secure", "TLSA failed", StringComparison.Ordinal);
        Assert.Equal("TLSA of _993._tcp.imap.example.org: failed, which is no answer", Ask(_desk, s_own).Reason);
        _world.Zone = Good;
        Assert.Null(Ask(_desk, s_own).Demand);
        _world.Clock.Now += BackendDesk.OfFailure;
        Assert.NotNull(Ask(_desk, s_own).Demand);
    }

    [Fact]
    public void A_clock_that_was_set_back_makes_nothing_hold_for_longer()
    {
        _ = Ask(_desk, s_own);
        int asked = _world.Asked.Count;
        _world.Clock.Now -= TimeSpan.FromDays(1);
        _ = Ask(_desk, s_own);
        Assert.Equal(2 * asked, _world.Asked.Count);
    }

    [Fact]
    public void Records_that_OpenSSL_does_not_take_are_none() =>
        Assert.EndsWith("none of which is usable", Ask(NewDesk(_ => false), s_own).Reason, StringComparison.Ordinal);

    /// <summary>
    /// As many records as an answer has, and as many look-ups as there are. Taken out (TlsaSieve: those alone are held to OpenSSL that
    /// a decision has chosen): each lot of 64 is a round of its own, and there are more rounds than a survey has.
    /// </summary>
    [Theory]
    [InlineData("3 1 1 @key", "imap.example.org")]
    [InlineData("3 0 0 @last", "no: TLSA of _993._tcp.imap.example.org: secure, 256 records, none of which is usable")]
    public void Records_of_no_use_push_out_no_good_one(string last, string expected)
    {
        string[] broken = [.. Enumerable.Range(0, 255).Select(number => $"_993._tcp.imap.example.org TLSA secure 3 0 0 @broken{number}")];
        _world.Zone = $"""
            _imaps._tcp.example.org SRV secure 993 imap.example.org
            imap.example.org CNAME secure host.example.net
            host.example.net A insecure 192.0.2.1
            host.example.net AAAA insecure -
            {string.Join('\n', broken)}
            _993._tcp.imap.example.org TLSA secure {last}
            """;
        DemandAnswer answer = Ask(NewDesk(record => record.Matching == Policy.Dane.TlsaMatching.Sha256), new BackendQuestion(5, -1, 0));
        Assert.Equal(expected, answer.Demand is { } demand ? Assert.Single(demand.Tlsa).Matching == Policy.Dane.TlsaMatching.Sha256 ? demand.Sni.Text : "a broken one" : "no: " + answer.Reason);
        Assert.Empty(_alarms);
    }

    /// <summary>Taken out (the catch): the thread's exception ends the resolver, and here the tests.</summary>
    [Fact]
    public void A_survey_that_breaks_is_an_answer_and_an_alarm()
    {
        _world.OnLook = _ => throw new InvalidOperationException("broken");
        Assert.Equal("it cannot be looked up", Ask(_desk, s_own).Reason);
        Assert.Equal("what DANE says of imap.example.org:993 cannot be looked up, which is a mistake in Postern: InvalidOperationException", Assert.Single(_alarms));
        _world.OnLook = _ => { };
        Assert.Null(Ask(_desk, s_own).Demand);
        _world.Clock.Now += BackendDesk.OfFailure;
        Assert.NotNull(Ask(_desk, s_own).Demand);
    }

    [Fact]
    public void What_comes_to_the_same_is_asked_once()
    {
        TlsDemand demand = Ask(_desk, s_own).Demand!;
        int asked = _world.Asked.Count;
        Assert.Same(demand, Ask(_desk, new BackendQuestion(3, -1, 1)).Demand);
        Assert.Same(demand, Ask(_desk, new BackendQuestion(4, 2, 0)).Demand);
        Assert.Equal(asked, _world.Asked.Count);
    }

    [Fact]
    public void What_is_no_name_has_no_records()
    {
        Assert.Equal(new DemandAnswer(null, "it has no name in the DNS"), Ask(_desk, new BackendQuestion(3, 0, 0)));
        Assert.Empty(_world.Asked);
    }

    [Theory]
    [InlineData(3, -1, 2)]
    [InlineData(3, 1, 0)]
    [InlineData(2, -1, 0)]
    public void Nobody_else_is_asked_about(int gate, int route, int index) =>
        Assert.False(_desk.Ask(new BackendQuestion(gate, route, index), _ => Assert.Fail("it is answered")));

    /// <summary>Over a seat, as a worker asks; what is no backend is refused, and told to the supervisor.</summary>
    [Fact]
    public void A_worker_hears_of_its_backends()
    {
        int refused = 0;
        Thread thread = Sit(_world.Desk, () => Interlocked.Increment(ref refused), out int worker);
        Assert.Equal("imap.example.org", Say(worker, s_own, out uint number)!.Demand!.Sni.Text);
        Assert.Equal(5u, number);
        Assert.Equal(0, Volatile.Read(ref refused));
        Assert.Null(Say(worker, new BackendQuestion(0, -1, 0), out number));
        Assert.Equal((5u, 1), (number, Volatile.Read(ref refused)));
        Descriptor.Close(worker);
        Assert.True(thread.Join(s_patience));
    }

    /// <summary>
    /// Else a stolen worker has the DNS, and the policy hosts of domains, asked whatever it likes, though no mail goes out. Taken out:
    /// the desk that is none, in WorkerSeat.Take.
    /// </summary>
    [Fact]
    public void Where_no_mail_goes_out_nobody_may_ask_where_it_goes()
    {
        int refused = 0;
        Thread thread = Sit(null, () => Interlocked.Increment(ref refused), out int worker);
        byte[] message = new byte[ResolverAnswer.MaxSize];
        Send(worker, message, ResolverRequest.Write(7, new RouteQuestion("example.org", false), message));
        int length = StreamSocket.Receive(worker, message);
        Assert.Null(ResolverAnswer.Read(message.AsSpan(0, length), out uint number));
        Assert.Equal((7u, 1), (number, Volatile.Read(ref refused)));
        Send(worker, message, ResolverRequest.Write(new HopResult(1, 0, IPAddress.Parse("192.0.2.1"), null, null, true), message));
        Assert.NotNull(Say(worker, s_own, out _)!.Demand);
        Assert.Equal(2, Volatile.Read(ref refused));
        Assert.DoesNotContain(_world.Asked, question => question.Contains("MX", StringComparison.Ordinal));
        Descriptor.Close(worker);
        Assert.True(thread.Join(s_patience));
    }

    /// <summary>Taken out (one count of open questions for both): the backend waits for the domain.</summary>
    [Fact]
    public void Mail_that_waits_takes_no_place_from_backends()
    {
        using var slow = new ManualResetEventSlim();
        _world.OnLook = question =>
        {
            if (question.Name.Text == "slow.example")
                _ = slow.Wait(s_patience);
        };
        Thread thread = Sit(_world.Desk, () => Assert.Fail("it is refused"), out int worker);
        byte[] message = new byte[ResolverAnswer.MaxSize];
        for (uint i = 0; i < WorkerSeat.MaxOpen; i++)
            Send(worker, message, ResolverRequest.Write(i, new RouteQuestion("slow.example", false), message));
        Assert.NotNull(Say(worker, s_own, out _)!.Demand);
        slow.Set();
        Descriptor.Close(worker);
        Assert.True(thread.Join(s_patience));
    }

    /// <summary>A worker's end of a seat.</summary>
    private Thread Sit(RouteDesk? desk, Action refused, out int worker)
    {
        Assert.True(StreamSocket.Pair(messages: true, nonBlocking: false, out worker, out int resolver) >= 0);
        StreamSocket.ReceiveTimeout(worker, (int)s_patience.TotalMilliseconds);
        var seat = new WorkerSeat(desk, desk is null ? null : new SurveyCrew(desk.Survey, hands: 1), resolver, 1, refused, _desk);
        var thread = new Thread(seat.Serve) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static void Send(int worker, byte[] message, int length) => Assert.Equal(length, StreamSocket.Send(worker, message.AsSpan(0, length)));

    private static DemandAnswer? Say(int worker, BackendQuestion question, out uint number)
    {
        byte[] message = new byte[ResolverAnswer.MaxSize];
        Send(worker, message, ResolverRequest.Write(5, question, message));
        int length = StreamSocket.Receive(worker, message);
        Assert.True(length > 0, Errno.Describe(length));
        number = ResolverAnswer.NumberOf(message.AsSpan(0, length));
        return BackendAnswer.Read(message.AsSpan(0, length));
    }
}
