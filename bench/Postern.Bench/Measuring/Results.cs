using Postern.Bench.Peers;
using Postern.Bench.Scenarios;

namespace Postern.Bench.Measuring;

/// <summary>What the rounds gave, and why they gave nothing where they failed.</summary>
internal sealed class Results(IReadOnlyList<Scenario> scenarios, IReadOnlyList<Peer> peers, int rounds, int scale)
{
    private readonly Dictionary<(Scenario, Peer), List<Measurement>> figures = [];
    private readonly Dictionary<(Scenario, Peer), string> failures = [];

    internal IReadOnlyList<Scenario> Scenarios { get; } = scenarios;

    internal IReadOnlyList<Peer> Peers { get; } = peers;

    internal int Rounds { get; } = rounds;

    internal int Scale { get; } = scale;

    internal DateTimeOffset Began { get; } = DateTimeOffset.UtcNow;

    /// <summary>What else the machine did when the run began: the load of the last minute, of five, of fifteen.</summary>
    internal string LoadAverage { get; } = string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]);

    /// <summary>Session tickets that came with one full handshake.</summary>
    internal Dictionary<Peer, double> Tickets { get; } = [];

    internal bool AnyFailed => failures.Count > 0;

    internal void Add(Scenario scenario, Peer peer, params IReadOnlyList<Measurement> measurements)
    {
        if (!figures.TryGetValue((scenario, peer), out var list))
            figures[(scenario, peer)] = list = [];
        list.AddRange(measurements);
    }

    internal void Fail(Scenario scenario, Peer peer, string reason) => failures[(scenario, peer)] = reason;

    internal string? Failure(Scenario scenario, Peer peer) => failures.GetValueOrDefault((scenario, peer));

    internal IReadOnlyList<double> Figures(Scenario scenario, Peer peer) =>
        [.. Measurements(scenario, peer).Select(measurement => measurement.Figure)];

    /// <summary>What stands beside the scenario's figures, by name; most have nothing.</summary>
    internal IReadOnlyList<string> NamesBeside(Scenario scenario) =>
        [.. Peers.SelectMany(peer => Measurements(scenario, peer)).SelectMany(one => one.Beside).Select(pair => pair.Name).Distinct()];

    internal IReadOnlyList<double> Beside(Scenario scenario, Peer peer, string name) =>
        [.. Measurements(scenario, peer).SelectMany(one => one.Beside).Where(pair => pair.Name == name).Select(pair => pair.Value)];

    /// <summary>The median; null when the peer has no such figure, or failed in any round.</summary>
    internal double? Median(Scenario scenario, Peer? peer) =>
        peer is null || failures.ContainsKey((scenario, peer)) ? null : Quantile.Median(Figures(scenario, peer));

    /// <summary>Postern's median divided by this peer's; null where one of them is missing.</summary>
    internal double? RatioTo(Scenario scenario, string name) =>
        Postern(scenario) / Median(scenario, Peers.FirstOrDefault(peer => peer.Name == name));

    /// <summary>Postern's median divided by the best of the others.</summary>
    internal double? RatioToBest(Scenario scenario)
    {
        var others = Peers.Where(peer => !peer.IsPostern).Select(peer => Median(scenario, peer));
        return Postern(scenario) / (scenario.HigherIsBetter ? others.Max() : others.Min());
    }

    private double? Postern(Scenario scenario) =>
        Median(scenario, Peers.FirstOrDefault(peer => peer.Name == PeerList.Postern));

    private List<Measurement> Measurements(Scenario scenario, Peer peer) =>
        figures.TryGetValue((scenario, peer), out var list) ? list : [];
}
