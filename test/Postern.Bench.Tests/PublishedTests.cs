using System.Xml.Linq;

namespace Postern.Bench.Tests;

/// <summary>What lies in docs/ belongs together: a page and its chart are of one run.</summary>
public sealed class PublishedTests
{
    private const int RatioToHaproxyFromTheRight = 2;

    [Fact]
    public void The_chart_shows_the_ratios_of_the_page()
    {
        XNamespace svg = "http://www.w3.org/2000/svg";
        var docs = Path.Combine(SourceTree.Root, "docs");
        var tips = XDocument.Load(Path.Combine(docs, "benchmarks.svg")).Descendants(svg + "title").Select(tip => tip.Value).ToArray();
        var rows = File.ReadLines(Path.Combine(docs, "benchmarks.md"))
            .SkipWhile(line => !line.StartsWith("| ---", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray());
        var compared = 0;
        foreach (var row in rows)
        {
            if (row[^RatioToHaproxyFromTheRight] == "-")
                continue;
            Assert.Contains($"{row[0]}: postern / haproxy {row[^RatioToHaproxyFromTheRight]}", tips);
            compared++;
        }

        Assert.NotEqual(0, compared);
    }
}
