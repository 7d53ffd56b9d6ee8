using System.Runtime.InteropServices;

namespace Postern.Protocols.Lines;

public enum LineStatus
{
    /// <summary>No whole line yet.</summary>
    NeedInput,
    Line,

    /// <summary>LF without CR before it.</summary>
    BareLineFeed,

    /// <summary>CR without LF behind it.</summary>
    BareCarriageReturn,
    TooLong,
}

/// <summary>What stands at the front of the input.</summary>
/// <param name="Status">Whether there is a line.</param>
/// <param name="Length">Bytes of the line with its CRLF; 0 when there is none.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LineResult(LineStatus Status, int Length);

/// <summary>
/// The one place where lines are cut. A line ends in CRLF and in nothing else: parsers that disagree about that are what
/// command injection and SMTP smuggling live on (S2, S10), so whatever could be read in two ways is an error, at once.
/// </summary>
public static class LineReader
{
    /// <param name="input">Everything unread.</param>
    /// <param name="limit">The longest line, CRLF included.</param>
    public static LineResult Read(ReadOnlySpan<byte> input, int limit)
    {
        int end = input.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0)
            return new LineResult(input.Length >= limit ? LineStatus.TooLong : LineStatus.NeedInput, 0);
        if (end + 2 > limit)
            return new LineResult(LineStatus.TooLong, 0);
        if (input[end] == '\n')
            return new LineResult(LineStatus.BareLineFeed, 0);
        if (end + 1 == input.Length)
            return new LineResult(LineStatus.NeedInput, 0);
        return input[end + 1] == '\n'
            ? new LineResult(LineStatus.Line, end + 2)
            : new LineResult(LineStatus.BareCarriageReturn, 0);
    }

    /// <summary>The refusal that a line which is none deserves.</summary>
    public static Refusal Refusal(LineStatus status) => status switch
    {
        LineStatus.BareLineFeed => Protocols.Refusal.BareLineFeed,
        LineStatus.BareCarriageReturn => Protocols.Refusal.BareCarriageReturn,
        _ => Protocols.Refusal.TooLong,
    };
}
