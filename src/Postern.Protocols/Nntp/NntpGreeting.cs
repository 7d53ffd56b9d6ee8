using Postern.Protocols.Lines;

namespace Postern.Protocols.Nntp;

/// <summary>
/// Swallows a backend's greeting (RFC 3977 §5.1): 200 and 201 go on, 400 and 502 refuse. Whether posting is allowed is lost
/// with it: a client that comes by STARTTLS has had our greeting, and asks again behind TLS.
/// </summary>
internal sealed class NntpGreeting : BackNegotiator
{
    private byte[] _refusal = [];

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        NntpReply reply = NntpReply.Read(input);
        if (reply.Status == LineStatus.NeedInput)
            return Step.NeedInput;
        if (reply.Status == LineStatus.TooLong)
            return Step.Refuse(0, Refusal.TooLong);
        if (reply.Status != LineStatus.Line)
            return Step.Refuse(0, Refusal.BackendGarbage);

        switch (reply.Code)
        {
            case 200 or 201:
                return Step.Relay(reply.Length);

            // Not 400 and 502 alone: 480 and 503 in a greeting are no welcome either.
            case >= 400:
                _refusal = input[..reply.Length].ToArray();
                return Step.Refuse(reply.Length, Refusal.BackendRefused);

            default:
                return Step.Refuse(reply.Length, Refusal.BackendGarbage);
        }
    }

    /// <summary>As it was, when it is fit to be read: RFC 3977 §3.2.1 lets 400 and 502 answer any command. No other code does.</summary>
    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        bool answersAnything = _refusal.AsSpan().StartsWith("400"u8) || _refusal.AsSpan().StartsWith("502"u8);
        if (!answersAnything || _refusal.AsSpan().ContainsAnyExcept(Printable))
            return false;

        output.Write(_refusal);
        return !output.Overflowed;
    }
}
