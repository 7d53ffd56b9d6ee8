using System.Net.Sockets;
using Postern.Bench.Load;
using Postern.Bench.Measuring;
using Postern.Bench.Peers;
using Postern.Bench.Scenarios;

namespace Postern.Bench;

/// <summary>
/// All rounds of all scenarios: A B C, A B C, …, so that whatever else the machine does falls on all peers alike.
/// </summary>
internal sealed class Benchmark(Options options, Stage stage)
{
    private readonly Results results = new(options.Scenarios, options.Peers, options.Rounds, options.Scale);

    internal Results Measure()
    {
        var total = options.Scenarios.Sum(scenario => Plays(scenario) * options.Peers.Count(peer => peer.TakesPartIn(scenario)));
        var done = 0;
        foreach (var scenario in options.Scenarios)
        {
            Peer[] peers = [.. options.Peers.Where(peer => peer.TakesPartIn(scenario))];
            if (!Calibrate(scenario, peers))
            {
                done += Plays(scenario) * peers.Length;
                continue;
            }

            for (var play = 1; play <= Plays(scenario); play++)
            {
                foreach (var peer in peers)
                {
                    Progress($"[{++done}/{total}] {scenario.Name}, {(scenario.TakesRoundsAtOnce ? "all rounds" : $"round {play}")}: {peer.Name}");
                    if (results.Failure(scenario, peer) is null) // else it will not get better
                        Attempt(scenario, peer, () => results.Add(scenario, peer, MeasureOnce(scenario, peer)));
                }
            }
        }

        Progress("");
        return results;
    }

    /// <summary>How often a peer is started for the scenario.</summary>
    private int Plays(Scenario scenario) => scenario.TakesRoundsAtOnce || scenario.IsMeasuredOnce ? 1 : options.Rounds;

    /// <summary>False: the scenario cannot be measured with any peer.</summary>
    private bool Calibrate(Scenario scenario, Peer[] peers)
    {
        if (!scenario.NeedsCalibration || peers.Length == 0)
            return true;
        var measure = peers.FirstOrDefault(peer => peer.Name == PeerList.Haproxy) ?? peers[0];
        Progress($"{scenario.Name}, how much it shall be: {measure.Name}");
        Attempt(scenario, measure, () => stage.Play(scenario, measure, options.Scale, run =>
        {
            scenario.Calibrate(run);
            return true;
        }));
        if (results.Failure(scenario, measure) is not { } reason)
            return true;
        foreach (var peer in peers)
            results.Fail(scenario, peer, $"not measured: {measure.Name}, by which the load is found, failed: {reason}");
        return false;
    }

    private IReadOnlyList<Measurement> MeasureOnce(Scenario scenario, Peer peer) => stage.Play(scenario, peer, options.Scale, run =>
    {
        var ticketsBefore = TlsClientContext.TicketsSeen;
        var measurements = scenario.Measure(run, scenario.TakesRoundsAtOnce ? options.Rounds : 1);
        if (scenario is Handshake && !scenario.Tickets)
            results.Tickets[peer] = (double)(TlsClientContext.TicketsSeen - ticketsBefore) / Handshake.Connected(options.Scale);
        return measurements;
    });

    private void Attempt(Scenario scenario, Peer peer, Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            results.Fail(scenario, peer, e.Message);
        }
    }

    private static void Progress(string text)
    {
        if (Console.IsErrorRedirected)
            return;
        // CR, then erase to the end of the line.
        Console.Error.Write("\r\u001b[K" + text);
    }
}
