using System.Globalization;
using Postern.Bench.Peers;
using Postern.Bench.Scenarios;

namespace Postern.Bench;

/// <summary>
/// What bench.sh was asked for. A word is a scenario's name, a family's or a peer's; none of a kind means all of it, but
/// for families, which are measured when they are named.
/// </summary>
internal sealed record Options
{
    private const int MostRounds = 99;
    private const int MostScale = 100;

    /// <summary>A profile wants some seconds of load.</summary>
    private const int ScaleOfProfile = 4;

    internal required IReadOnlyList<Scenario> Scenarios { get; init; }
    internal required IReadOnlyList<Peer> Peers { get; init; }
    internal required int Rounds { get; init; }

    /// <summary>How many times the usual work is in each measurement.</summary>
    internal required int Scale { get; init; }

    /// <summary>The scenario that is to be profiled, and nothing measured.</summary>
    internal Scenario? Profile { get; init; }

    /// <summary>Where configurations and keys are generated; bench.sh makes and removes it.</summary>
    internal required string Directory { get; init; }

    /// <summary>The processors that we may use.</summary>
    internal required IReadOnlyList<string> Processors { get; init; }

    internal string? Json { get; init; }

    /// <summary>Where pages, charts and flame graphs go.</summary>
    internal required string Docs { get; init; }

    /// <summary>The page that this run writes, without its ending; null: it measures a part of one.</summary>
    internal string? Page { get; init; }

    /// <summary>The last of the processors, as taskset takes them: the proxies have these.</summary>
    internal string LastProcessors(int count) => string.Join(',', Processors.TakeLast(count));

    /// <summary>The options, or what is wrong with them.</summary>
    internal static (Options? Options, string? Problem) Read(string[] arguments)
    {
        var scenarios = new List<Scenario>();
        var peers = new List<Peer>();
        var values = new Dictionary<string, string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            var word = arguments[i];
            if (word is "--json" or "--rounds" or "--scale" or "--profile" or "--docs" or "--directory" or "--processors")
            {
                if (++i == arguments.Length)
                    return (null, $"{word} needs a value");
                values[word] = arguments[i];
            }
            else if (ScenarioList.All.Where(scenario => scenario.Name == word || scenario.Family == word).ToArray() is { Length: > 0 } found)
            {
                scenarios.AddRange(found);
            }
            else if (PeerList.All.FirstOrDefault(peer => peer.Name == word) is { } peer)
            {
                peers.Add(peer);
            }
            else
            {
                return (null, $"\"{word}\" is no scenario ({Names(ScenarioList.All.Select(s => s.Name))}) "
                    + $"and no peer ({Names(PeerList.All.Select(p => p.Name))})");
            }
        }

        Scenario? profile = null;
        if (values.TryGetValue("--profile", out var name))
        {
            profile = ScenarioList.All.FirstOrDefault(scenario => scenario.Name == name);
            if (profile is null)
                return (null, $"--profile takes a scenario ({Names(ScenarioList.All.Select(s => s.Name))}), not \"{name}\"");
            if (scenarios.Count > 0 || peers.Exists(peer => peer.Name != PeerList.Postern))
                return (null, "--profile looks at one scenario, and at postern: name no other");
        }

        if (Number(values, "--rounds", 3, MostRounds) is not { } rounds)
            return (null, $"--rounds takes a number from 1 to {MostRounds}, not \"{values["--rounds"]}\"");
        if (Number(values, "--scale", profile is null ? 1 : ScaleOfProfile, MostScale) is not { } scale)
            return (null, $"--scale takes a number from 1 to {MostScale}, not \"{values["--scale"]}\"");

        var asked = scenarios.Count == 0
            ? [.. ScenarioList.All.Where(scenario => scenario.Family is null)]
            : ScenarioList.All.Where(scenarios.Contains).ToArray();
        return (new Options
        {
            Scenarios = asked,
            Peers = peers.Count > 0 ? [.. PeerList.All.Where(peers.Contains)] : PeerList.All,
            Rounds = rounds,
            Scale = scale,
            Profile = profile,
            Directory = values["--directory"],
            Processors = values["--processors"].Split(','),
            Json = values.GetValueOrDefault("--json"),
            Docs = values["--docs"],
            Page = peers.Count > 0 ? null : PageOf(asked),
        }, null);
    }

    /// <summary>All that has no family, or all of one family, makes a page.</summary>
    private static string? PageOf(Scenario[] asked)
    {
        var family = asked[0].Family;
        if (!asked.SequenceEqual(ScenarioList.All.Where(scenario => scenario.Family == family)))
            return null;
        return family is null ? "benchmarks" : "benchmarks-" + family;
    }

    private static int? Number(Dictionary<string, string> values, string option, int usual, int most)
    {
        if (!values.TryGetValue(option, out var text))
            return usual;
        return int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number : null;
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names);
}
