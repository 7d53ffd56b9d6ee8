using System.Text.Json;
using System.Text.Json.Nodes;
using Postern.Bench.Measuring;

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
                    ["rounds"] = new JsonArray([.. results.Figures(scenario, peer).Select(figure => JsonValue.Create(figure))]),
                    ["failure"] = results.Failure(scenario, peer),
                };
            }

            scenarios.Add(new JsonObject
            {
                ["name"] = scenario.Name,
                ["title"] = scenario.Title,
                ["peers"] = peers,
                ["posternToHaproxy"] = results.RatioTo(scenario, "haproxy"),
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
            ["processor"] = machine.Processor,
            ["processors"] = machine.Processors,
            ["kernel"] = machine.Kernel,
            ["system"] = machine.System,
            ["versions"] = versions,
            ["ticketsWithFullHandshake"] = tickets,
            ["scenarios"] = scenarios,
        }.ToJsonString(Indented) + "\n";
    }
}
