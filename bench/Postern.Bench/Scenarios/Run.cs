using Postern.Bench.Load;
using Postern.Bench.Peers;

namespace Postern.Bench.Scenarios;

/// <summary>One measurement under way: the peer that runs, and what the clients offer it.</summary>
internal sealed class Run(RunningPeer peer, TlsClientContext tls) : IDisposable
{
    internal RunningPeer Peer { get; } = peer;

    internal TlsClientContext Tls { get; } = tls;

    /// <summary>Connections that the scenario holds to the end.</summary>
    internal List<TlsClient> Held { get; } = [];

    internal TlsClient Connect() => new(Peer.Port);

    public void Dispose()
    {
        foreach (var client in Held)
            client.Dispose();
        Held.Clear();
    }
}
