using System.Net.Sockets;
using Postern.Bench.Backends;
using Postern.Bench.Load;
using Postern.Bench.Measuring;

namespace Postern.Bench.Tests;

/// <summary>Latency counts from when an echo was due, and what was on the way counts without the queues of the load.</summary>
public sealed class OpenLoopTests
{
    private const int StallMilliseconds = 300;

    [Fact]
    public void A_stall_is_paid_by_every_echo_that_fell_due_in_it()
    {
        using var backend = new StallingBackend();
        using var client = new TlsClient(backend.Port);
        var latencies = OpenLoop.Run([client], new Schedule(PerSecond: 1000, Lanes: 1, Count: 1500)).FromDue;

        // A load that waits for each answer would have seen one slow echo. Here some 300 fell due in the stall: the first
        // waited all of it, one in its middle half of it.
        Array.Sort(latencies);
        Assert.Equal(1500, latencies.Length);
        Assert.InRange(latencies[^1], StallMilliseconds * 900_000L, long.MaxValue);
        Assert.InRange(latencies[^150], StallMilliseconds * 400_000L, long.MaxValue);
        Assert.InRange(Quantile.OfSorted(latencies, 0.01), 0, StallMilliseconds * 900_000L);
    }

    [Fact]
    public void Every_connection_gets_its_echoes()
    {
        using var backend = new EchoBackend();
        TlsClient[] clients = [new(backend.Port), new(backend.Port), new(backend.Port)];
        try
        {
            clients[1].EchoOnce(); // asks for no times, and comes back as it was
            var echoes = OpenLoop.Run(clients, new Schedule(PerSecond: 5000, Lanes: 3, Count: 1001));
            Assert.Equal(1001, echoes.FromDue.Length);
            Assert.All(echoes.FromDue, latency => Assert.InRange(latency, 1, long.MaxValue));
        }
        finally
        {
            foreach (var client in clients)
                client.Dispose();
        }
    }

    [Fact]
    public void What_was_on_the_way_is_less_than_the_whole_and_all_of_it_has_stamps()
    {
        using var backend = new EchoBackend(stamps: true);
        using var client = new TlsClient(backend.Port);
        // Until the kernel has begun to stamp, on a machine where nobody had asked for it.
        var schedule = new Schedule(PerSecond: 1000, Lanes: 1, Count: 200);
        Echoes echoes;
        var tries = 50;
        do
            echoes = OpenLoop.Run([client], schedule);
        while (echoes.OnTheWay.Length < schedule.Count && --tries > 0);

        Assert.Equal(schedule.Count, echoes.OnTheWay.Length);
        Assert.All(echoes.OnTheWay.Zip(echoes.FromDue), pair => Assert.InRange(pair.First, 1, pair.Second));
    }

    [Fact]
    public void A_backend_that_goes_ends_the_run()
    {
        using var backend = new LeavingBackend();
        using var client = new TlsClient(backend.Port);
        Assert.Throws<IOException>(() => OpenLoop.Run([client], new Schedule(PerSecond: 1000, Lanes: 1, Count: 100)));
    }

    /// <summary>Echoes, but for one pause after the first message.</summary>
    private sealed class StallingBackend : TaskBackend
    {
        protected override async Task ServeAsync(Socket client)
        {
            var buffer = new byte[64 * 1024];
            var count = await client.ReceiveAsync(buffer.AsMemory(0, StampedMessage.Bytes));
            await Task.Delay(StallMilliseconds);
            do
            {
                await client.SendAsync(buffer.AsMemory(0, count));
            }
            while ((count = await client.ReceiveAsync(buffer.AsMemory())) > 0);
        }
    }

    private sealed class LeavingBackend : TaskBackend
    {
        protected override async Task ServeAsync(Socket client) => await client.ReceiveAsync(new byte[64].AsMemory());
    }
}
