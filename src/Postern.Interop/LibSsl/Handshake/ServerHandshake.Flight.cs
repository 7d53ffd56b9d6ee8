using System.Security.Cryptography;
using Postern.Interop.LibSsl.KeySchedule;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.LibSsl.Records;
using Postern.Interop.LibSsl.Tickets;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>All that a server says before the client's Finished, and the ticket behind it.</summary>
internal sealed partial class ServerHandshake
{
    private const byte ServerHello = 2;
    private const byte NewSessionTicket = 4;
    private const byte EncryptedExtensions = 8;
    private const byte CertificateVerify = 15;

    private const ushort Tls12 = 0x0303;
    private const ushort Tls13 = 0x0304;
    private const ushort GroupX25519 = 0x001d;

    // What is kept between our flight and the client's Finished; the exporter's secret for longer.
    private const int ExpectedPlace = 0;
    private const int ExporterPlace = 1;
    private const int ResumptionPlace = 2;
    private const int Places = 3;
    private const int SecretsLength = Places * Hmac.MaxDigest;

    private TicketKeySet? _ticketKeys;
    private long _born;
    private long _now;

    /// <summary>§4.4.3: 64 spaces, the context, a zero; the transcript's hash behind it.</summary>
    private static ReadOnlySpan<byte> SignedBefore => "                                                                TLS 1.3, server CertificateVerify\0"u8;

    private Span<byte> Part(int place) => _secrets!.Bytes.Slice(place * Hmac.MaxDigest, Hmac.DigestLength(_suite!.Hash));

