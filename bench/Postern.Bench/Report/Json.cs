using System.Text.Json;
using System.Text.Json.Nodes;
using Postern.Bench.Measuring;
using Postern.Bench.Peers;
using Postern.Bench.Scenarios;

namespace Postern.Bench.Report;

/// <summary>Every round's figure, for a program to read.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    internal static string Of(Results results, Machine machine)
    {
        var scenarios = new JsonArray();
        foreach (var scenario in results.Scenarios)
        {
            var peers = new JsonObject();
            foreach (var peer in results.Peers.Where(peer => peer.TakesPartIn(scenario)))
            {
                peers[peer.Name] = new JsonObject
                {
                    ["median"] = results.Median(scenario, peer),
                    ["rounds"] = Array(results.Figures(scenario, peer)),
                    ["beside"] = Beside(results, scenario, peer),
                    ["failure"] = results.Failure(scenario, peer),
                };
            }

            scenarios.Add(new JsonObject
            {
                ["name"] = scenario.Name,
                ["title"] = scenario.Title,
                ["higherIsBetter"] = scenario.HigherIsBetter,
                ["peers"] = peers,
                ["posternToHaproxy"] = results.RatioTo(scenario, PeerList.Haproxy),
                ["posternToBestPeer"] = results.RatioToBest(scenario),
            });
        }

        var versions = new JsonObject();
        var tickets = new JsonObject();
        foreach (var peer in results.Peers)
        {
            versions[peer.Name] = peer.Version();
            tickets[peer.Name] = results.Tickets.TryGetValue(peer, out var count) ? count : null;
        }

        return new JsonObject
        {
            ["began"] = results.Began,
            ["scale"] = results.Scale,
            ["processor"] = machine.Processor,
            ["processors"] = machine.Processors,
            ["kernel"] = machine.Kernel,
            ["system"] = machine.System,
            ["versions"] = versions,
            ["ticketsWithFullHandshake"] = tickets,
            ["scenarios"] = scenarios,
        }.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Beside(Results results, Scenario scenario, Peer peer)
    {
        var beside = new JsonObject();
        foreach (var name in results.NamesBeside(scenario))
            beside[name] = Array(results.Beside(scenario, peer, name));
        return beside;
    }

    private static JsonArray Array(IReadOnlyList<double> values) => new([.. values.Select(value => JsonValue.Create(value))]);
}
