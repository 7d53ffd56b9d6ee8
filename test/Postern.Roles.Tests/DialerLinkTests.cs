using System.Collections.Immutable;
using System.Net;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Protocols;
using Postern.Roles.Dialer;
using Postern.Roles.Worker;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// The worker's end. Taken out: the queue in DialerLink.Replace (what a dead dialer owed is lost), the close of a
/// descriptor that nobody waits for, the queue of what a full socket did not take.
/// </summary>
public sealed class DialerLinkTests : IDisposable
{
    private readonly Reactor _reactor = new();
    private readonly DialerLink _link;
    private readonly Gate _gate = NewGate(3);
    private int _dialer;

    public DialerLinkTests()
    {
        _link = new DialerLink(NewPair());
        _link.Join(_reactor);
    }

    public void Dispose()
    {
        Descriptor.Close(_dialer);
        _reactor.Dispose();
    }

    [Fact]
    public void Answers_come_in_any_order_to_who_asked()
    {
        Client first = new(), second = new(), third = new();
        uint[] numbers = [Ask(first, 0), Ask(second, 1), Ask(third, 2)];
        Assert.Equal(
            [(numbers[0], new DialRequest(3, -1, 0)), (numbers[1], new DialRequest(3, -1, 1)), (numbers[2], new DialRequest(3, -1, 2))],
            (IEnumerable<(uint, DialRequest)>)[Next(), Next(), Next()]);
        Say(numbers[2], -Errno.ConnectionRefused);
        Say(numbers[0], 0, withDescriptor: true);
        Say(numbers[1], DialDesk.Refused);
        _reactor.Turn();
        Assert.Equal((0, true), (first.Result, first.Fd >= 0));
        Assert.Equal((-Errno.Perm, -1), (second.Result, second.Fd));
        Assert.Equal((-Errno.ConnectionRefused, -1), (third.Result, third.Fd));
        Descriptor.Close(first.Fd);
    }

    /// <summary>No errno, which would say something else, and no refusal, which would look for an intruder.</summary>
    [Fact]
    public void An_address_of_this_machine_is_said_to_be_one()
    {
        Client client = new();
        Say(Ask(client), DialAnswer.OwnAddress);
        _reactor.Turn();
        Assert.Equal((DialAnswer.OwnAddress, -1), (client.Result, client.Fd));
        Assert.NotEqual(DialDesk.Refused, DialAnswer.OwnAddress);
        Assert.Equal("it is an address of this machine", DialAnswer.Describe(client.Result));
        Assert.Equal("Connection refused", DialAnswer.Describe(-Errno.ConnectionRefused));
    }

    [Fact]
    public void A_connection_for_somebody_who_is_gone_is_closed()
    {
        Client gone = new(), stays = new();
        uint number = Ask(gone);
        _link.GiveUp(number);
        uint other = Ask(stays);
        int backend = Say(number, 0, withDescriptor: true);
        Say(other, -Errno.ConnectionRefused);
        _reactor.Turn();
        Assert.Equal(0, gone.Answers);
        Assert.Equal(1, stays.Answers);

        // The last holder of the other end is gone: this end hears it.
        Assert.Equal(0, StreamSocket.Receive(backend, new byte[1]));
        Descriptor.Close(backend);
    }

    [Fact]
    public void What_a_dead_dialer_did_not_answer_is_asked_of_its_successor()
    {
        Client answered = new(), asked = new(), late = new(), gone = new();
        uint first = Ask(answered), second = Ask(asked);
        uint given = Ask(gone);
        Say(first, -Errno.ConnectionRefused);
        _reactor.Turn();
        _link.GiveUp(given);
        Descriptor.Close(_dialer);
        uint third = Ask(late);
        Assert.Equal((1, 0, 0, 0), (answered.Answers, asked.Answers, late.Answers, gone.Answers));

        _link.Replace(NewPair());
        Assert.Equal(new HashSet<uint> { second, third }, [Next().Number, Next().Number]);
        Assert.Equal(-Errno.Again, StreamSocket.Receive(_dialer, new byte[32]));
        Say(second, -Errno.ConnectionRefused);
        Say(third, -Errno.ConnectionRefused);
        _reactor.Turn();
        Assert.Equal((1, 1, 1, 0), (answered.Answers, asked.Answers, late.Answers, gone.Answers));
    }

