using System.Runtime.InteropServices;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Nntp;

/// <summary>
/// The first line of a response (RFC 3977 §3.2): three digits and a text. None of those that a dialogue before TLS can have
/// goes on behind it.
/// </summary>
/// <param name="Status">Whether there is a line.</param>
/// <param name="Code">100 to 599; 0 when the line is no response.</param>
/// <param name="Length">Bytes of the line with its CRLF.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NntpReply(LineStatus Status, int Code, int Length)
{
    /// <summary>RFC 3977 §3.1: 512 octets with the CRLF.</summary>
    private const int MaxLine = 512;

    public static NntpReply Read(ReadOnlySpan<byte> input)
    {
        LineResult line = LineReader.Read(input, MaxLine);
        return line.Status == LineStatus.Line
            ? new NntpReply(LineStatus.Line, CodeOf(input[..(line.Length - 2)]), line.Length)
            : new NntpReply(line.Status, 0, 0);
    }

    private static int CodeOf(ReadOnlySpan<byte> line)
    {
        if (line.Length < 3 || line[..3].ContainsAnyExceptInRange((byte)'0', (byte)'9') || (line.Length > 3 && line[3] != ' '))
            return 0;

        int code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        return code is >= 100 and < 600 ? code : 0;
    }
}
