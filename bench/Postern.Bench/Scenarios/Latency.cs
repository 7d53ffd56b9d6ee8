using System.Diagnostics;
using System.Runtime.InteropServices;
using Postern.Bench.Backends;
using Postern.Bench.Load;
using Postern.Bench.Measuring;

namespace Postern.Bench.Scenarios;

/// <summary>How much later an echo is back for having gone through the gate, when the gate is half busy.</summary>
internal sealed class Latency : Scenario
{
    private const int Connections = 100;
    private const double WarmUpSeconds = 0.5;

    /// <summary>One way, then the other, and again: what else the machine does falls on both.</summary>
    private const int Turns = 3;

    private const double Seconds = 1;
    private const double DirectSeconds = 0.5;

    private const int Slices = 5;
    private const int SliceRounds = 50;
    private const double NanosecondsOfMicrosecond = 1_000;

    /// <summary>Echoes a second; 0 until <see cref="Calibrate"/> has decided.</summary>
    private int rate;

    internal override string Name => "latency";

    internal override string Title => "64-byte echo at half load: 99th percentile of the added µs";

    internal override string Explanation =>
        $"{Connections} held connections, each echo sent when it is due by a fixed schedule, whether or not the last is back, "
        + $"and timed from when it was due: an echo that had to wait because others were late counts with its wait. {Turns} "
        + $"times for {Seconds} s through the gate, each time after {DirectSeconds} s on plain connections to the backend itself. The figure is "
        + "the 99th percentile through the gate less the median of the direct way, which takes one constant off and "
        + "leaves what this machine adds to the tail, to all proxies alike; how much that is, the 99th percentile of the direct "
        + "way shows. The client's own TLS is in it. The rate is one for all: half of what haproxy (or the "
        + "first proxy of the run, without haproxy) carries when all connections ask as fast as they are answered, the median of "
        + $"{Slices} tries at the beginning" + (rate > 0 ? $"; in this run {rate} echoes a second." : ".");

    internal override string Unit => "echo";

    internal override bool NeedsCalibration => true;

    internal override Backend StartBackend() => new EchoBackend();

    internal override void Calibrate(Run run)
    {
        run.Hold(Connections);
        Echo.Exchange(run, SliceRounds);
        var perSecond = new List<double>();
        for (var slice = 0; slice < Slices; slice++)
        {
            var clock = Stopwatch.StartNew();
            Echo.Exchange(run, SliceRounds);
            perSecond.Add(Connections * SliceRounds / clock.Elapsed.TotalSeconds);
        }

        rate = (int)(Quantile.Median(perSecond)!.Value / 2);
    }

    internal override Measurement Measure(Run run)
    {
        WarmUp(run);
        var plain = new List<TlsClient>();
        try
        {
            for (var i = 0; i < Connections; i++)
                plain.Add(run.ConnectDirectly());
            _ = Pace(plain, WarmUpSeconds);
            var direct = new List<long>();
            var through = new List<long>();
            for (var turn = 0; turn < Turns; turn++)
            {
                direct.AddRange(Pace(plain, DirectSeconds * run.Scale));
                through.AddRange(Pace(run.Held, Seconds * run.Scale));
            }

            direct.Sort();
            through.Sort();
            return Figures(CollectionsMarshal.AsSpan(through), CollectionsMarshal.AsSpan(direct));
        }
        finally
        {
            foreach (var client in plain)
                client.Dispose();
        }
    }

    /// <param name="through">Nanoseconds through the gate, ascending.</param>
    /// <param name="direct">Nanoseconds without it, ascending.</param>
    internal Measurement Figures(ReadOnlySpan<long> through, ReadOnlySpan<long> direct)
    {
        return new Measurement(
            Of(through, 0.99) - Of(direct, 0.5),
            ("added, median, µs", Of(through, 0.5) - Of(direct, 0.5)),
            ("through the gate, median, µs", Of(through, 0.5)),
            ("through the gate, 99th percentile, µs", Of(through, 0.99)),
            ("directly, median, µs", Of(direct, 0.5)),
            ("directly, 99th percentile, µs", Of(direct, 0.99)),
            ("echoes a second", rate));

        static double Of(ReadOnlySpan<long> sorted, double part) => Quantile.OfSorted(sorted, part) / NanosecondsOfMicrosecond;
    }

    internal override void WarmUp(Run run)
    {
        run.Hold(Connections);
        _ = Pace(run.Held, WarmUpSeconds);
    }

    internal override double Load(Run run) => Pace(run.Held, Turns * Seconds * run.Scale).Length;

    private long[] Pace(List<TlsClient> clients, double seconds) =>
        OpenLoop.Latencies(clients, Schedule.For(seconds, rate, clients.Count));
}
