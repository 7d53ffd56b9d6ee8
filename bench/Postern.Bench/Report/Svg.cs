using System.Globalization;
using System.Net;
using System.Text;

namespace Postern.Bench.Report;

/// <summary>
/// The little of SVG that a drawing here needs. Colours are classes, each with one for a light page and one for a dark
/// one; the page shows through where nothing is drawn.
/// </summary>
internal sealed class Svg
{
    private readonly StringBuilder body = new();
    private readonly List<(string Class, string Light, string Dark)> colours =
        [("text", "#1f2328", "#e6edf3"), ("faint", "#59636e", "#9198a1"), ("line", "#c8ced5", "#3d444d")];

    internal Svg Colour(string name, string light, string dark)
    {
        colours.Add((name, light, dark));
        return this;
    }

    /// <param name="tip">What a browser shows when the pointer rests there.</param>
    internal void Box(string colour, double x, double y, double width, double height, string? tip = null)
    {
        Append($"<rect class=\"{colour}\" x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\"");
        body.Append(tip is null ? "/>\n" : $"><title>{Escape(tip)}</title></rect>\n");
    }

    /// <param name="anchor">Which part of the text is at x: start, middle, end.</param>
    internal void Text(string colour, double x, double y, string text, string anchor = "start", bool bold = false) =>
        Append($"<text class=\"{colour}\" x=\"{x:0.##}\" y=\"{y:0.##}\" text-anchor=\"{anchor}\"{(bold ? " font-weight=\"600\"" : "")}>{Escape(text)}</text>\n");

    internal void Line(double x, double fromY, double toY) => Append($"<rect class=\"line\" x=\"{x - 0.5:0.##}\" y=\"{fromY:0.##}\" width=\"1\" height=\"{toY - fromY:0.##}\"/>\n");

    /// <param name="title">For a reader who hears the drawing.</param>
    /// <param name="font">Families, as CSS takes them.</param>
    internal string Draw(int width, int height, string title, string font)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{Escape(title)}">
            <style>
            text {"{"} font-family: {font}; font-size: 12px; {"}"}

            """);
        foreach (var (name, light, _) in colours)
            text.Append(CultureInfo.InvariantCulture, $".{name} {{ fill: {light}; }}\n");
        text.Append("@media (prefers-color-scheme: dark) {\n");
        foreach (var (name, _, dark) in colours)
            text.Append(CultureInfo.InvariantCulture, $".{name} {{ fill: {dark}; }}\n");
        return text.Append("}\n</style>\n").Append(body).Append("</svg>\n").ToString();
    }

    internal static string Escape(string text) => WebUtility.HtmlEncode(text);

    private void Append(FormattableString text) => body.Append(text.ToString(CultureInfo.InvariantCulture));
}
