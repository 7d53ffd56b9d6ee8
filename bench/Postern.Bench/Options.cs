using System.Globalization;
using Postern.Bench.Peers;
using Postern.Bench.Scenarios;

namespace Postern.Bench;

/// <summary>What bench.sh was asked for. A word is a scenario's name or a peer's; none of a kind means all of it.</summary>
internal sealed record Options
{
    private const int MostRounds = 99;

    internal required IReadOnlyList<Scenario> Scenarios { get; init; }
    internal required IReadOnlyList<Peer> Peers { get; init; }
    internal required int Rounds { get; init; }

    /// <summary>Where configurations and keys are generated; bench.sh makes and removes it.</summary>
    internal required string Directory { get; init; }

    /// <summary>The processor that the proxies are held to.</summary>
    internal required string Processor { get; init; }

    internal string? Json { get; init; }

    /// <summary>Where the page goes when everything has been measured.</summary>
    internal string? Page { get; init; }

    /// <summary>The options, or what is wrong with them.</summary>
    internal static (Options? Options, string? Problem) Read(
        string[] arguments, IReadOnlyList<Scenario> allScenarios, IReadOnlyList<Peer> allPeers)
    {
        var scenarios = new List<Scenario>();
        var peers = new List<Peer>();
        var values = new Dictionary<string, string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            var word = arguments[i];
            if (word is "--json" or "--rounds" or "--page" or "--directory" or "--processor")
            {
                if (++i == arguments.Length)
                    return (null, $"{word} needs a value");
                values[word] = arguments[i];
            }
            else if (allScenarios.FirstOrDefault(scenario => scenario.Name == word) is { } scenario)
            {
                scenarios.Add(scenario);
            }
            else if (allPeers.FirstOrDefault(peer => peer.Name == word) is { } peer)
            {
                peers.Add(peer);
            }
            else
            {
                return (null, $"\"{word}\" is no scenario ({Names(allScenarios.Select(s => s.Name))}) "
                    + $"and no peer ({Names(allPeers.Select(p => p.Name))})");
            }
        }

        var rounds = 3;
        if (values.TryGetValue("--rounds", out var text)
            && (!int.TryParse(text, CultureInfo.InvariantCulture, out rounds) || rounds is < 1 or > MostRounds))
        {
            return (null, $"--rounds takes a number from 1 to {MostRounds}, not \"{text}\"");
        }

        var isPart = scenarios.Count > 0 || peers.Count > 0;
        return (new Options
        {
            Scenarios = isPart && scenarios.Count > 0 ? [.. allScenarios.Where(scenarios.Contains)] : allScenarios,
            Peers = peers.Count > 0 ? [.. allPeers.Where(peers.Contains)] : allPeers,
            Rounds = rounds,
            Directory = values["--directory"],
            Processor = values["--processor"],
            Json = values.GetValueOrDefault("--json"),
            Page = isPart ? null : values.GetValueOrDefault("--page"),
        }, null);
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names);
}
