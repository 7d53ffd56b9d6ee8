using Postern.Bench.Peers;
using Postern.Bench.Scenarios;

namespace Postern.Bench.Measuring;

/// <summary>What the rounds gave, and why they gave nothing where they failed.</summary>
internal sealed class Results(IReadOnlyList<Scenario> scenarios, IReadOnlyList<Peer> peers, int rounds)
{
    private readonly Dictionary<(Scenario, Peer), List<double>> figures = [];
    private readonly Dictionary<(Scenario, Peer), string> failures = [];

    internal IReadOnlyList<Scenario> Scenarios { get; } = scenarios;

    internal IReadOnlyList<Peer> Peers { get; } = peers;

    internal int Rounds { get; } = rounds;

    internal DateTimeOffset Began { get; } = DateTimeOffset.UtcNow;

    /// <summary>What else the machine did when the run began: the load of the last minute, of five, of fifteen.</summary>
    internal string LoadAverage { get; } = string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]);

    /// <summary>Session tickets that came with one full handshake.</summary>
    internal Dictionary<Peer, double> Tickets { get; } = [];

    internal bool AnyFailed => failures.Count > 0;

    internal void Add(Scenario scenario, Peer peer, double figure)
    {
        if (!figures.TryGetValue((scenario, peer), out var list))
            figures[(scenario, peer)] = list = [];
        list.Add(figure);
    }

    internal void Fail(Scenario scenario, Peer peer, string reason) => failures[(scenario, peer)] = reason;

    internal string? Failure(Scenario scenario, Peer peer) => failures.GetValueOrDefault((scenario, peer));

    internal IReadOnlyList<double> Figures(Scenario scenario, Peer peer) =>
        figures.TryGetValue((scenario, peer), out var list) ? list : [];

    /// <summary>The median; null when the peer has no such figure, or failed in any round.</summary>
    internal double? Median(Scenario scenario, Peer? peer)
    {
        if (peer is null || failures.ContainsKey((scenario, peer)))
            return null;
        if (!figures.TryGetValue((scenario, peer), out var list))
            return null;
        var sorted = list.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>Postern's median divided by this peer's; null where one of them is missing.</summary>
    internal double? RatioTo(Scenario scenario, string name) =>
        Postern(scenario) / Median(scenario, Peers.FirstOrDefault(peer => peer.Name == name));

    /// <summary>Postern's median divided by the lowest of the others.</summary>
    internal double? RatioToBest(Scenario scenario) =>
        Postern(scenario) / Peers.Where(peer => !peer.Name.StartsWith("postern", StringComparison.Ordinal)).Min(peer => Median(scenario, peer));

    private double? Postern(Scenario scenario) =>
        Median(scenario, Peers.FirstOrDefault(peer => peer.Name == "postern"));
}
