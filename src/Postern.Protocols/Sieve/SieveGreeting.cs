using System.Text;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Sieve;

/// <summary>Swallows a backend's capabilities up to the OK, NO or BYE that ends them (RFC 5804 §1.7).</summary>
internal sealed class SieveGreeting : BackNegotiator
{
    private const int MaxLine = 2048;
    private const int MaxResponses = 64;

    /// <summary>All lines and literals of one response.</summary>
    private const int MaxResponse = 8192;

    private int _responses;
    private byte[] _refusal = [];

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        LineResult response = Read(input);
        if (response.Status == LineStatus.NeedInput)
            return Step.NeedInput;
        if (response.Status == LineStatus.TooLong || ++_responses > MaxResponses)
            return Step.Refuse(0, Refusal.TooLong);
        if (response.Status != LineStatus.Line)
            return Step.Refuse(0, Refusal.BackendGarbage);

        // A capability is a string, quoted or literal.
        ReadOnlySpan<byte> text = input[..(response.Length - 2)];
        if (text.StartsWith("\""u8) || text.StartsWith("{"u8))
            return Step.Next(response.Length);
        if (Begins(text, "OK"u8))
            return Step.Relay(response.Length);
        if (!Begins(text, "NO"u8) && !Begins(text, "BYE"u8))
            return Step.Refuse(response.Length, Refusal.BackendGarbage);

        _refusal = input[..response.Length].ToArray();
        return Step.Refuse(response.Length, Refusal.BackendRefused);
    }

    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        if (_refusal.Length is 0 or > MaxAnswer || _refusal.AsSpan().ContainsAnyExcept(Printable))
            return false;

        output.Write(_refusal);
        return !output.Overflowed;
    }

    /// <summary>
    /// A response is a line, and where that ends in a literal, the literal and the line behind it (RFC 5804 §4): the text of
    /// an OK may be one, and its bytes must not pass for the backend's next words.
    /// </summary>
    private static LineResult Read(ReadOnlySpan<byte> input)
    {
        int length = 0;
        while (true)
        {
            LineResult line = LineReader.Read(input[length..], MaxLine);
            if (line.Status != LineStatus.Line)
                return line;

            LiteralText literal = LiteralText.AtEndOf(input.Slice(length, line.Length - 2));
            length += line.Length;
            if (length > MaxResponse || literal.Length > MaxResponse - length)
                return new LineResult(LineStatus.TooLong, 0);
            if (!literal.Announced)
                return new LineResult(LineStatus.Line, length);

            length += literal.Length;
            if (length > input.Length)
                return new LineResult(LineStatus.NeedInput, 0);
        }
    }

    private static bool Begins(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word) =>
        line.Length >= word.Length && Ascii.EqualsIgnoreCase(line[..word.Length], word)
        && (line.Length == word.Length || line[word.Length] == ' ');
}
