using System.Text;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Sieve;

/// <summary>Swallows a backend's capabilities up to the OK, NO or BYE that ends them (RFC 5804 §1.7).</summary>
internal sealed class SieveGreeting : BackNegotiator
{
    private const int MaxResponses = 64;

    private int _responses;
    private byte[] _refusal = [];

    /// <summary>"STARTTLS" was among the capabilities.</summary>
    public bool OffersStartTls { get; private set; }

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        SieveResponse response = SieveResponse.Read(input);
        if (response.Status == LineStatus.NeedInput)
            return Step.NeedInput;
        if (response.Status == LineStatus.TooLong || ++_responses > MaxResponses)
            return Step.Refuse(0, Refusal.TooLong);
        if (response.Status != LineStatus.Line)
            return Step.Refuse(0, Refusal.BackendGarbage);

        // A capability is a string, quoted or literal.
        ReadOnlySpan<byte> text = input[..(response.Length - 2)];
        if (text.StartsWith("\""u8) || text.StartsWith("{"u8))
        {
            OffersStartTls |= IsStartTls(text);
            return Step.Next(response.Length);
        }

        if (SieveResponse.Begins(text, "OK"u8))
            return Step.Relay(response.Length);
        if (!SieveResponse.Begins(text, "NO"u8) && !SieveResponse.Begins(text, "BYE"u8))
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

    /// <summary>RFC 5804 §1.7: a capability of its name alone.</summary>
    private static bool IsStartTls(ReadOnlySpan<byte> capability) =>
        Ascii.EqualsIgnoreCase(capability, "\"STARTTLS\""u8) || Ascii.EqualsIgnoreCase(capability, "{8}\r\nSTARTTLS"u8);
}
