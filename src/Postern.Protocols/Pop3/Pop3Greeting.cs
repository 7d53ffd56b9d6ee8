using Postern.Protocols.Lines;

namespace Postern.Protocols.Pop3;

/// <summary>
/// Swallows a backend's banner (RFC 1939 §4). A client that comes by STLS has had ours, without a timestamp: APOP is
/// not to be had on such a gate.
/// </summary>
internal sealed class Pop3Greeting : BackNegotiator
{
    private const int MaxBanner = 2048;

    private byte[] _refusal = [];

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        LineResult line = LineReader.Read(input, MaxBanner);
        if (line.Status == LineStatus.NeedInput)
            return Step.NeedInput;
        if (line.Status == LineStatus.TooLong)
            return Step.Refuse(0, Refusal.TooLong);
        if (line.Status != LineStatus.Line)
            return Step.Refuse(0, Refusal.BackendGarbage);

        ReadOnlySpan<byte> text = input[..(line.Length - 2)];
        if (Begins(text, "+OK"u8))
            return Step.Relay(line.Length);
        if (!Begins(text, "-ERR"u8))
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

    internal static bool Begins(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word) =>
        line.StartsWith(word) && (line.Length == word.Length || line[word.Length] == ' ');
}
