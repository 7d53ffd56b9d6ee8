using Postern.Protocols.Lines;

namespace Postern.Protocols.Postgres;

/// <summary>
/// The server's side before TLS: SSLRequest is answered S, GSSENCRequest N, and who begins with TLS is inside it at once. Nothing
/// else is listened to: the user's name in a StartupMessage is read by nobody (S5).
/// </summary>
internal sealed class PostgresFront : FrontNegotiator
{
    /// <summary>The first byte of a TLS record with a ClientHello; a length of PostgreSQL's begins with 0.</summary>
    internal const byte TlsHandshake = 0x16;

    private bool _asked;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (input.IsEmpty)
            return Step.NeedInput;

        // PostgreSQL 17 "direct": only in place of all else, so not after we have said N.
        if (input[0] == TlsHandshake && !_asked)
            return Step.DirectTls;
        switch (HttpRequest.Check(input))
        {
            case HttpMatch.Yes:
                return Step.Refuse(0, Refusal.HttpRequest);

            // No message of this protocol begins with a letter either: it waits to be called by its name.
            case HttpMatch.NotYetKnown:
                return Step.NeedInput;
        }

        StartupPacket packet = StartupPacket.Read(input);
        switch (packet.Status)
        {
            case StartupStatus.NeedInput:
                return Step.NeedInput;

            case StartupStatus.Garbage:
                ErrorResponse.Write(ErrorResponse.ProtocolViolation, "invalid length of startup packet"u8, ref output);
                return Step.Refuse(0, Refusal.ClientGarbage);
        }

        if (packet.IsRequest(StartupPacket.SslRequest))
        {
            // CVE-2021-23214: what stands behind was sent in the clear; the driver sees to it.
            output.Write((byte)'S');
            return Step.StartTls(packet.Length);
        }

        if (packet.IsRequest(StartupPacket.GssEncRequest) && !_asked)
        {
            _asked = true;
            output.Write((byte)'N');
            return Step.Next(packet.Length);
        }

        // Nobody's key reaches a server in the clear, and a CancelRequest has no answer.
        if (packet.Code == StartupPacket.CancelRequest)
            return Step.Refuse(packet.Length, Refusal.TlsRequired);

        if (packet.IsStartup)
        {
            ErrorResponse.Write(ErrorResponse.InvalidAuthorization, "TLS is required: connect with sslmode=require or stricter"u8, ref output);
            return Step.Refuse(packet.Length, Refusal.TlsRequired);
        }

        ErrorResponse.Write(ErrorResponse.ProtocolViolation, "unsupported startup packet"u8, ref output);
        return Step.Refuse(packet.Length, Refusal.ClientGarbage);
    }
}
