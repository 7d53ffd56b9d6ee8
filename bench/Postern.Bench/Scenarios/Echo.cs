using Postern.Bench.Backends;
using Postern.Bench.Load;
using Postern.Bench.Measuring;

namespace Postern.Bench.Scenarios;

/// <summary>Small messages on connections that stay: what an interactive protocol costs.</summary>
/// <param name="connections">How many there are.</param>
/// <param name="family">The scenario belongs to a family, in which only the connections differ.</param>
internal sealed class Echo(int connections = 100, string? family = null) : Scenario
{
    private const int Threads = 4;

    /// <summary>About so many echoes, on however many connections.</summary>
    private const int Echoes = 30_000;

    private const int WarmUpEchoes = 2_000;

    /// <summary>More than so many take longer to open than the echoes take.</summary>
    private const int QuicklyOpened = 100;

    /// <summary>Beside the connections there are some that end, and a gate's own.</summary>
    private const int Spare = 1_000;

    internal override string Name => family is null ? "echo" : $"{family}-echo-{connections}";

    internal override string Title => family is null
        ? "64-byte echo on held connections: µs an echo"
        : $"64-byte echo on {connections} held connections: µs an echo";

    internal override string Explanation =>
        $"{connections} connections held by {Threads} clients; each client writes 64 bytes on every connection of its own, "
        + $"then reads every echo, {Rounds} times over."
        + (TakesRoundsAtOnce ? " It takes long to open so many, so that all rounds are of one start of the proxy." : "");

    internal override string Unit => "echo";

    internal override string? Family => family;

    internal override int ConnectionsAtATime => Math.Max(base.ConnectionsAtATime, connections + Spare);

    internal override bool TakesRoundsAtOnce => connections > QuicklyOpened;

    private int Rounds => Math.Max(1, Echoes / connections);

    internal override Backend StartBackend() => new EchoBackend();

    internal override void WarmUp(Run run)
    {
        run.Hold(connections);
        Exchange(run, Math.Max(1, WarmUpEchoes / connections));
    }

    internal override IReadOnlyList<Measurement> Measure(Run run, int rounds)
    {
        WarmUp(run);
        return [.. Enumerable.Range(0, rounds).Select(_ => new Measurement(ProcessorTime(run, Load)))];
    }

    internal override double Load(Run run)
    {
        Exchange(run, Rounds * run.Scale);
        return (double)connections * Rounds * run.Scale;
    }

    /// <summary>Sends and reads back one echo on every held connection, so many times over.</summary>
    internal static void Exchange(Run run, int rounds) => Crew.Share(Threads, run.Held.Count, (member, _) =>
    {
        var mine = run.Held.Where((_, i) => i % Threads == member).ToArray();
        Span<byte> message = stackalloc byte[64];
        message.Fill((byte)'e');
        for (var round = 0; round < rounds; round++)
        {
            foreach (var client in mine)
                client.Write(message);
            foreach (var client in mine)
                client.ReadExactly(message);
        }
    });
}
