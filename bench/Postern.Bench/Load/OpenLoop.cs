using System.Diagnostics;
using Postern.Bench.Interop;

namespace Postern.Bench.Load;

/// <summary>
/// Echoes of 64 bytes that leave when the schedule says so, whether or not the last one is back. A load that waits for
/// its answers asks a slow server less often, and never learns how long the questions would have waited that it did not
/// ask (coordinated omission); so each echo's time counts from when it was due, even if the load itself was late.
/// </summary>
internal static class OpenLoop
{
    internal const int MessageBytes = 64;

    /// <summary>No echo for so long while some are owed: the other side has failed, and the run must end.</summary>
    private const long SilenceNanoseconds = 10_000_000_000;

    private const int BlockBytes = 64 * MessageBytes;

    /// <summary>Nanoseconds from when each echo was due to when it was back, ascending.</summary>
    /// <param name="clients">A lane of the schedule each; they answer nothing but echoes.</param>
    /// <param name="schedule">As many lanes as there are clients.</param>
    /// <exception cref="IOException">The other side took no more, closed, or fell silent.</exception>
    internal static long[] Latencies(IReadOnlyList<TlsClient> clients, Schedule schedule)
    {
        using var poll = new EventPoll(clients.Count);
        for (var lane = 0; lane < clients.Count; lane++)
        {
            clients[lane].DoesNotBlock = true;
            poll.Add(clients[lane].Descriptor, lane);
        }

        try
        {
            return Latencies(clients, schedule, poll);
        }
        finally
        {
            foreach (var client in clients)
                client.DoesNotBlock = false;
        }
    }

    private static long[] Latencies(IReadOnlyList<TlsClient> clients, Schedule schedule, EventPoll poll)
    {
        var latencies = new long[schedule.Count];
        var received = new long[clients.Count];
        var ready = new int[clients.Count];
        var message = new byte[MessageBytes];
        var block = new byte[BlockBytes];
        message.AsSpan().Fill((byte)'e');
        var sent = 0;
        var answered = 0;
        var began = Stopwatch.GetTimestamp();
        while (answered < schedule.Count)
        {
            while (sent < schedule.Count && schedule.Due(sent) <= Since(began))
            {
                if (!clients[schedule.LaneOf(sent)].TryWrite(message))
                    throw new IOException($"it does not keep up with {schedule.PerSecond} echoes a second: it reads no more");
                sent++;
            }

            var wait = sent < schedule.Count ? Math.Max(0, schedule.Due(sent) - Since(began)) : SilenceNanoseconds;
            var count = poll.Wait(ready, wait);
            if (count == 0 && sent == schedule.Count)
                throw new IOException($"{schedule.Count - answered} of {schedule.Count} echoes never came back");
            foreach (var lane in ready.AsSpan(0, count))
            {
                int bytes;
                while ((bytes = clients[lane].TryRead(block)) > 0)
                {
                    var now = Since(began);
                    var nth = (int)(received[lane] / MessageBytes);
                    received[lane] += bytes;
                    for (; nth < received[lane] / MessageBytes; nth++)
                        latencies[answered++] = now - schedule.Due(schedule.UnitOf(lane, nth));
                }

                if (bytes == 0)
                    throw new IOException("the gate closed a held connection");
            }
        }

        return latencies;
    }

    // Stopwatch counts nanoseconds on Linux (CLOCK_MONOTONIC).
    private static long Since(long began) => Stopwatch.GetTimestamp() - began;
}
