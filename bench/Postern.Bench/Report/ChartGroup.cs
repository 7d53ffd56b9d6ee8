using Postern.Bench.Measuring;

namespace Postern.Bench.Report;

/// <summary>A row of the table, as bars: Postern's figure divided by each peer's.</summary>
internal sealed record ChartGroup(string Title, bool HigherIsBetter, IReadOnlyList<(string Peer, double Ratio)> Bars)
{
    /// <summary>The rows in which there is somebody to compare with.</summary>
    internal static IReadOnlyList<ChartGroup> Of(Results results)
    {
        var groups = new List<ChartGroup>();
        foreach (var scenario in results.Scenarios)
        {
            var bars = new List<(string, double)>();
            foreach (var peer in results.Peers.Where(peer => !peer.IsPostern))
            {
                if (results.RatioTo(scenario, peer.Name) is { } ratio)
                    bars.Add((peer.Name, ratio));
            }

            if (bars.Count > 0)
                groups.Add(new ChartGroup(scenario.Title, scenario.HigherIsBetter, bars));
        }

        return groups;
    }
}