    /// <summary>False when there is no signature, or no key; the alert is then on the wire, and nothing else.</summary>
    private bool SayFlight(
        TlsWire wire, ClientHello hello, ReadOnlySpan<byte> share, ReadOnlySpan<byte> agreed, ReadOnlySpan<byte> preShared, int ticket,
        ReadOnlySpan<byte> alpn, SignatureScheme scheme, TicketKeySet? ticketKeys, long now)
    {
        RecordSuite suite = _suite!;
        _secrets = new SecretBlock(SecretsLength + MaxFinished);
        _ticketKeys = ticketKeys;
        _now = now;
        int digest = Hmac.DigestLength(suite.Hash);
        Span<byte> hash = stackalloc byte[digest], ofClient = stackalloc byte[digest], ofServer = stackalloc byte[digest];
        var secrets = new HandshakeSecrets(suite.Hash, preShared);
        var transcript = new Transcript(suite.Hash);
        var writer = new HandshakeWriter(wire.Scratch);

        WriteServerHello(ref writer, hello, share, ticket);
        int helloLength = writer.Length;
        transcript.Add(hello.Message);
        transcript.Add(writer.Written);
        transcript.Current(hash);

        secrets.Next(agreed);
        secrets.Derive("c hs traffic"u8, hash, ofClient);
        secrets.Derive("s hs traffic"u8, hash, ofServer);
        WriteExtensions(ref writer, alpn);
        transcript.Add(writer.Written[helloLength..]);
        if (_certificate is not null && !WriteProof(ref writer, ref transcript, scheme))
        {
            secrets.Dispose();
            return CannotGoOn(wire, Alert.InternalError, "nobody signs: the key agent does not answer, or the key does not fit");
        }

        transcript.Current(hash);
        WriteFinished(ref writer, ref transcript, ofServer, hash);

        secrets.Next([]);
        transcript.Current(hash);
        using var flight = new TrafficKey(suite.Hash, ofServer);
        _finishedKey = new TrafficKey(suite.Hash, ofClient);
        HandshakeSecrets.Finish(suite.Hash, ofClient, hash, Part(ExpectedPlace));
        secrets.Derive("c ap traffic"u8, hash, ofClient);
        secrets.Derive("s ap traffic"u8, hash, ofServer);
        secrets.Derive("exp master"u8, hash, Part(ExporterPlace));
        _read = new TrafficKey(suite.Hash, ofClient);
        _write = new TrafficKey(suite.Hash, ofServer);
        PrepareTicket(ref secrets, ref transcript);
        secrets.Dispose();
        bool ok = flight.Begin(suite, seals: true, 0) && _finishedKey.Begin(suite, seals: false, 0) && _write.Begin(suite, seals: true, 0);
        CryptographicOperations.ZeroMemory(ofClient);
        CryptographicOperations.ZeroMemory(ofServer);
        if (!ok)
            return CannotGoOn(wire, Alert.InternalError, "OpenSSL does not take the keys of the handshake");

        SayPlain(wire, ContentType.Handshake, writer.Written[..helloLength]);

        // Appendix D.4: for a client that plays a resumption of TLS 1.2.
        if (!hello.SessionId.IsEmpty)
            SayPlain(wire, (ContentType)20, [1]);
        for (ReadOnlySpan<byte> rest = writer.Written[helloLength..]; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, RecordLayer.MaxContent)..])
            wire.Wrote(flight.Seal(ContentType.Handshake, rest[..Math.Min(rest.Length, RecordLayer.MaxContent)], wire.Room));
        return true;
    }

    private void WriteServerHello(ref HandshakeWriter writer, ClientHello hello, ReadOnlySpan<byte> share, int ticket)
    {
        int message = writer.BeginMessage(ServerHello);
        writer.Number(Tls12);
        RandomNumber.Fill(writer.Take(32));
        int sessionId = writer.Begin(1);
        writer.Bytes(hello.SessionId);
        writer.End(sessionId, 1);
        writer.Number((ushort)_suite!.Number);
        writer.Byte(0);

        int extensions = writer.Begin(2);
        writer.Number((ushort)ExtensionType.SupportedVersions);
        writer.Number(2);
        writer.Number(Tls13);
        writer.Number((ushort)ExtensionType.KeyShare);
        writer.Number((ushort)(4 + share.Length));
        writer.Number(GroupX25519);
        writer.Number((ushort)share.Length);
        writer.Bytes(share);
        if (ticket >= 0)
        {
            writer.Number((ushort)ExtensionType.PreSharedKey);
            writer.Number(2);
            writer.Number((ushort)ticket);
        }

        writer.End(extensions, 2);
        writer.EndMessage(message);
    }

    private static void WriteExtensions(ref HandshakeWriter writer, ReadOnlySpan<byte> alpn)
    {
        int message = writer.BeginMessage(EncryptedExtensions);
        int extensions = writer.Begin(2);
        if (!alpn.IsEmpty)
        {
            writer.Number((ushort)ExtensionType.Alpn);
            writer.Number((ushort)(alpn.Length + 3));
            writer.Number((ushort)(alpn.Length + 1));
            writer.Byte((byte)alpn.Length);
            writer.Bytes(alpn);
        }

        writer.End(extensions, 2);
        writer.EndMessage(message);
    }

    /// <summary>Certificate and CertificateVerify. False when nobody signs.</summary>
    private bool WriteProof(ref HandshakeWriter writer, ref Transcript transcript, SignatureScheme scheme)
    {
        transcript.Add(_certificate!.Message);
        int digest = Hmac.DigestLength(_suite!.Hash);
        Span<byte> signed = stackalloc byte[SignedBefore.Length + digest];
        SignedBefore.CopyTo(signed);
        transcript.Current(signed[SignedBefore.Length..]);

        Span<byte> signature = stackalloc byte[SigningKey.MaxSignature];
        int length = _certificate.Key.Sign(scheme, signed, signature);
        if (length <= 0)
            return false;

        writer.Bytes(_certificate.Message);
        int begun = writer.Length;
        int message = writer.BeginMessage(CertificateVerify);
        writer.Number((ushort)scheme);
        int vector = writer.Begin(2);
        writer.Bytes(signature[..length]);
        writer.End(vector, 2);
        writer.EndMessage(message);
        transcript.Add(writer.Written[begun..]);
        return true;
    }

    private void WriteFinished(ref HandshakeWriter writer, ref Transcript transcript, scoped ReadOnlySpan<byte> secret, scoped ReadOnlySpan<byte> hash)
    {
        int begun = writer.Length;
        int message = writer.BeginMessage(Finished);
        HandshakeSecrets.Finish(_suite!.Hash, secret, hash, writer.Take(hash.Length));
        writer.EndMessage(message);
        transcript.Add(writer.Written[begun..]);
    }

    /// <summary>
    /// §7.1: what a ticket is good for hangs on the client's Finished, which can be but one, and is known by now.
    /// </summary>
    private void PrepareTicket(ref HandshakeSecrets secrets, ref Transcript transcript)
    {
        if (_ticketKeys is null)
            return;

        int digest = Hmac.DigestLength(_suite!.Hash);
        Span<byte> hash = stackalloc byte[digest], master = stackalloc byte[digest];
        transcript.Add([Finished, 0, 0, (byte)digest]);
        transcript.Add(Part(ExpectedPlace));
        transcript.Current(hash);
        secrets.Derive("res master"u8, hash, master);

        // §4.6.1: one ticket a connection, hence one nonce.
        _ = Hkdf.TryExpandLabel(_suite.Hash, master, "tls13 "u8, "resumption"u8, [0], Part(ResumptionPlace));
        CryptographicOperations.ZeroMemory(master);
    }

    private void SayTicket(TlsWire wire)
    {
        if (_ticketKeys is null)
            return;

        Span<byte> ticket = stackalloc byte[SessionTicket.MaxLength];
        int length = SessionTicket.Seal(_ticketKeys, (ushort)_suite!.Number, server.Settings.SessionPolicy, Part(ResumptionPlace), EndPoint, _born, _now, ticket);
        if (length == 0)
            return;

        var writer = new HandshakeWriter(stackalloc byte[SessionTicket.MaxLength + 32]);
        int message = writer.BeginMessage(NewSessionTicket);
        writer.LongNumber((uint)server.Settings.TicketLifetime);
        RandomNumber.Fill(writer.Take(4));
        writer.Byte(1);
        writer.Byte(0);
        writer.Number((ushort)length);
        writer.Bytes(ticket[..length]);
        writer.Number(0);
        writer.EndMessage(message);
        wire.Wrote(_write!.Seal(ContentType.Handshake, writer.Written, wire.Room));
    }

    /// <summary>Before a word of ours: in the clear.</summary>
    private bool CannotGoOn(TlsWire wire, Alert alert, string reason)
    {
        Failure = reason;
        SayPlain(wire, ContentType.Alert, [2, (byte)alert]);
        return false;
    }

    private static void SayPlain(TlsWire wire, ContentType type, ReadOnlySpan<byte> content)
    {
        var writer = new HandshakeWriter(wire.Room);
        writer.Byte((byte)type);
        writer.Number(Tls12);
        writer.Number((ushort)content.Length);
        writer.Bytes(content);
        wire.Wrote(writer.Length);
    }
}
