using System.Text;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Sieve;

/// <summary>Swallows a backend's capabilities up to the OK, NO or BYE that ends them (RFC 5804 §1.7).</summary>
internal sealed class SieveGreeting : GreetingReader
{
    private const int MaxLine = 2048;
    private const int MaxLines = 64;

    private int _lines;
    private byte[] _refusal = [];

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        LineResult line = LineReader.Read(input, MaxLine);
        if (line.Status == LineStatus.NeedInput)
            return Step.NeedInput;
        if (line.Status == LineStatus.TooLong || ++_lines > MaxLines)
            return Step.Refuse(0, Refusal.TooLong);
        if (line.Status != LineStatus.Line)
            return Step.Refuse(0, Refusal.BackendGarbage);

        ReadOnlySpan<byte> text = input[..(line.Length - 2)];

        // A capability is a string; a literal in a greeting has never been seen, and is not worth a parser here.
        if (text.StartsWith("\""u8))
            return Step.Next(line.Length);
        if (Begins(text, "OK"u8))
            return Step.Relay(line.Length);
        if (!Begins(text, "NO"u8) && !Begins(text, "BYE"u8))
            return Step.Refuse(line.Length, Refusal.BackendGarbage);

        _refusal = input[..line.Length].ToArray();
        return Step.Refuse(line.Length, Refusal.BackendRefused);
    }

    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        if (_refusal.Length == 0 || _refusal.AsSpan().ContainsAnyExcept(Printable))
            return false;

        output.Write(_refusal);
        return !output.Overflowed;
    }

    private static bool Begins(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word) =>
        line.Length >= word.Length && Ascii.EqualsIgnoreCase(line[..word.Length], word)
        && (line.Length == word.Length || line[word.Length] == ' ');
}
