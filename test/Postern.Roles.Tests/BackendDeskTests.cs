using System.Collections.Immutable;
using Postern.Configuration;
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

    private readonly FalseWorld _world = new(Good);
    private readonly BackendDesk _desk;

    public BackendDeskTests() => _desk = NewDesk();

    private BackendDesk NewDesk(Func<Policy.Dane.TlsaRecord, bool>? takes = null)
    {
        ImmutableArray<DaneBackend> backends = [new DaneBackend(3, -1, 0, "imap.example.org", 993), new DaneBackend(3, 0, 0, "no_name.123", 993)];
        return new BackendDesk(backends, new BackendSurveyor(_world, takes), _world.Clock);
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

    [Theory]
    [InlineData(3, -1, 1)]
    [InlineData(3, 0, 0)]
    [InlineData(2, -1, 0)]
    public void Nobody_else_is_asked_about(int gate, int route, int index) =>
        Assert.False(_desk.Ask(new BackendQuestion(gate, route, index), _ => Assert.Fail("it is answered")));

    /// <summary>Over a seat, as a worker asks; what is no backend is refused, and told to the supervisor.</summary>
    [Fact]
    public void A_worker_hears_of_its_backends()
    {
        int refused = 0;
        Assert.True(StreamSocket.Pair(messages: true, nonBlocking: false, out int worker, out int resolver) >= 0);
        StreamSocket.ReceiveTimeout(worker, (int)s_patience.TotalMilliseconds);
        var seat = new WorkerSeat(_world.Desk, new SurveyCrew(_world.Desk.Survey, hands: 1), resolver, 1, () => Interlocked.Increment(ref refused), _desk);
        var thread = new Thread(seat.Serve) { IsBackground = true };
        thread.Start();

        Assert.Equal("imap.example.org", Say(worker, s_own, out uint number)!.Demand!.Sni.Text);
        Assert.Equal(5u, number);
        Assert.Equal(0, Volatile.Read(ref refused));
        Assert.Null(Say(worker, new BackendQuestion(0, -1, 0), out number));
        Assert.Equal((5u, 1), (number, Volatile.Read(ref refused)));
        Descriptor.Close(worker);
        Assert.True(thread.Join(s_patience));
    }

    private static DemandAnswer? Say(int worker, BackendQuestion question, out uint number)
    {
        byte[] message = new byte[ResolverAnswer.MaxSize];
        int length = ResolverRequest.Write(5, question, message);
        Assert.Equal(length, StreamSocket.Send(worker, message.AsSpan(0, length)));
        length = StreamSocket.Receive(worker, message);
        Assert.True(length > 0, Errno.Describe(length));
        number = ResolverAnswer.NumberOf(message.AsSpan(0, length));
        return BackendAnswer.Read(message.AsSpan(0, length));
    }
}
