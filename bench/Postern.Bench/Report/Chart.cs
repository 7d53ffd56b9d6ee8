using System.Globalization;

namespace Postern.Bench.Report;

/// <summary>
/// The comparison as an SVG: for each row of the table one group, for each peer in it one bar, as long as Postern's
/// figure is beside the peer's. A bar's colour says what its length says: on which side of the peer Postern is.
/// </summary>
internal static class Chart
{
    private const int Width = 820;
    private const int Left = 110;
    private const int Right = 60;
    private const int Top = 64;
    private const int TitleHeight = 20;
    private const int BarHeight = 12;
    private const int BarStep = 16;
    private const int GroupGap = 14;

    /// <summary>Parity is in the middle of the chart; what is longer than this is cut, and its number tells.</summary>
    private const double LongestRatio = 2;

    internal static string Of(IReadOnlyList<ChartGroup> groups)
    {
        var svg = new Svg().Colour("better", "#1a7f64", "#3fb68b").Colour("worse", "#c4622d", "#e08a55");
        var height = Top + groups.Sum(HeightOf);
        svg.Text("text", 0, 16, "Postern's figure divided by each peer's", bold: true);
        svg.Text("faint", 0, 34, "Shorter is better for Postern, but where more is better; at the line both are equal.");
        foreach (var ratio in new[] { 0.5, 1, 1.5 })
        {
            svg.Text("faint", X(ratio), Top - 8, ratio.ToString("0.0", CultureInfo.InvariantCulture), "middle");
            svg.Line(X(ratio), Top, height);
        }

        // Once more: the line of parity is twice as wide.
        svg.Line(X(1) + 1, Top, height);
        var y = (double)Top;
        foreach (var group in groups)
        {
            Draw(svg, group, y);
            y += HeightOf(group);
        }

        return svg.Draw(Width, height, "Postern's figure divided by each peer's, for each row of the table", "system-ui, sans-serif");
    }

    private static void Draw(Svg svg, ChartGroup group, double y)
    {
        svg.Text("text", 0, y + 14, group.Title, bold: true);
        y += TitleHeight;
        foreach (var (peer, ratio) in group.Bars)
        {
            var number = ratio.ToString("0.00", CultureInfo.InvariantCulture);
            var end = X(Math.Clamp(ratio, 0, LongestRatio));
            svg.Text("text", Left - 8, y + BarHeight - 2, peer, "end");
            svg.Box(IsBetter(group, ratio) ? "better" : "worse", Left, y, end - Left, BarHeight, $"{group.Title}: postern / {peer} {number}");
            svg.Text("text", end + 6, y + BarHeight - 2, number);
            y += BarStep;
        }
    }

    private static bool IsBetter(ChartGroup group, double ratio) => group.HigherIsBetter ? ratio >= 1 : ratio <= 1;

    private static int HeightOf(ChartGroup group) => TitleHeight + (group.Bars.Count * BarStep) + GroupGap;

    private static double X(double ratio) => Left + (ratio / LongestRatio * (Width - Left - Right));
}
