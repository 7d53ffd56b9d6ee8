using Postern.Bench.Backends;
using Postern.Bench.Load;

namespace Postern.Bench.Scenarios;

/// <summary>Small messages on connections that stay: what an interactive protocol costs.</summary>
internal sealed class Echo : Scenario
{
    private const int Connections = 100;
    private const int Threads = 4;
    private const int Rounds = 500;
    private const int WarmUpRounds = 20;

    internal override string Name => "echo";

    internal override string Title => "64-byte echo on held connections: µs an echo";

    internal override string Explanation =>
        $"{Connections} connections held by {Threads} clients; each client writes 64 bytes on every connection of its own, "
        + $"then reads every echo, {Rounds} times over.";

    internal override Backend StartBackend() => new EchoBackend();

    protected override void WarmUp(Run run)
    {
        for (var i = 0; i < Connections; i++)
        {
            run.Held.Add(run.Connect());
            run.Held[i].Handshake(run.Tls);
        }

        Exchange(run, WarmUpRounds);
    }

    protected override double Load(Run run)
    {
        Exchange(run, Rounds);
        return Connections * Rounds;
    }

    private static void Exchange(Run run, int rounds) => Crew.Share(Threads, Connections, (member, share) =>
    {
        var mine = run.Held.Skip(member * share).Take(share).ToArray();
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
