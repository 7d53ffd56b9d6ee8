using System.Globalization;
using System.Text;
using Postern.Bench.Measuring;
using Postern.Bench.Peers;

namespace Postern.Bench.Report;

/// <summary>The table, in Markdown that is also straight on a terminal.</summary>
internal static class Table
{
    internal static string Of(Results results)
    {
        var comparesAnything = results.Peers.Any(peer => peer.Name == PeerList.Postern) && results.Peers.Count > 1;
        List<string> head = ["", .. results.Peers.Select(peer => peer.Name)];
        if (comparesAnything)
            head.AddRange(["postern / haproxy", "postern / best peer"]);

        var rows = new List<List<string>> { head };
        foreach (var scenario in results.Scenarios)
        {
            List<string> row = [scenario.Title];
            foreach (var peer in results.Peers)
                row.Add(results.Failure(scenario, peer) is not null ? "failed" : Figure(results.Median(scenario, peer)));
            if (comparesAnything)
                row.AddRange([Ratio(results.RatioTo(scenario, "haproxy")), Ratio(results.RatioToBest(scenario))]);
            rows.Add(row);
        }

        return Draw(rows);
    }

    /// <summary>What the figures of some rows were made of; null where no row has any of it.</summary>
    internal static string? Beside(Results results)
    {
        var rows = new List<List<string>> { new(["", .. results.Peers.Select(peer => peer.Name)]) };
        foreach (var scenario in results.Scenarios)
        {
            foreach (var name in results.NamesBeside(scenario))
                rows.Add([$"{scenario.Name}: {name}", .. results.Peers.Select(peer => Figure(Quantile.Median(results.Beside(scenario, peer, name))))]);
        }

        return rows.Count > 1 ? Draw(rows) : null;
    }

    /// <summary>A table of other rows: the first is the head, the first column the names.</summary>
    internal static string Draw(List<List<string>> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Count).Select(i => rows.Max(row => row[i].Length)).ToArray();
        var text = new StringBuilder();
        for (var r = 0; r < rows.Count; r++)
        {
            for (var i = 0; i < widths.Length; i++)
                text.Append("| ").Append(i == 0 ? rows[r][i].PadRight(widths[i]) : rows[r][i].PadLeft(widths[i])).Append(' ');
            text.Append("|\n");
            if (r > 0)
                continue;
            for (var i = 0; i < widths.Length; i++)
                text.Append("| ").Append('-', i == 0 ? widths[i] : widths[i] - 1).Append(i == 0 ? " " : ": ");
            text.Append("|\n");
        }

        return text.ToString();
    }

    internal static string Figure(double? value) => value switch
    {
        null => "-",
        >= 100 => value.Value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    private static string Ratio(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}
