using System.Diagnostics;
using Postern.Bench.Backends;
using Postern.Bench.Measuring;

namespace Postern.Bench.Scenarios;

/// <summary>How many connections a second a proxy takes as it is given more workers.</summary>
internal sealed class WorkersGrowth(int workers, string family) : Scenario
{
    private const int Threads = 16;

    internal override string Name => $"{family}-workers-{workers}";

    internal override string Title =>
        $"full handshake, {workers} worker{(workers == 1 ? "" : "s")}: connections a second (more is better)";

    internal override string Explanation =>
        $"{Handshake.Connections} connections from {Threads} clients at a time, as in handshake, by the clock on the wall. The proxy has "
        + $"{(workers == 1 ? "one worker on the last processor" : $"{workers} workers on the last {workers} processors, or on all where there are fewer")}; "
        + "the clients have all but the last, as always. Where they share some, they take from the proxy what it would need to grow.";

    internal override string? Family => family;

    internal override bool HigherIsBetter => true;

    internal override int Workers => workers;

    internal override bool SpreadsWorkers => true;

    internal override Backend StartBackend() => new EchoBackend();

    internal override Measurement Measure(Run run)
    {
        WarmUp(run);
        var clock = Stopwatch.StartNew();
        var perConnection = ProcessorTime(run, load =>
        {
            clock.Restart();
            var units = Load(load);
            clock.Stop();
            return units;
        });
        return new Measurement(Handshake.Connections * run.Scale / clock.Elapsed.TotalSeconds, ("µs a connection", perConnection));
    }

    internal override void WarmUp(Run run) => Handshake.Connect(run, Handshake.WarmUpConnections, mustResume: false, Threads);

    internal override double Load(Run run)
    {
        Handshake.Connect(run, Handshake.Connections * run.Scale, mustResume: false, Threads);
        return Handshake.Connections * run.Scale;
    }
}
