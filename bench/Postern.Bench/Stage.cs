using System.Net;
using System.Net.Sockets;
using Postern.Bench.Load;
using Postern.Bench.Peers;
using Postern.Bench.Scenarios;

namespace Postern.Bench;

/// <summary>Sets up one scenario with one peer, afresh each time, and takes all of it down again.</summary>
internal sealed class Stage(Options options) : IDisposable
{
    private readonly Dictionary<KeyKind, CertificateFiles> certificates = Enum.GetValues<KeyKind>()
        .ToDictionary(kind => kind, kind => CertificateFiles.Write(options.Directory, kind));

    private readonly Lock gate = new();
    private RunningPeer? current;
    private bool abandoned;

    /// <summary>Starts a backend and the peer before it, and lets <paramref name="act"/> make its clients.</summary>
    /// <exception cref="IOException">The peer does not start, or fails under the load.</exception>
    /// <exception cref="SocketException">The peer cannot be reached any more.</exception>
    internal T Play<T>(Scenario scenario, Peer peer, int scale, Func<Run, T> act)
    {
        using var backend = scenario.StartBackend();
        using var tls = new TlsClientContext(scenario.Key, resumes: scenario.Tickets);
        var plan = new GatePlan
        {
            Directory = options.Directory,
            Front = scenario.Front,
            Port = FreePort(),
            BackendPort = backend.Port,
            Key = scenario.Key,
            Certificate = certificates[scenario.Key],
            Tickets = scenario.Tickets,
            Workers = scenario.Workers,
            Connections = scenario.ConnectionsAtATime,
        };
        lock (gate)
        {
            if (abandoned)
                throw new IOException("interrupted");
            current = RunningPeer.Start(peer, plan, options.LastProcessors(scenario.SpreadsWorkers ? scenario.Workers : 1));
        }

        try
        {
            using var run = new Run(current, tls, backend.Port, scale);
            return act(run);
        }
        finally
        {
            lock (gate)
            {
                current.Dispose();
                current = null;
            }
        }
    }

    /// <summary>Ends the peer that runs, and the program; called by a signal, on a thread of its own.</summary>
    internal void Abandon()
    {
        lock (gate)
        {
            abandoned = true;
            current?.Dispose();
        }

        Environment.Exit(130);
    }

    public void Dispose()
    {
        lock (gate)
            current?.Dispose();
    }

    /// <summary>A port that was free a moment ago; on loopback, nobody else is likely to have taken it since.</summary>
    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
