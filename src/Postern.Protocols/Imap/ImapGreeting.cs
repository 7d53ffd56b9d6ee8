using Postern.Protocols.Lines;

namespace Postern.Protocols.Imap;

/// <summary>Swallows a backend's greeting (RFC 9051 §7.1): OK goes on, BYE refuses, PREAUTH would log the stranger in.</summary>
internal sealed class ImapGreeting : BackNegotiator
{
    private const int MaxGreeting = 8192;

    private byte[] _bye = [];

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        LineResult line = LineReader.Read(input, MaxGreeting);
        if (line.Status == LineStatus.NeedInput)
            return Step.NeedInput;
        if (line.Status == LineStatus.TooLong)
            return Step.Refuse(0, Refusal.TooLong);
        if (line.Status != LineStatus.Line)
            return Step.Refuse(0, Refusal.BackendGarbage);

        ReadOnlySpan<byte> text = input[..(line.Length - 2)];
        if (ImapResponse.Begins(text, "* OK"u8))
            return Step.Relay(line.Length);
        if (ImapResponse.Begins(text, "* PREAUTH"u8))
            return Step.Refuse(line.Length, Refusal.BackendPreauth);
        if (!ImapResponse.Begins(text, "* BYE"u8))
            return Step.Refuse(line.Length, Refusal.BackendGarbage);

        _bye = text.Length > 6 ? text[6..].ToArray() : [];
        return Step.Refuse(line.Length, Refusal.BackendRefused);
    }

    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        if (_bye.Length == 0 || _bye.Length > MaxAnswer / 2 || _bye.AsSpan().ContainsAnyExcept(Printable))
            return false;

        output.Write("* BYE "u8);
        output.Write(_bye);
        output.Write("\r\n"u8);
        ReadOnlySpan<byte> tag = ImapTag.Of(command);
        if (!tag.IsEmpty)
        {
            output.Write(tag);
            output.Write(" NO [UNAVAILABLE] The mail server refuses connections\r\n"u8);
        }

        return !output.Overflowed;
    }
}
