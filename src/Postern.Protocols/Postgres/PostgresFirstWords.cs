using Postern.Protocols.Lines;

namespace Postern.Protocols.Postgres;

/// <summary>
/// A client of a plain gate: libpq's default (sslmode=prefer) asks for TLS all the same, and gssencmode for GSSAPI. Both are
/// answered N here, once each: asked inside the TLS that the gate has with the server, they would end the connection. What comes
/// then is the server's.
/// </summary>
internal sealed class PostgresFirstWords : FrontNegotiator
{
    private bool _askedForTls;
    private bool _askedForGss;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (input.IsEmpty)
            return Step.NeedInput;
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

        bool tls = packet.IsRequest(StartupPacket.SslRequest) && !_askedForTls;
        bool gss = packet.IsRequest(StartupPacket.GssEncRequest) && !_askedForGss;
        if (tls || gss)
        {
            _askedForTls |= tls;
            _askedForGss |= gss;
            output.Write((byte)'N');
            return Step.Next(packet.Length);
        }

        return Step.Relay(0);
    }
}