    [Fact]
    public void More_than_the_socket_takes_is_asked_as_it_empties()
    {
        const int Many = 5_000;
        Client client = new();
        for (int i = 0; i < Many; i++)
            _ = Ask(client);
        for (int i = 0; i < Many; i++)
        {
            // Nothing is there: the socket was full, and it is said that it no longer is.
            if (!TryNext(out uint number, out _))
            {
                _reactor.Turn();
                Assert.True(TryNext(out number, out _));
            }

            Say(number, -Errno.ConnectionRefused);
            if (i % 64 == 0)
                _reactor.Turn();
        }

        _reactor.Turn();
        Assert.Equal(Many, client.Answers);
    }

    [Fact]
    public void Without_a_place_for_the_descriptor_there_is_an_answer()
    {
        Client client = new();
        Say(Ask(client), 0);
        _reactor.Turn();
        Assert.Equal((-Errno.TooManyFiles, -1), (client.Result, client.Fd));
    }

    [Fact]
    public void Nothing_is_allocated_for_a_dial()
    {
        // Checks allocate: they come behind.
        Client client = new();
        long before = 0;
        Span<byte> answer = stackalloc byte[DialRequest.AnswerSize];
        for (int i = 0; i < 2_000; i++)
        {
            if (i == 1_000)
                before = GC.GetAllocatedBytesForCurrentThread();
            uint number = _link.Dial(_gate, -1, 0, client).Number;
            _ = TryNext(out _, out _);
            DialRequest.WriteAnswer(number, -Errno.ConnectionRefused, answer);
            _ = StreamSocket.Send(_dialer, answer);
            _reactor.Turn();
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(2_000, client.Answers);
        Assert.Equal(0, allocated);
    }

    private int NewPair()
    {
        Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: true, out int workers, out _dialer));
        return workers;
    }

    private uint Ask(Client client, int index = 0)
    {
        DialAnswer answer = _link.Dial(_gate, -1, index, client);
        Assert.NotEqual(0u, answer.Number);
        return answer.Number;
    }

    private (uint Number, DialRequest Request) Next()
    {
        Assert.True(TryNext(out uint number, out DialRequest request));
        return (number, request);
    }

    private bool TryNext(out uint number, out DialRequest request)
    {
        Span<byte> bytes = stackalloc byte[DialRequest.Size + 1];
        int length = StreamSocket.Receive(_dialer, bytes);
        return DialRequest.TryRead(bytes[..Math.Max(length, 0)], out number, out request);
    }

    /// <summary>Answers, with one end of a pair; the other end is what this returns.</summary>
    private int Say(uint number, int result, bool withDescriptor = false)
    {
        Span<byte> bytes = stackalloc byte[DialRequest.AnswerSize];
        DialRequest.WriteAnswer(number, result, bytes);
        if (!withDescriptor)
        {
            Assert.Equal(bytes.Length, DescriptorPassing.Send(_dialer, bytes, []));
            return -1;
        }

        _ = StreamSocket.Pair(messages: false, nonBlocking: true, out int kept, out int passed);
        Assert.Equal(bytes.Length, DescriptorPassing.Send(_dialer, bytes, [passed]));
        Descriptor.Close(passed);
        return kept;
    }

    private static Gate NewGate(int number) => new()
    {
        Name = "test",
        Number = number,
        Row = 0,
        Protocol = ProtocolList.Find("tcp")!,
        Tls = TlsMode.Plain,
        Backend = ["a", "b", "c"],
        RouteBackends = [],
        ProxyOut = ProxyOut.None,
        AcceptProxyFrom = new NetworkList(ImmutableArray<IPNetwork>.Empty),
        ResetOnTruncation = false,
        MaxConnections = 1,
        MaxConnectionsPerClient = 1,
        HandshakeTimeout = 1,
        NegotiationTimeout = 1,
        IdleTimeout = 0,
        HostName = "test",
        Front = new FrontSettings("test", false),
    };

    private sealed class Client : IDialClient
    {
        public int Answers { get; private set; }

        public int Result { get; private set; } = int.MinValue;

        public int Fd { get; private set; } = -1;

        public void Dialled(int result, int fd)
        {
            Answers++;
            (Result, Fd) = (result, fd);
        }
    }
}
