using System.Diagnostics;
using Postern.Bench.Backends;
using Postern.Bench.Load;
using Postern.Bench.Measuring;

namespace Postern.Bench.Scenarios;

/// <summary>What new connections cost while thousands of others are held and say nothing.</summary>
internal sealed class IdleBeside : Scenario
{
    private const int Idle = 8_000;
    private const int PerSecond = 500;
    private const double Seconds = 1.5;
    private const double WarmUpSeconds = 0.5;
    private const int Threads = 8;
    private const int SettleMilliseconds = 500;

    /// <summary>Beside the held ones there are those that come and go.</summary>
    private const int Spare = 1_000;

    internal override string Name => "idle-beside";

    internal override string Title => $"new connection beside {Idle} idle ones: times its cost with none";

    internal override string Explanation =>
        $"{PerSecond} connections a second for {Seconds} s, each due at its time by a fixed schedule, with a full handshake, one echo "
        + $"and an orderly end; with no others, then in the same processes with {Idle} connections beside them that were "
        + "opened with a full handshake and one echo and say nothing. The figure is the second's processor time divided by the "
        + "first's. It takes long to open so many, so that all rounds are of one start of the proxy: first all with no others, then "
        + "all with them. A proxy with a thread or a process for each connection takes no part.";

    internal override int ConnectionsAtATime => Idle + Spare;

    internal override Backend StartBackend() => new EchoBackend();

    internal override bool TakesRoundsAtOnce => true;

    internal override Measurement Measure(Run run) => Measure(run, 1)[0];

    internal override IReadOnlyList<Measurement> Measure(Run run, int rounds)
    {
        Visit(run, WarmUpSeconds);
        var alone = Enumerable.Range(0, rounds).Select(_ => ProcessorTime(run, Load)).ToArray();
        run.Hold(Idle);
        Thread.Sleep(SettleMilliseconds);
        return
        [
            .. alone.Select(before =>
            {
                var beside = ProcessorTime(run, Load);
                return new Measurement(beside / before, ("with none idle, µs a connection", before), ("with the idle ones, µs a connection", beside));
            }),
        ];
    }

    internal override void WarmUp(Run run)
    {
        Visit(run, WarmUpSeconds);
        run.Hold(Idle);
    }

    internal override double Load(Run run) => Visit(run, Seconds * run.Scale);

    private static int Visit(Run run, double seconds)
    {
        var schedule = Schedule.For(seconds, PerSecond, Threads);
        var began = Stopwatch.GetTimestamp();
        Crew.Share(schedule.Lanes, schedule.Count, (lane, share) =>
        {
            for (var nth = 0; nth < share; nth++)
            {
                var wait = TimeSpan.FromTicks(schedule.Due(schedule.UnitOf(lane, nth)) / 100) - Stopwatch.GetElapsedTime(began);
                if (wait > TimeSpan.Zero)
                    Thread.Sleep(wait);
                run.Visit(1);
            }
        });
        return schedule.Count;
    }
}
