using Postern.Bench.Backends;
using Postern.Bench.Load;

namespace Postern.Bench.Scenarios;

/// <summary>Connections that come, say one thing, and go.</summary>
internal sealed class Handshake(KeyKind key, bool resumed) : Scenario
{
    internal const int Connections = 1000;
    internal const int WarmUpConnections = 100;
    private const int Threads = 8;

    internal override string Name => (key, resumed) switch
    {
        (KeyKind.EcdsaP256, false) => "handshake",
        (KeyKind.EcdsaP256, true) => "resumed",
        _ => "handshake-rsa",
    };

    internal override string Title => (key, resumed) switch
    {
        (KeyKind.EcdsaP256, false) => "full handshake, ECDSA P-256: µs a connection",
        (KeyKind.EcdsaP256, true) => "resumed handshake: µs a connection",
        _ => "full handshake, RSA-2048: µs a connection",
    };

    internal override string Explanation =>
        $"{Connections} connections from {Threads} clients at a time, each with "
        + (resumed ? "a handshake resumed from a ticket (with a key exchange of its own, as TLS 1.3 does by default)" : "a full handshake")
        + ", one echo of 64 bytes, close_notify and FIN from the client, and its wait for the other side's end. "
        + (resumed
            ? "A connection that was not resumed fails the measurement."
            : "What tickets came with it, the table of versions says.");

    /// <summary>Every connection of a measurement, the warm-up's too.</summary>
    internal static int Connected(int scale) => (Connections * scale) + WarmUpConnections;

    internal override KeyKind Key => key;

    internal override bool Tickets => resumed;

    internal override Backend StartBackend() => new EchoBackend();

    internal override void WarmUp(Run run)
    {
        Connect(run, WarmUpConnections, mustResume: false);
        if (!resumed)
            return;
        using var first = run.Connect();
        first.Handshake(run.Tls);
        first.EchoOnce(); // the tickets come before the echo
        run.Tls.Resume(first.TakeSession());
        first.Close();
    }

    internal override double Load(Run run)
    {
        Connect(run, Connections * run.Scale, mustResume: resumed);
        return Connections * run.Scale;
    }

    internal static void Connect(Run run, int count, bool mustResume, int threads = Threads) => Crew.Share(threads, count, (_, share) =>
    {
        for (var i = 0; i < share; i++)
        {
            using var client = run.Connect();
            client.Handshake(run.Tls);
            if (mustResume && !client.WasResumed)
                throw new IOException("the gate did not resume the session");
            client.EchoOnce();
            client.Close();
        }
    });
}
