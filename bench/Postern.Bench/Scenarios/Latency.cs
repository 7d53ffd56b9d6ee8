using System.Diagnostics;
using System.Runtime.InteropServices;
using Postern.Bench.Backends;
using Postern.Bench.Interop;
using Postern.Bench.Load;
using Postern.Bench.Measuring;

namespace Postern.Bench.Scenarios;

/// <summary>How much longer an echo is on its way for going through the gate.</summary>
internal sealed class Latency : Scenario
{
    private const int Connections = 100;
    private const double WarmUpSeconds = 0.3;

    /// <summary>One way, then the other, and again: what else the machine does falls on both.</summary>
    private const int Turns = 3;

    private const double Seconds = 0.7;
    private const double DirectSeconds = 0.15;

    /// <summary>Where the search for the rate begins, and how many steps it has; none more than doubles it.</summary>
    private const int FirstRate = 4_000;
    private const int Steps = 4;
    private const double StepSeconds = 0.5;
    private const double BusyWanted = 0.5;

    private const double NanosecondsOfMicrosecond = 1_000;

    /// <summary>Echoes a second; 0 until <see cref="Calibrate"/> has decided.</summary>
    private int rate;

    internal override string Name => "latency";

    internal override string Title => "64-byte echo at half load: 99th percentile of the added µs";

    internal override string Explanation =>
        $"{Connections} held connections, each echo sent when it is due by a fixed schedule, whether or not the last is back, {Turns} "
        + $"times for {Seconds} s. The added time is that from the client's send until the kernel hands the request over to the backend's "
        + "socket, and from the backend's send until the kernel hands the answer over to the client's socket (SO_TIMESTAMPNS). It "
        + "holds the gate, its wait for its processor, and two passes through the kernel; what waits in a queue of the client or of the "
        + "backend, which share the processors of the load, is not in it, and neither is the client's TLS. Where a late load lets two "
        + "messages of one connection run into one, the first counts with the time of the last. The check of the method: "
        + $"directly, on plain connections from client to backend that take turns with the others for {DirectSeconds} s each, the same sum is "
        + "that of the passes through the kernel, and must come to a few µs. From when it was due until the client has read it "
        + "is the time with all queues of the load in it. The rate is one for all: that at which haproxy (or the first proxy of the "
        + "run, without haproxy) has its processor busy half of the time, found at the beginning"
        + (rate > 0 ? $"; in this run {rate} echoes a second. " : ". ")
        + "It is less than half of what haproxy carries at most: the busier a proxy, the more messages it finds at each look, and the "
        + "less each costs it; and the load, which has as many messages to pass through the kernel as the proxy, and TLS for all clients, "
        + "would not keep up. How busy the proxy and the load were, processor time divided by the time on the wall, stands in the "
        + "second table.";

    internal override string Unit => "echo";

    internal override bool NeedsCalibration => true;

    internal override Backend StartBackend() => new EchoBackend(stamps: true);

    internal override void Calibrate(Run run)
    {
        run.Hold(Connections);
        rate = FirstRate;
        for (var step = 0; step < Steps; step++)
        {
            var paced = new Paced();
            Pace(run.Held, StepSeconds, run, paced);
            rate = (int)(rate * Math.Min(2, BusyWanted / paced.GateBusy));
        }
    }

    internal override Measurement Measure(Run run)
    {
        WarmUp(run);
        var plain = new List<TlsClient>();
        try
        {
            for (var i = 0; i < Connections; i++)
                plain.Add(run.ConnectDirectly());
            _ = Pace(plain, WarmUpSeconds / 2);
            var direct = new Paced();
            var through = new Paced();
            for (var turn = 0; turn < Turns; turn++)
            {
                Pace(plain, DirectSeconds * run.Scale, run, direct);
                Pace(run.Held, Seconds * run.Scale, run, through);
            }

            return Figures(through, direct);
        }
        finally
        {
            foreach (var client in plain)
                client.Dispose();
        }
    }

    /// <summary>All turns of one way, together.</summary>
    internal sealed class Paced
    {
        internal List<long> OnTheWay { get; } = [];
        internal List<long> FromDue { get; } = [];
        internal long Gate { get; set; }
        internal long Load { get; set; }
        internal long Wall { get; set; }

        internal double GateBusy => (double)Gate / Wall;

        internal double LoadBusy => (double)Load / Wall;
    }

    internal Measurement Figures(Paced through, Paced direct)
    {
        foreach (var times in new[] { through.OnTheWay, through.FromDue, direct.OnTheWay })
            times.Sort();
        return new Measurement(
            Of(through.OnTheWay, 0.99),
            ("added, median, µs", Of(through.OnTheWay, 0.5)),
            ("added, 99.9th percentile, µs", Of(through.OnTheWay, 0.999)),
            ("the gate was busy, %", 100 * through.GateBusy),
            ("the load was busy, % of one processor", 100 * through.LoadBusy),
            ("directly, median, µs", Of(direct.OnTheWay, 0.5)),
            ("directly, 99th percentile, µs", Of(direct.OnTheWay, 0.99)),
            ("from due to read, median, µs", Of(through.FromDue, 0.5)),
            ("from due to read, 99th percentile, µs", Of(through.FromDue, 0.99)),
            ("echoes a second", rate));

        static double Of(List<long> sorted, double part) =>
            Quantile.OfSorted(CollectionsMarshal.AsSpan(sorted), part) / NanosecondsOfMicrosecond;
    }

    internal override void WarmUp(Run run)
    {
        run.Hold(Connections);
        _ = Pace(run.Held, WarmUpSeconds);
    }

    internal override double Load(Run run) => Pace(run.Held, Turns * Seconds * run.Scale).FromDue.Length;

    private void Pace(List<TlsClient> clients, double seconds, Run run, Paced paced)
    {
        var gate = run.Peer.Tree.ProcessorNanoseconds();
        var load = LibC.ProcessorNanoseconds(Environment.ProcessId) ?? 0;
        var began = Stopwatch.GetTimestamp();
        var echoes = Pace(clients, seconds);
        paced.Wall += Stopwatch.GetTimestamp() - began;
        paced.Load += (LibC.ProcessorNanoseconds(Environment.ProcessId) ?? 0) - load;
        paced.Gate += run.Peer.Tree.ProcessorNanoseconds() - gate;
        if (echoes.OnTheWay.Length < echoes.FromDue.Length)
            throw new IOException("the kernel does not say of every echo when it came (SO_TIMESTAMPNS)");
        paced.OnTheWay.AddRange(echoes.OnTheWay);
        paced.FromDue.AddRange(echoes.FromDue);
    }

    private Echoes Pace(List<TlsClient> clients, double seconds) =>
        OpenLoop.Run(clients, Schedule.For(seconds, rate, clients.Count));
}
