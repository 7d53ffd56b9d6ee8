using System.Diagnostics;
using Postern.Bench.Backends;
using Postern.Bench.Interop;

namespace Postern.Bench.Load;

/// <summary>
/// Echoes of 64 bytes that leave when the schedule says so, whether or not the last one is back. A load that waits for
/// its answers asks a slow server less often, and never learns how long the questions would have waited that it did not
/// ask (coordinated omission).
/// </summary>
internal static class OpenLoop
{
    /// <summary>No echo for so long while some are owed: the other side has failed, and the run must end.</summary>
    private const long SilenceNanoseconds = 10_000_000_000;

    /// <param name="clients">A lane of the schedule each; they can do nothing else afterwards.</param>
    /// <param name="schedule">As many lanes as there are clients.</param>
    /// <exception cref="IOException">The other side took no more, closed, or fell silent.</exception>
    internal static Echoes Run(IReadOnlyList<TlsClient> clients, Schedule schedule)
    {
        using var poll = new EventPoll(clients.Count);
        var lanes = clients.Select(client => new PacedClient(client)).ToArray();
        for (var lane = 0; lane < lanes.Length; lane++)
            poll.Add(lanes[lane].Descriptor, lane);
        return Run(lanes, schedule, poll);
    }

    private static Echoes Run(PacedClient[] lanes, Schedule schedule, EventPoll poll)
    {
        var sentAt = new long[schedule.Count];
        var fromDue = new long[schedule.Count];
        var onTheWay = new List<long>(schedule.Count);
        var ready = new int[lanes.Length];
        Span<byte> message = stackalloc byte[StampedMessage.Bytes];
        var sent = 0;
        var answered = 0;
        var began = Stopwatch.GetTimestamp();
        while (answered < schedule.Count)
        {
            while (sent < schedule.Count && schedule.Due(sent) <= Since(began))
            {
                StampedMessage.Begin(message, sent);
                if (!lanes[schedule.LaneOf(sent)].TrySend(message, out sentAt[sent]))
                    throw new IOException($"it does not keep up with {schedule.PerSecond} echoes a second: it reads no more");
                sent++;
            }

            var wait = sent < schedule.Count ? Math.Max(0, schedule.Due(sent) - Since(began)) : SilenceNanoseconds;
            var count = poll.Wait(ready, wait);
            if (count == 0 && sent == schedule.Count)
                throw new IOException($"{schedule.Count - answered} of {schedule.Count} echoes never came back");
            foreach (var lane in ready.AsSpan(0, count))
            {
                var echoes = lanes[lane].Receive(out var back);
                var now = Since(began);
                for (; echoes.Length > 0; echoes = echoes[StampedMessage.Bytes..])
                {
                    var number = StampedMessage.NumberOf(echoes);
                    if (number < 0 || number >= sent || answered == schedule.Count)
                        throw new IOException("an echo came back that was not sent");
                    fromDue[answered++] = now - schedule.Due(number);
                    if (StampedMessage.OnTheWay(echoes, sentAt[number], back) is { } nanoseconds)
                        onTheWay.Add(nanoseconds);
                }
            }
        }

        return new Echoes(fromDue, [.. onTheWay]);
    }

    // Stopwatch counts nanoseconds on Linux (CLOCK_MONOTONIC).
    private static long Since(long began) => Stopwatch.GetTimestamp() - began;
}
