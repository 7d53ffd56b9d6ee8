using System.Xml.Linq;
using Postern.Bench.Profiling;
using Postern.Bench.Report;

namespace Postern.Bench.Tests;

/// <summary>The chart and the flame graph are SVG that a reader of XML takes, and as long as what they show.</summary>
public sealed class DrawingTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Bars_are_as_long_as_their_ratios_and_coloured_by_who_is_ahead()
    {
        var chart = XDocument.Parse(Chart.Of(
            [
                new("less is better", HigherIsBetter: false, [("haproxy", 0.5), ("nginx", 1.5)]),
                new("more is better", HigherIsBetter: true, [("haproxy", 0.5), ("nginx", 1.5)]),
            ]));
        var bars = Boxes(chart, "better").Concat(Boxes(chart, "worse")).ToDictionary(Tip, Width);
        Assert.Equal(4, bars.Count);
        Assert.Equal(3, bars["less is better: postern / nginx 1.50"] / bars["less is better: postern / haproxy 0.50"], 3);
        Assert.Equal(
            ["less is better: postern / haproxy 0.50", "more is better: postern / nginx 1.50"],
            Boxes(chart, "better").Select(Tip));
    }

    [Fact]
    public void A_bar_beyond_the_chart_is_cut_and_its_number_is_not()
    {
        var chart = XDocument.Parse(Chart.Of([new("row", HigherIsBetter: false, [("haproxy", 51.14)])]));
        var bar = Assert.Single(Boxes(chart, "worse"));
        Assert.True((double)bar.Attribute("x")! + Width(bar) < (double)chart.Root!.Attribute("width")!);
        Assert.Contains(chart.Descendants(s_svg + "text"), text => text.Value == "51.14");
    }

    [Fact]
    public void Every_colour_has_one_for_light_and_one_for_dark()
    {
        var style = XDocument.Parse(Chart.Of([new("row", HigherIsBetter: false, [("haproxy", 1)])])).Descendants(s_svg + "style").Single().Value;
        var parts = style.Split("@media (prefers-color-scheme: dark)");
        foreach (var name in new[] { ".text {", ".faint {", ".line {", ".better {", ".worse {" })
            Assert.All(parts, part => Assert.Contains(name, part, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_named_like_markup_stays_text()
    {
        var chart = XDocument.Parse(Chart.Of([new("<b> & \"c\"", HigherIsBetter: false, [("haproxy", 1)])]));
        Assert.Contains(chart.Descendants(s_svg + "text"), text => text.Value == "<b> & \"c\"");
    }

    [Fact]
    public void A_box_is_as_wide_as_its_part_of_the_samples_and_stands_on_its_caller()
    {
        var graph = new FlameGraph();
        graph.Add("worker", [new("main", "posternd"), new("SSL_read", "libssl.so.3")]);
        graph.Add("worker", [new("main", "posternd"), new("epoll_wait", "kernel")]);
        graph.Add("worker", [new("main", "posternd"), new("epoll_wait", "kernel")]);
        graph.Add("key-agent", [new("main", "posternd")]);
        var drawing = XDocument.Parse(graph.Draw("title"));

        Assert.Equal(4, graph.Samples);
        var worker = Tipped(drawing, "worker (posternd): 75.0 %");
        var read = Tipped(drawing, "SSL_read (libssl.so.3): 25.0 %");
        var wait = Tipped(drawing, "epoll_wait (kernel): 50.0 %");
        Assert.Equal(3, Width(worker) / Width(read), 1);
        Assert.Equal("openssl", (string?)read.Attribute("class"));
        Assert.Equal("kernel", (string?)wait.Attribute("class"));
        Assert.True((double)read.Attribute("y")! < (double)worker.Attribute("y")!);
        Assert.Equal((double)read.Attribute("y")!, (double)wait.Attribute("y")!);
    }

    private static XElement Tipped(XDocument drawing, string tip) =>
        Assert.Single(drawing.Descendants(s_svg + "rect"), box => Tip(box) == tip);

    private static IEnumerable<XElement> Boxes(XDocument drawing, string colour) =>
        drawing.Descendants(s_svg + "rect").Where(box => (string?)box.Attribute("class") == colour);

    private static string Tip(XElement box) => box.Element(s_svg + "title")?.Value ?? "";

    private static double Width(XElement box) => (double)box.Attribute("width")!;
}
