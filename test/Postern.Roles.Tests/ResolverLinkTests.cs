using System.Net;
using Postern.Engine.Loop;
using Postern.Engine.Outbound;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Policy.Service;
using Postern.Roles.Resolver.Wire;
using Postern.Roles.Worker;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// The worker's end. Taken out: the queue in ResolverLink.Replace (what a dead resolver owed is lost), the queue of what a full
/// socket did not take, the refusal in place of an answer that is none (its asker waits for ever).
/// </summary>
public sealed class ResolverLinkTests : IDisposable
{
    private static readonly SmtpRefusal s_nobody = new(451, "4.4.4", "nobody");

    private readonly Reactor _reactor = new();
    private readonly ResolverLink _link;
    private readonly byte[] _message = new byte[ResolverAnswer.MaxSize];
    private int _resolver;

    public ResolverLinkTests()
    {
        _link = new ResolverLink(NewPair());
        _link.Join(_reactor);
    }

    public void Dispose()
    {
        Descriptor.Close(_resolver);
        _reactor.Dispose();
    }

    private sealed class Client : IRouteClient
    {
        public List<RouteAnswer> Answers { get; } = [];

        public void Routed(RouteAnswer answer) => Answers.Add(answer);
    }

    private int NewPair()
    {
        Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: true, out int workers, out _resolver));
        return workers;
    }

    private uint Ask(Client client, string domain = "example.org") => _link.Find(new RouteQuestion(domain, false), client);

    private (uint Number, RouteQuestion? Question)? Next()
    {
        int length = StreamSocket.Receive(_resolver, _message);
        if (length <= 0)
            return null;
        RouteQuestion? question = ResolverRequest.ReadQuestion(_message.AsSpan(0, length), out uint number);
        return (number, question);
    }

    private void Say(uint number, ulong ticket)
    {
        int length = ResolverAnswer.Write(number, new RouteAnswer(ticket, [], s_nobody), _message);
        Assert.Equal(length, StreamSocket.Send(_resolver, _message.AsSpan(0, length)));
    }

    [Fact]
    public void Answers_come_in_any_order_to_who_asked()
    {
        Client first = new(), second = new(), gone = new();
        uint one = Ask(first), two = Ask(second, "example.net"), three = Ask(gone);
        Assert.Equal((one, new RouteQuestion("example.org", false)), Next());
        Assert.Equal((two, new RouteQuestion("example.net", false)), Next());
        Assert.Equal(three, Next()!.Value.Number);
        _link.GiveUp(three);
        Say(three, 3);
        Say(two, 2);
        Say(one, 1);
        _reactor.Turn();
        Assert.Equal(1ul, Assert.Single(first.Answers).Ticket);
        Assert.Equal((2ul, s_nobody), (Assert.Single(second.Answers).Ticket, second.Answers[0].Refusal));
        Assert.Empty(gone.Answers);
        Assert.Equal(0, _link.Waiting);
    }

    [Fact]
    public void What_a_dead_resolver_did_not_answer_is_asked_of_its_successor()
    {
        Client answered = new(), asked = new(), late = new(), gone = new();
        uint first = Ask(answered), second = Ask(asked), given = Ask(gone);
        Say(first, 1);
        _reactor.Turn();
        _link.GiveUp(given);
        Descriptor.Close(_resolver);
        uint third = Ask(late);
        Assert.Equal((1, 0, 0, 0), (answered.Answers.Count, asked.Answers.Count, late.Answers.Count, gone.Answers.Count));

        _link.Replace(NewPair());
        Assert.Equal(new HashSet<uint> { second, third }, [Next()!.Value.Number, Next()!.Value.Number]);
        Assert.Null(Next());
        Say(second, 2);
        Say(third, 3);
        _reactor.Turn();
        Assert.Equal((1, 1, 1, 0), (answered.Answers.Count, asked.Answers.Count, late.Answers.Count, gone.Answers.Count));
    }

    [Fact]
    public void More_than_the_socket_takes_is_asked_as_it_empties()
    {
        const int Many = 3_000;
        Client client = new();
        for (int i = 0; i < Many; i++)
            _ = Ask(client);
        for (int i = 0; i < Many; i++)
        {
            (uint Number, RouteQuestion? Question)? next = Next();
            if (next is null)
            {
                _reactor.Turn();
                next = Next();
            }

            Say(next!.Value.Number, 1);
            if (i % 64 == 0)
                _reactor.Turn();
        }

        _reactor.Turn();
        Assert.Equal(Many, client.Answers.Count);
    }

    [Fact]
    public void What_is_told_waits_for_nobody()
    {
        var result = new HopResult(5, 0, IPAddress.Loopback, null, null, true);
        for (int i = 0; i < 20_000; i++)
            _link.Tell(result);
        int length = StreamSocket.Receive(_resolver, _message);
        Assert.Equal(result, ResolverRequest.ReadTell(_message.AsSpan(0, length)));
        Descriptor.Close(_resolver);
        _resolver = -1;
        _link.Tell(result);
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("garbage")]
    [InlineData("too long")]
    public void What_is_no_answer_is_a_deferral(string what)
    {
        Client client = new();
        uint number = Ask(client);
        _ = Next();
        int length = ResolverAnswer.WriteRefused(number, _message);
        byte[] message = what switch
        {
            "refused" => _message[..length],
            "garbage" => [.. BitConverter.GetBytes(number), 0, 1, 2, 3],
            _ => [.. BitConverter.GetBytes(number), .. new byte[ResolverAnswer.MaxSize]],
        };
        Assert.Equal(message.Length, StreamSocket.Send(_resolver, message));
        _reactor.Turn();
        Assert.Equal((451, "4.3.0"), (Assert.Single(client.Answers).Refusal!.Code, client.Answers[0].Refusal!.Enhanced));
    }

    private sealed class ServiceClient : IServiceClient
    {
        public List<ServiceAnswer> Answers { get; } = [];

        public void Found(ServiceAnswer answer) => Answers.Add(answer);
    }

    /// <summary>Beside questions about mail, and asked again of a successor.</summary>
    [Fact]
    public void Which_servers_a_domain_has()
    {
        ServiceClient first = new(), second = new();
        uint number = _link.FindService("example.org", first), other = _link.FindService("example.net", second);
        Descriptor.Close(_resolver);
        _link.Replace(NewPair());
        List<(uint, string?)> asked = [NextService(), NextService()];
        Assert.Equal([(number, "example.org"), (other, "example.net")], asked.Order());
        var nobody = new ServiceRefusal(ServiceRefusalKind.HostUnknown, "there is no such domain");
        int length = ServiceReply.Write(number, new ServiceAnswer([], nobody), _message);
        Assert.Equal(length, StreamSocket.Send(_resolver, _message.AsSpan(0, length)));
        Assert.Equal(5, StreamSocket.Send(_resolver, _message.AsSpan(0, ResolverAnswer.WriteRefused(other, _message))));
        _reactor.Turn();
        Assert.Equal(nobody, Assert.Single(first.Answers).Refusal);

        // Refused, or what is no answer: the stream waits for another time.
        Assert.Equal(ServiceRefusalKind.ConnectionFailed, Assert.Single(second.Answers).Refusal!.Kind);
    }

    private (uint Number, string? Domain) NextService()
    {
        int length = StreamSocket.Receive(_resolver, _message);
        Assert.True(length > 0, Errno.Describe(length));
        string? domain = ResolverRequest.ReadService(_message.AsSpan(0, length), out uint number);
        return (number, domain);
    }
}
