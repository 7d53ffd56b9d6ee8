using System.Globalization;
using Postern.Bench.Report;

namespace Postern.Bench.Profiling;

/// <summary>
/// A flame graph (Brendan Gregg's form): each box is a function, as wide as the part of all samples in which it was
/// running or waiting for what it called; its callers lie below it. What is one box wide says where the time goes; left
/// and right mean nothing. Boxes that would be too thin to see are left out.
/// </summary>
internal sealed class FlameGraph
{
    private const int Width = 1200;
    private const int RowHeight = 17;
    private const int Top = 60;
    private const double ThinnestBox = 1;
    private const double CharacterWidth = 7.3;

    private static readonly (string Colour, string What, string Light, string Dark)[] Kinds =
    [
        ("kernel", "kernel", "#f0b48a", "#8a4b22"),
        ("openssl", "OpenSSL", "#f2d675", "#7a6312"),
        ("postern", "Postern", "#8fcfb9", "#1f6b54"),
        ("other", "libc and others", "#c9ced6", "#4a515b"),
    ];

    private readonly Node root = new(new Frame("all", ""));

    /// <param name="role">What the process was: the box on which the stack stands.</param>
    /// <param name="frames">The outermost first.</param>
    internal void Add(string role, IReadOnlyList<Frame> frames)
    {
        root.Samples++;
        var node = root.Child(new Frame(role, "posternd"));
        node.Samples++;
        foreach (var frame in frames)
        {
            node = node.Child(frame);
            node.Samples++;
        }
    }

    internal long Samples => root.Samples;

    internal string Draw(string title)
    {
        var svg = new Svg();
        foreach (var (colour, _, light, dark) in Kinds)
            svg.Colour(colour, light, dark);
        var depth = DepthOf(root, Width);
        var height = Top + ((depth + 1) * RowHeight);
        svg.Text("text", 0, 16, title, bold: true);
        var x = 0.0;
        foreach (var (colour, what, _, _) in Kinds)
        {
            svg.Box(colour, x, 28, 12, 12);
            svg.Text("faint", x + 18, 38, what);
            x += 40 + (what.Length * CharacterWidth);
        }

        Draw(svg, root, 0, height - RowHeight, Width);
        return svg.Draw(Width, height, title, "ui-monospace, monospace");
    }

    private void Draw(Svg svg, Node node, double x, double y, double width)
    {
        var part = (100.0 * node.Samples / root.Samples).ToString("0.0", CultureInfo.InvariantCulture);
        svg.Box(ColourOf(node.Frame), x, y, Math.Max(width - 0.5, 0.1), RowHeight - 1, $"{node.Frame.Name} ({node.Frame.File}): {part} %");
        var room = (int)((width - 4) / CharacterWidth);
        if (room >= 3)
            svg.Text("text", x + 3, y + 12, node.Frame.Name.Length <= room ? node.Frame.Name : node.Frame.Name[..(room - 1)] + "…");
        foreach (var child in node.ByName)
        {
            var childWidth = width * child.Samples / node.Samples;
            if (childWidth >= ThinnestBox)
                Draw(svg, child, x, y - RowHeight, childWidth);
            x += childWidth;
        }
    }

    private static int DepthOf(Node node, double width) => width < ThinnestBox
        ? 0
        : 1 + node.ByName.Select(child => DepthOf(child, width * child.Samples / node.Samples)).DefaultIfEmpty(0).Max();

    private static string ColourOf(Frame frame) => frame.File switch
    {
        "kernel" => "kernel",
        _ when frame.File.StartsWith("libcrypto", StringComparison.Ordinal) || frame.File.StartsWith("libssl", StringComparison.Ordinal) => "openssl",
        _ when frame.File.StartsWith("posternd", StringComparison.Ordinal) => "postern",
        _ => "other",
    };

    private sealed class Node(Frame frame)
    {
        private readonly Dictionary<Frame, Node> children = [];

        internal Frame Frame { get; } = frame;

        internal long Samples { get; set; }

        internal IEnumerable<Node> ByName => children.Values.OrderBy(child => child.Frame.Name, StringComparer.Ordinal);

        internal Node Child(Frame of)
        {
            if (!children.TryGetValue(of, out var child))
                children[of] = child = new Node(of);
            return child;
        }
    }
}
