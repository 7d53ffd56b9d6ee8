using Postern.Bench.Backends;
using Postern.Bench.Load;
using Postern.Bench.Measuring;
using Postern.Bench.Peers;

namespace Postern.Bench.Scenarios;

/// <summary>One row of the table: a load, and the figure that is taken of it.</summary>
internal abstract class Scenario
{
    /// <summary>After the last unit, a peer may still have something to do that belongs to it.</summary>
    private const int SettleMilliseconds = 150;

    /// <summary>The word on the command line.</summary>
    internal abstract string Name { get; }

    /// <summary>The row's name, with the unit: "µs a connection: full handshake, …"</summary>
    internal abstract string Title { get; }

    /// <summary>How the figure comes about, for the reader of the page.</summary>
    internal abstract string Explanation { get; }

    /// <summary>What the load is divided by, in the singular: "connection".</summary>
    internal virtual string Unit => "connection";

    /// <summary>The word that asks for it together with its like, and without which none of them runs; null: it always runs.</summary>
    internal virtual string? Family => null;

    internal virtual bool HigherIsBetter => false;

    internal virtual Front Front => Front.Tls;

    internal virtual KeyKind Key => KeyKind.EcdsaP256;

    internal virtual bool Tickets => false;

    /// <summary>What each peer is configured to have of workers, threads, or whatever it calls them.</summary>
    internal virtual int Workers => 1;

    /// <summary>Whether each worker gets a processor of its own, as far as there are some; else all share one.</summary>
    internal virtual bool SpreadsWorkers => false;

    /// <summary>How many connections the peers must be ready for at a time.</summary>
    internal virtual int ConnectionsAtATime => 4_000;

    /// <summary>Whether <see cref="Calibrate"/> wants to see a peer before all measurements.</summary>
    internal virtual bool NeedsCalibration => false;

    /// <summary>
    /// Whether all rounds are measured in one go, because it takes long to get as far as that; else each round has the
    /// peer started afresh, and the peers take turns.
    /// </summary>
    internal virtual bool TakesRoundsAtOnce => false;

    /// <summary>Memory, which comes out the same however busy the machine is: one round says what there is to say.</summary>
    internal virtual bool IsMeasuredOnce => false;

    internal abstract Backend StartBackend();

    /// <summary>Processor nanoseconds are divided by this: 1000 for µs, a thousand million for s.</summary>
    protected virtual double NanosecondsOfUnit => 1_000;

    /// <summary>Decides with one peer what all will be measured with.</summary>
    internal virtual void Calibrate(Run run)
    {
    }

    /// <summary>What runs before the clock does: lazy starts, caches, and whatever <see cref="Load"/> continues with.</summary>
    internal abstract void WarmUp(Run run);

    /// <summary>The load; the answer is how many units it was.</summary>
    internal abstract double Load(Run run);

    internal virtual Measurement Measure(Run run)
    {
        WarmUp(run);
        return new Measurement(ProcessorTime(run, Load));
    }

    /// <summary>So many rounds at once; more than one only where <see cref="TakesRoundsAtOnce"/>.</summary>
    internal virtual IReadOnlyList<Measurement> Measure(Run run, int rounds) => [Measure(run)];

    /// <summary>Processor time of the peer for each unit of a load, in the scenario's unit of time.</summary>
    protected double ProcessorTime(Run run, Func<Run, double> load)
    {
        Thread.Sleep(SettleMilliseconds);
        var before = run.Peer.Tree.ProcessorNanoseconds();
        var units = load(run);
        Thread.Sleep(SettleMilliseconds);
        return (run.Peer.Tree.ProcessorNanoseconds() - before) / NanosecondsOfUnit / units;
    }
}
