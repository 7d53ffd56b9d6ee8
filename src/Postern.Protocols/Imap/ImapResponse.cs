using System.Runtime.InteropServices;
using System.Text;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Imap;

/// <summary>A response of a server: a line, and where it ends in a literal, the literal and the line behind it.</summary>
/// <param name="Status">Whether there is a whole response.</param>
/// <param name="Length">Bytes of all its lines and literals.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ImapResponse(LineStatus Status, int Length)
{
    /// <summary>All lines and literals of one response (C7, C14).</summary>
    public const int MaxResponse = 8192;

    public static ImapResponse Read(ReadOnlySpan<byte> input)
    {
        // Nothing beyond the bound is looked at: else the same words would be too long or not as the network cuts them.
        ReadOnlySpan<byte> allowed = input[..Math.Min(input.Length, MaxResponse)];
        int length = 0;
        while (true)
        {
            LineResult line = LineReader.Read(allowed[length..], MaxResponse - length);
            if (line.Status != LineStatus.Line)
                return new ImapResponse(line.Status, 0);

            ReadOnlySpan<byte> text = allowed.Slice(length, line.Length - 2);
            LiteralText literal = length == 0 && !IsData(text) ? default : LiteralText.AtEndOf(text);
            length += line.Length;
            if (!literal.Announced)
                return new ImapResponse(LineStatus.Line, length);

            // The bytes of a literal are nobody's word: a tagged OK in a mailbox's name starts nothing.
            if (literal.Length > MaxResponse - length)
                return new ImapResponse(LineStatus.TooLong, 0);
            length += literal.Length;
            if (length > allowed.Length)
                return new ImapResponse(LineStatus.NeedInput, 0);
        }
    }

    public static bool Begins(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word) =>
        line.Length >= word.Length && Ascii.EqualsIgnoreCase(line[..word.Length], word)
        && (line.Length == word.Length || line[word.Length] == ' ');

    /// <summary>RFC 9051 §7.1: what a status response says is text to its end, also where it spells a literal.</summary>
    private static bool IsData(ReadOnlySpan<byte> line) =>
        line.StartsWith("* "u8) && !Begins(line, "* OK"u8) && !Begins(line, "* NO"u8) && !Begins(line, "* BAD"u8)
        && !Begins(line, "* BYE"u8) && !Begins(line, "* PREAUTH"u8);
}
