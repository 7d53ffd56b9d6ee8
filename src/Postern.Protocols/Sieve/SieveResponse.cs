using System.Runtime.InteropServices;
using System.Text;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Sieve;

/// <summary>
/// A response of a server: a line, and where that ends in a literal, the literal and the line behind it (RFC 5804 §4). The
/// text of an OK may be one, and its bytes must not pass for the backend's next words.
/// </summary>
/// <param name="Status">Whether there is a whole response.</param>
/// <param name="Length">Bytes of all its lines and literals.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SieveResponse(LineStatus Status, int Length)
{
    private const int MaxLine = 2048;

    /// <summary>All lines and literals of one response.</summary>
    private const int MaxResponse = 8192;

    public static SieveResponse Read(ReadOnlySpan<byte> input)
    {
        int length = 0;
        while (true)
        {
            LineResult line = LineReader.Read(input[length..], MaxLine);
            if (line.Status != LineStatus.Line)
                return new SieveResponse(line.Status, 0);

            LiteralText literal = LiteralText.AtEndOf(input.Slice(length, line.Length - 2));
            length += line.Length;
            if (length > MaxResponse || literal.Length > MaxResponse - length)
                return new SieveResponse(LineStatus.TooLong, 0);
            if (!literal.Announced)
                return new SieveResponse(LineStatus.Line, length);

            length += literal.Length;
            if (length > input.Length)
                return new SieveResponse(LineStatus.NeedInput, 0);
        }
    }

    public static bool Begins(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word) =>
        line.Length >= word.Length && Ascii.EqualsIgnoreCase(line[..word.Length], word)
        && (line.Length == word.Length || line[word.Length] == ' ');
}
