using System.Collections.Immutable;
using System.Text;
using Postern.Policy.Memory;
using Postern.Policy.TlsRpt;

namespace Postern.Roles.Recorder;

/// <summary>A report to be sent.</summary>
/// <param name="IsLast">The time for tries is over: no other one follows this.</param>
/// <param name="Taken">Targets that have it already, as their record has them.</param>
/// <param name="Report">JSON in gzip.</param>
public sealed record ClaimedReport(bool IsLast, ImmutableArray<string> Taken, byte[] Report);

/// <summary>What became of a try.</summary>
public enum SendingEnd
{
    /// <summary>A target did not take it.</summary>
    Failed,

    /// <summary>A target has it.</summary>
    Taken,

    /// <summary>There is nobody left to send it to, or nobody wants it: it is tried no more.</summary>
    Over,
}

/// <param name="About">Which report.</param>
/// <param name="End">What became of it.</param>
/// <param name="Target">As the domain's record has it; empty with <see cref="SendingEnd.Over"/>.</param>
/// <param name="Outcome">In our words: printable ASCII.</param>
public sealed record SentMessage(ReportAbout About, SendingEnd End, string Target, string Outcome);

/// <summary>The bodies of messages on reports: lines of printable ASCII (docs/protocol/recorder.md).</summary>
public static class ReportMessage
{
    /// <summary>Of an answer's body.</summary>
    public const int MaxBody = DomainMemoryText.MaxBytes;

    /// <summary>Of a report in gzip: what is left beside the targets, of which there are <see cref="TlsRptRecord.MaxTargets"/> at a time.</summary>
    public const int MaxReport = MaxBody - (16 * 1024);

    private const int MaxTaken = 12;
    private const int MaxLine = 1100;

    /// <summary>Reports that are due: as many as fit.</summary>
    public static byte[] WriteDue(IReadOnlyList<ReportAbout> reports) => Encoding.ASCII.GetBytes(string.Join('\n', reports));

    /// <summary>What is none is left out.</summary>
    public static ImmutableArray<ReportAbout> ReadDue(ReadOnlySpan<byte> body) =>
        [.. Encoding.Latin1.GetString(body).Split('\n').Select(ReportAbout.Read).OfType<ReportAbout>()];

    public static byte[] Write(ReportAbout about) => Encoding.ASCII.GetBytes(about.ToString());

    public static ReportAbout? ReadAbout(ReadOnlySpan<byte> body) => body.Length <= MaxLine ? ReportAbout.Read(Encoding.Latin1.GetString(body)) : null;

    /// <summary>A line that says whether it is the last try, one for each target, an empty one, the report.</summary>
    public static byte[] Write(ClaimedReport claimed)
    {
        var head = new StringBuilder(claimed.IsLast ? "last\n" : "try\n");
        foreach (string target in claimed.Taken.Where(target => target.Length is > 0 and <= MaxLine && IsPrintable(target)).Take(MaxTaken))
            _ = head.Append(target).Append('\n');
        return [.. Encoding.ASCII.GetBytes(head.Append('\n').ToString()), .. claimed.Report];
    }

    /// <summary>Null for what is not of that form.</summary>
    public static ClaimedReport? ReadClaimed(ReadOnlySpan<byte> body)
    {
        int end = body.IndexOf("\n\n"u8);
        if (end < 0)
            return null;
        string[] lines = Encoding.Latin1.GetString(body[..end]).Split('\n');
        return lines[0] is "last" or "try" ? new ClaimedReport(lines[0] == "last", [.. lines[1..]], body[(end + 2)..].ToArray()) : null;
    }

    public static byte[] Write(SentMessage sent) =>
        Encoding.ASCII.GetBytes($"{sent.About}\n{(int)sent.End}\n{sent.Target}\n{(sent.Outcome.Length > MaxLine ? sent.Outcome[..MaxLine] : sent.Outcome)}");

    /// <summary>Null for what is not of that form.</summary>
    public static SentMessage? ReadSent(ReadOnlySpan<byte> body)
    {
        string[] lines = Encoding.Latin1.GetString(body).Split('\n');
        if (lines.Length != 4 || lines.Any(line => line.Length > MaxLine || !IsPrintable(line)) || ReportAbout.Read(lines[0]) is not { } about)
            return null;
        SendingEnd? end = lines[1] switch { "0" => SendingEnd.Failed, "1" => SendingEnd.Taken, "2" => SendingEnd.Over, _ => null };
        return end is { } known && lines[2].Length == 0 == (known == SendingEnd.Over) ? new SentMessage(about, known, lines[2], lines[3]) : null;
    }

    private static bool IsPrintable(string line) => line.All(letter => letter is >= ' ' and <= '~');
}
