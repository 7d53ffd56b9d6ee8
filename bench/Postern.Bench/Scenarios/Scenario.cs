using Postern.Bench.Backends;
using Postern.Bench.Load;
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

    internal virtual Front Front => Front.Tls;

    internal virtual KeyKind Key => KeyKind.EcdsaP256;

    internal virtual bool Tickets => false;

    internal abstract Backend StartBackend();

    /// <summary>Processor nanoseconds are divided by this: 1000 for µs, a thousand million for s.</summary>
    protected virtual double NanosecondsOfUnit => 1_000;

    /// <summary>What runs before the clock does: lazy starts, caches, and whatever <see cref="Load"/> continues with.</summary>
    protected abstract void WarmUp(Run run);

    /// <summary>The load; the answer is how many units it was.</summary>
    protected abstract double Load(Run run);

    internal virtual double Measure(Run run)
    {
        WarmUp(run);
        Thread.Sleep(SettleMilliseconds);
        var before = run.Peer.Tree.ProcessorNanoseconds();
        var units = Load(run);
        Thread.Sleep(SettleMilliseconds);
        return (run.Peer.Tree.ProcessorNanoseconds() - before) / NanosecondsOfUnit / units;
    }

    protected static void EchoOnce(TlsClient client)
    {
        Span<byte> sent = stackalloc byte[64];
        Span<byte> back = stackalloc byte[64];
        sent.Fill((byte)'e');
        client.Write(sent);
        client.ReadExactly(back);
        if (!back.SequenceEqual(sent))
            throw new IOException("the echo differs from what was sent");
    }
}
