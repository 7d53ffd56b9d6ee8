using System.Globalization;

namespace Postern.Bench.Profiling;

/// <summary>
/// Reads what <c>perf script -F pid,ip,sym,dso</c> prints: a process's number on a line of its own, its frames below
/// it, the innermost first, each as address, symbol and file in brackets, then an empty line.
/// </summary>
internal static class PerfScript
{
    private const string Unknown = "[unknown]";

    internal static IEnumerable<Stack> Read(IEnumerable<string> lines)
    {
        int? pid = null;
        var frames = new List<Frame>();
        foreach (var line in lines.Append(""))
        {
            var text = line.Trim();
            if (text.Length == 0)
            {
                if (pid is not null && frames.Count > 0)
                    yield return new Stack(pid.Value, [.. Enumerable.Reverse(frames)]);
                pid = null;
                frames.Clear();
            }
            else if (pid is null)
            {
                pid = int.TryParse(text, CultureInfo.InvariantCulture, out var number)
                    ? number
                    : throw new IOException($"perf script says \"{text}\" where a process's number was expected");
            }
            else
            {
                Add(frames, FrameOf(text));
            }
        }
    }

    // Neighbours without a symbol, in one file, say no more than one of them.
    private static void Add(List<Frame> frames, Frame frame)
    {
        if (frames.Count == 0 || frame.Name[0] != '[' || frames[^1] != frame)
            frames.Add(frame);
    }

    private static Frame FrameOf(string text)
    {
        var symbol = text.IndexOf(' ');
        var file = text.LastIndexOf(" (", StringComparison.Ordinal);
        if (symbol < 0 || file < symbol || text[^1] != ')')
            return new Frame("[?]", "?");
        var name = text[symbol..file].Trim();
        var path = text[(file + 2)..^1];
        var shortPath = path.StartsWith("[kernel", StringComparison.Ordinal) || path == "[guest.kernel.kallsyms]"
            ? "kernel"
            : Path.GetFileName(path);
        return new Frame(name is Unknown or "" ? $"[{shortPath}]" : ManagedName.Shorten(name), shortPath);
    }
}
