using System.Net;
using System.Net.Sockets;
using Postern.Bench.Load;
using Postern.Bench.Measuring;
using Postern.Bench.Peers;
using Postern.Bench.Scenarios;

namespace Postern.Bench;

/// <summary>
/// All rounds of all scenarios: A B C, A B C, …, so that whatever else the machine does falls on all peers alike.
/// </summary>
internal sealed class Benchmark(Options options) : IDisposable
{
    private readonly Results results = new(options.Scenarios, options.Peers, options.Rounds);
    private readonly Dictionary<KeyKind, CertificateFiles> certificates = Enum.GetValues<KeyKind>()
        .ToDictionary(kind => kind, kind => CertificateFiles.Write(options.Directory, kind));

    private readonly Lock gate = new();
    private RunningPeer? current;
    private bool abandoned;

    internal Results Measure()
    {
        var total = options.Rounds
            * options.Scenarios.Sum(scenario => options.Peers.Count(peer => peer.TakesPartIn(scenario)));
        var done = 0;
        foreach (var scenario in options.Scenarios)
        {
            for (var round = 1; round <= options.Rounds; round++)
            {
                foreach (var peer in options.Peers.Where(peer => peer.TakesPartIn(scenario)))
                {
                    Progress($"[{++done}/{total}] {scenario.Name}, round {round}: {peer.Name}");
                    if (results.Failure(scenario, peer) is not null)
                        continue; // it will not get better
                    try
                    {
                        results.Add(scenario, peer, MeasureOnce(scenario, peer));
                    }
                    catch (Exception e) when (e is IOException or SocketException)
                    {
                        results.Fail(scenario, peer, e.Message);
                    }
                }
            }
        }

        Progress("");
        return results;
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

    private double MeasureOnce(Scenario scenario, Peer peer)
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
        };
        lock (gate)
        {
            if (abandoned)
                throw new IOException("interrupted");
            current = RunningPeer.Start(peer, plan, options.Processor);
        }

        try
        {
            using var run = new Run(current, tls);
            var ticketsBefore = TlsClientContext.TicketsSeen;
            var figure = scenario.Measure(run);
            if (scenario is Handshake && !scenario.Tickets)
                results.Tickets[peer] = (double)(TlsClientContext.TicketsSeen - ticketsBefore) / Handshake.Connected;
            return figure;
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

    /// <summary>A port that was free a moment ago; on loopback, nobody else is likely to have taken it since.</summary>
    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private static void Progress(string text)
    {
        if (Console.IsErrorRedirected)
            return;
        // CR, then erase to the end of the line.
        Console.Error.Write("\r\u001b[K" + text);
    }
}
