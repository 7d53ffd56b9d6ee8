using System.Text.Json.Nodes;
using Postern.Bench.Measuring;
using Postern.Bench.Peers;
using Postern.Bench.Report;
using Postern.Bench.Scenarios;

namespace Postern.Bench.Tests;

/// <summary>From rounds to the table, the page, the chart and the file for programs.</summary>
public sealed class ResultsTests
{
    private static readonly Peer s_postern = PeerList.All[0];
    private static readonly Peer s_haproxy = PeerList.All[2];
    private static readonly Peer s_nginx = PeerList.All[3];

    [Fact]
    public void The_best_peer_is_the_lowest_or_the_highest_as_the_row_says()
    {
        var results = Growth(out var echo, out var workers);
        Assert.Equal(0.5, results.RatioTo(echo, "haproxy"));
        Assert.Equal(2, results.RatioToBest(echo));
        Assert.Equal(4, results.RatioToBest(workers));
    }

    [Fact]
    public void The_median_counts_and_a_failure_leaves_none()
    {
        var results = Growth(out var echo, out _);
        Assert.Equal(10, results.Median(echo, s_postern));
        results.Fail(echo, s_postern, "it did not answer");
        Assert.Null(results.Median(echo, s_postern));
        Assert.Contains("failed", Table.Of(results), StringComparison.Ordinal);
    }

    [Fact]
    public void What_stands_beside_a_figure_is_printed_and_written()
    {
        var results = Growth(out _, out _);
        Assert.Equal(1, Table.Beside(results)?.Split('\n').Count(line => line.Contains("µs a connection", StringComparison.Ordinal)));
        var json = JsonNode.Parse(Json.Of(results, new Machine("p", 2, "k", "s")))!;
        Assert.Equal([300.0], json["scenarios"]![1]!["peers"]!["postern"]!["beside"]!["µs a connection"]!.AsArray().Select(node => (double)node!));
    }

    [Fact]
    public void The_page_of_a_family_says_so_and_shows_its_chart()
    {
        var page = Page.Of(Growth(out _, out _), new Machine("p", 2, "k", "s"), "benchmarks-growth.svg", ["flame-handshake.svg"]);
        Assert.StartsWith("# Benchmarks: growth\n", page, StringComparison.Ordinal);
        Assert.Contains("](benchmarks-growth.svg)", page, StringComparison.Ordinal);
        Assert.DoesNotContain("flame-handshake", page, StringComparison.Ordinal);
        Assert.Contains("each with 3 times the usual work", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_of_everything_leads_to_the_flame_graphs()
    {
        var echo = ScenarioList.All.First(scenario => scenario.Name == "echo");
        var results = new Results([echo], [s_postern], rounds: 1, scale: 1);
        results.Add(echo, s_postern, new Measurement(1));
        var page = Page.Of(results, new Machine("p", 2, "k", "s"), "benchmarks.svg", ["flame-handshake.svg"]);
        Assert.StartsWith("# Benchmarks\n", page, StringComparison.Ordinal);
        Assert.Contains("\n- [handshake](flame-handshake.svg)\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_chart_has_a_group_for_each_row_with_a_peer()
    {
        var groups = ChartGroup.Of(Growth(out var echo, out var workers));
        Assert.Equal([echo.Title, workers.Title], groups.Select(group => group.Title));
        Assert.Equal([("haproxy", 0.5), ("nginx", 2.0)], groups[0].Bars);
        Assert.True(groups[1].HigherIsBetter);
    }

    [Fact]
    public void Added_latency_is_the_tail_of_what_was_on_the_way()
    {
        var direct = Paced(1_000);
        var through = Paced(10_000);
        (through.Gate, through.Load, through.Wall) = (25, 50, 100);
        var measurement = new Latency().Figures(through, direct);
        Assert.Equal(990, measurement.Figure);
        Assert.Equal((500, 1000), (Beside("added, median"), Beside("added, 99.9th")));
        Assert.Equal((50, 99), (Beside("directly, median"), Beside("directly, 99th")));
        Assert.Equal((1500, 1990), (Beside("from due to read, median"), Beside("from due to read, 99th")));
        Assert.Equal((25, 50), (Beside("the gate was busy"), Beside("the load was busy")));

        double Beside(string name) =>
            measurement.Beside.Single(pair => pair.Name.StartsWith(name, StringComparison.Ordinal)).Value;

        static Latency.Paced Paced(long step)
        {
            var paced = new Latency.Paced();
            paced.OnTheWay.AddRange(Enumerable.Range(1, 100).Reverse().Select(i => i * step));
            paced.FromDue.AddRange(Enumerable.Range(1, 100).Select(i => (i * step) + 1_000_000));
            return paced;
        }
    }

    private static Results Growth(out Scenario echo, out Scenario workers)
    {
        echo = ScenarioList.All.First(scenario => scenario.Name == "growth-echo-10");
        workers = ScenarioList.All.First(scenario => scenario.Name == "growth-workers-1");
        var results = new Results([echo, workers], [s_postern, s_haproxy, s_nginx], rounds: 3, scale: 3);
        foreach (var figure in new[] { 10.0, 9, 900 })
            results.Add(echo, s_postern, new Measurement(figure));
        results.Add(echo, s_haproxy, new Measurement(20));
        results.Add(echo, s_nginx, new Measurement(5));
        results.Add(workers, s_postern, new Measurement(2000, ("µs a connection", 300)));
        results.Add(workers, s_haproxy, new Measurement(500));
        results.Add(workers, s_nginx, new Measurement(400));
        return results;
    }
}
