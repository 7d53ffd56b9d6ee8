using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Postern.Engine.Outbound;
using Postern.Interop.LibC;
using Postern.Policy.Dns;
using Postern.Policy.Tests;
using Postern.Roles.Resolver;
using Postern.Roles.Resolver.Desk;
using Postern.Roles.Resolver.Wire;
using Postern.Roles.Tests.Rigs;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// The resolver's end, with its threads: many questions at a time, slow domains, workers that do not read, workers that are none.
/// </summary>
public sealed class WorkerSeatTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly List<(int Fd, Thread Thread)> _seats = [];
    private readonly FalseWorld _world = new("""
        example.org MX insecure 10 mx.example.org
        mx.example.org A insecure 9.9.9.9
        """);

    private bool _isSlow = true;
    private int _refused;
    private int _surveys;

    public WorkerSeatTests() => _world.OnLook = question =>
    {
        while (question.Name.Text.Contains("slow", StringComparison.Ordinal) && Volatile.Read(ref _isSlow))
            Thread.Sleep(2);
    };

    public void Dispose()
    {
        Volatile.Write(ref _isSlow, false);
        foreach ((int fd, Thread thread) in _seats)
        {
            Descriptor.Close(fd);
            _ = thread.Join(s_patience);
        }
    }

    private SurveyCrew NewCrew(int hands = 4, int waiting = 8) => new(
        (domain, refresh) =>
        {
            _ = Interlocked.Increment(ref _surveys);
            return _world.Desk.Survey(domain, refresh);
        },
        hands, waiting);

    /// <summary>A worker's end of a seat.</summary>
    private int Sit(SurveyCrew crew)
    {
        Assert.True(StreamSocket.Pair(messages: true, nonBlocking: false, out int worker, out int resolver) >= 0);
        StreamSocket.ReceiveTimeout(worker, (int)s_patience.TotalMilliseconds);
        var seat = new WorkerSeat(_world.Desk, crew, resolver, _seats.Count + 1, () => Interlocked.Increment(ref _refused));
        var thread = new Thread(seat.Serve) { IsBackground = true };
        thread.Start();
        _seats.Add((worker, thread));
        return worker;
    }

    private static void Ask(int worker, uint number, string domain)
    {
        byte[] message = new byte[ResolverRequest.MaxSize];
        int length = ResolverRequest.Write(number, new RouteQuestion(domain, false), message);
        Assert.Equal(length, StreamSocket.Send(worker, message.AsSpan(0, length)));
    }

    private static RouteAnswer? Next(int worker, out uint number)
    {
        byte[] message = new byte[ResolverAnswer.MaxSize];
        int length = StreamSocket.Receive(worker, message);
        Assert.True(length > 0, Errno.Describe(length));
        return ResolverAnswer.Read(message.AsSpan(0, length), out number);
    }

    [Fact]
    public void A_slow_domain_does_not_hold_up_the_others()
    {
        int worker = Sit(NewCrew());
        Ask(worker, 1, "slow.example");
        Ask(worker, 2, "example.org");
        RouteAnswer answer = Next(worker, out uint number)!;
        Assert.Equal((2u, "mx.example.org"), (number, answer.Hosts[0].Host.Text));
        Volatile.Write(ref _isSlow, false);
        _ = Next(worker, out number);
        Assert.Equal(1u, number);
    }

    [Fact]
    public void Who_asks_for_what_is_being_surveyed_waits_for_that()
    {
        SurveyCrew crew = NewCrew();
        int one = Sit(crew), other = Sit(crew);
        Ask(one, 1, "slow.example");
        Ask(one, 2, "slow.example");
        Ask(other, 3, "slow.example");

        // In order: when this is answered, those before it have been taken in.
        Ask(one, 4, "example.org");
        Ask(other, 5, "example.org");
        _ = Next(one, out uint first);
        _ = Next(other, out uint second);
        Assert.Equal((4u, 5u), (first, second));
        int before = Volatile.Read(ref _surveys);
        Volatile.Write(ref _isSlow, false);
        _ = Next(one, out uint third);
        _ = Next(one, out uint fourth);
        _ = Next(other, out uint fifth);
        Assert.Equal([1u, 2u, 3u], new[] { third, fourth, fifth }.Order());
        Assert.Equal(before, Volatile.Read(ref _surveys));
    }

    [Fact]
    public void More_than_can_wait_is_deferred_at_once()
    {
        int worker = Sit(NewCrew(hands: 1, waiting: 2));
        for (uint i = 1; i <= 10; i++)
            Ask(worker, i, $"slow{i}.example");

        // One is under way at the most, two wait.
        for (int i = 0; i < 7; i++)
        {
            RouteAnswer answer = Next(worker, out _)!;
            Assert.Equal((451, "4.3.2"), (answer.Refusal!.Code, answer.Refusal.Enhanced));
        }
    }

    [Theory]
    [InlineData("nothing known", new byte[] { 9, 1, 0, 0, 0 })]
    [InlineData("half a tell", new byte[] { 2, 1, 0, 0, 0 })]
    [InlineData("half a question", new byte[] { 1, 1, 0, 0, 0 })]
    public void What_no_worker_says_is_counted_and_a_question_answered(string what, byte[] message)
    {
        int worker = Sit(NewCrew());
        Assert.Equal(message.Length, StreamSocket.Send(worker, message));
        Assert.True(StreamSocket.Send(worker, new byte[ResolverRequest.MaxSize + 5]) > 0);
        if (what == "half a question")
        {
            Assert.Null(Next(worker, out uint number));
            Assert.Equal(1u, number);
        }

        // It goes on with those who have a right to it.
        Ask(worker, 8, "example.org");
        Assert.NotNull(Next(worker, out uint good));
        Assert.Equal(8u, good);
        Assert.Equal(2, Volatile.Read(ref _refused));
    }

    /// <summary>Taken out (answers sent by whoever has them): the crew hangs in the first worker's full socket.</summary>
    [Fact]
    public void A_worker_that_does_not_read_holds_up_nobody_else()
    {
        SurveyCrew crew = NewCrew(hands: 1, waiting: 600);
        int stolen = Sit(crew), honest = Sit(crew);
        Ask(honest, 1, "example.org");
        _ = Next(honest, out _);
        var flood = new Thread(() =>
        {
            byte[] message = new byte[ResolverRequest.MaxSize];
            for (uint i = 0; i < 3_000; i++)
            {
                int length = ResolverRequest.Write(i, new RouteQuestion($"d{i % 100}.example", false), message);
                if (DescriptorPassing.Send(stolen, message.AsSpan(0, length), [], wait: false) < 0)
                    Thread.Sleep(1);
            }
        }) { IsBackground = true };
        flood.Start();
        for (uint i = 2; i < 50; i++)
        {
            Ask(honest, i, $"h{i}.example");
            _ = Next(honest, out uint number);
            Assert.Equal(i, number);
        }

        flood.Join();
    }

    [Fact]
    public void What_is_told_is_heard()
    {
        int worker = Sit(NewCrew());
        Ask(worker, 1, "example.org");
        RouteAnswer answer = Next(worker, out _)!;
        byte[] message = new byte[ResolverRequest.MaxSize];
        int length = ResolverRequest.Write(new HopResult(answer.Ticket, 0, IPAddress.Parse("9.9.9.9"), null, null, true), message);
        Assert.Equal(length, StreamSocket.Send(worker, message.AsSpan(0, length)));
        Ask(worker, 2, "example.org");
        _ = Next(worker, out _);
        Assert.Single(_world.Store.Sessions);
    }

    [Fact]
    public void A_policy_that_is_due_is_fetched_in_the_background()
    {
        var asked = new ConcurrentQueue<bool>();
        using var done = new SemaphoreSlim(0);
        var crew = new SurveyCrew(
            (domain, refresh) =>
            {
                asked.Enqueue(refresh);
                if (refresh)
                    _ = done.Release();
                return new Finding(domain, [], null, default, default) { WantsRefresh = true };
            },
            hands: 1);
        long start = Stopwatch.GetTimestamp();
        Assert.True(crew.Ask(Zone.Name("example.org"), finding => asked.Enqueue(false)));
        Assert.True(done.Wait(s_patience), $"{Stopwatch.GetElapsedTime(start)}");

        // The answer first, and no refresh of a refresh.
        Assert.Equal([false, false, true], asked);
    }
}
