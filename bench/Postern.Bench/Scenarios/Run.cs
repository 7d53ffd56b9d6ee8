using System.Net;
using Postern.Bench.Load;
using Postern.Bench.Measuring;
using Postern.Bench.Peers;

namespace Postern.Bench.Scenarios;

/// <summary>One measurement under way: the peer that runs, what the clients offer it, and how much of the load there is.</summary>
internal sealed class Run(RunningPeer peer, TlsClientContext tls, int backendPort, int scale) : IDisposable
{
    /// <summary>One address of loopback gives no more ports than the kernel's range has, 28 232 by default.</summary>
    private const int HeldOfOneAddress = 4_000;

    private const int Threads = 4;

    /// <summary>What this program and a proxy have open beside the connections.</summary>
    private const int SpareDescriptors = 500;

    internal RunningPeer Peer { get; } = peer;

    internal TlsClientContext Tls { get; } = tls;

    /// <summary>Each measurement has so many times the work that its explanation names.</summary>
    internal int Scale { get; } = scale;

    /// <summary>Connections that the scenario holds to the end.</summary>
    internal List<TlsClient> Held { get; } = [];

    internal TlsClient Connect() => new(Peer.Port);

    /// <summary>A plain connection to the backend, past the gate.</summary>
    internal TlsClient ConnectDirectly() => new(backendPort);

    /// <summary>Comes with a full handshake and one echo, and goes, as often as asked.</summary>
    internal void Visit(int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var client = Connect();
            client.Handshake(Tls);
            client.EchoOnce();
            client.Close();
        }
    }

    /// <summary>Opens so many connections, each with a full handshake and one echo, and holds them.</summary>
    internal void Hold(int count)
    {
        // Both ends of a connection are in one process: the gate's two, and here the client's and the backend's.
        var needed = (2 * count) + SpareDescriptors;
        if (Machine.DescriptorLimit < needed)
            throw new IOException($"{needed} descriptors are needed and {Machine.DescriptorLimit} allowed (ulimit -Hn says how many may be)");
        Crew.Share(Threads, count, (member, share) =>
        {
            for (var i = 0; i < share; i++)
            {
                // 127.0.0.1 stays for the clients that come and go.
                var nth = (i * Threads) + member;
                var client = new TlsClient(Peer.Port, new IPAddress([127, 0, 0, (byte)(2 + (nth / HeldOfOneAddress))]));
                lock (Held)
                    Held.Add(client);
                client.Handshake(Tls);
                client.EchoOnce();
            }
        });
    }

    public void Dispose()
    {
        foreach (var client in Held)
            client.Dispose();
        Held.Clear();
    }
}
