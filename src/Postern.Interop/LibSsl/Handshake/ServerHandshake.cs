using System.Security.Cryptography;
using Postern.Interop.LibSsl.KeySchedule;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.LibSsl.Records;
using Postern.Interop.LibSsl.Tickets;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>How far a <see cref="ServerHandshake"/> is.</summary>
internal enum HandshakeStep
{
    /// <summary>More of the client is needed.</summary>
    NeedInput,

    /// <summary>Not a handshake of this kind. Nothing was taken from the wire and nothing said: OpenSSL has it from the beginning.</summary>
    Declined,
    Done,

    /// <summary><see cref="ServerHandshake.Failure"/> says why; an alert is on the wire where there is one to be said.</summary>
    Failed,
}

/// <summary>
/// The server's side of the handshake that nearly every client makes (RFC 8446 §2): TLS 1.3, X25519, one round trip, with a
/// certificate or with a ticket. Whatever is otherwise is declined at the ClientHello (docs/adr/0021-handshake.md).
/// </summary>
/// <param name="server">The gate's TLS.</param>
/// <param name="channel">Is told what the client asked for.</param>
internal sealed partial class ServerHandshake(TlsServer server, TlsChannel channel) : IDisposable
{
    private const int RecordHeader = TrafficKey.HeaderLength;

    /// <summary>§5.1, appendix D.4: a change_cipher_spec for old middleboxes' sake; a client sends one.</summary>
    private const int MaxChangeCipherSpecs = 1;

    private const byte Finished = 20;
    private const int MaxFinished = ClientHello.HeaderLength + Hmac.MaxDigest;

    private TrafficKey? _finishedKey;
    private TrafficKey? _read;
    private TrafficKey? _write;
    private SecretBlock? _secrets;
    private RecordSuite? _suite;
    private ServerCertificate? _certificate;
    private int _changeCipherSpecs;
    private int _finishedHeard;

    /// <summary>Why it failed, in our words.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>The agreed suite's name.</summary>
    public string Cipher => _suite!.Name;

    public bool Resumed { get; private set; }

    /// <summary>
    /// tls-server-end-point (RFC 5929 §4.1) of the certificate that the client has of us: shown now, or when it got its ticket.
    /// </summary>
    public byte[] EndPoint { get; private set; } = [];

    public bool HasExporter => _secrets is not null;

    /// <summary>Goes on as far as what is on the wire allows.</summary>
    public HandshakeStep Advance(TlsWire wire) => _suite is null ? Answer(wire) : HearFinished(wire);

    /// <summary>§7.5, with an empty context.</summary>
    public byte[] Export(ReadOnlySpan<byte> label, int length)
    {
        int digest = Hmac.DigestLength(_suite!.Hash);
        Span<byte> secret = stackalloc byte[digest];
        byte[] exported = new byte[length];
        _ = Hkdf.TryExpandLabel(_suite.Hash, Part(ExporterPlace), "tls13 "u8, label, Hkdf.Nothing(_suite.Hash), secret)
            && Hkdf.TryExpandLabel(_suite.Hash, secret, "tls13 "u8, "exporter"u8, Hkdf.Nothing(_suite.Hash), exported);
        CryptographicOperations.ZeroMemory(secret);
        return exported;
    }

    /// <summary>The keys of what is said from here on, which are the caller's now.</summary>
    public RecordLayer TakeRecords()
    {
        var records = new RecordLayer(_read!, _write!, facingServer: false);
        _read = _write = null;
        return records;
    }

    public void Dispose()
    {
        _finishedKey?.Dispose();
        _read?.Dispose();
        _write?.Dispose();
        _secrets?.Dispose();
        _secrets = null;
    }

    private HandshakeStep Answer(TlsWire wire)
    {
        // A record of the handshake with all of the ClientHello in it; whoever cuts it up is heard by OpenSSL.
        ReadOnlySpan<byte> unread = wire.Unread;
        if (unread.Length > 0 && unread[0] != (byte)ContentType.Handshake)
            return HandshakeStep.Declined;
        if (unread.Length < RecordHeader + ClientHello.HeaderLength)
            return HandshakeStep.NeedInput;

        int length = (unread[3] << 8) | unread[4];
        int message = (unread[6] << 16) | (unread[7] << 8) | unread[8];
        if (unread[1] != 3 || length > RecordLayer.MaxContent || message != length - ClientHello.HeaderLength)
            return HandshakeStep.Declined;
        if (unread.Length < RecordHeader + length)
            return HandshakeStep.NeedInput;

        if (!ClientHello.TryRead(unread.Slice(RecordHeader, length), out ClientHello hello) || RecordSuites.Choose(hello) is not { } suite)
            return HandshakeStep.Declined;
        return Answer(wire, hello, suite, RecordHeader + length);
    }

    private HandshakeStep Answer(TlsWire wire, ClientHello hello, RecordSuite suite, int taken)
    {
        ServerNameChoice choice = HelloCallback.Choose(server, channel, hello.ServerName);
        if (choice.CertificateSet < 0)
            return HandshakeStep.Declined;

        ReadOnlySpan<byte> alpn = default;
        if (!hello.Alpn.IsEmpty && AlpnCallback.Choose(server, hello.Alpn, out alpn) == AlpnAnswer.Refused)
            return HandshakeStep.Declined;

        // OpenSSL is not to find a certificate for a client that has none here: also a ticket's bearer may be asked for one later.
        ServerCertificate? certificate = server.CertificateFor(choice.CertificateSet, hello, out SignatureScheme scheme);
        if (certificate is null)
            return HandshakeStep.Declined;

        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        TicketKeys? held = server.Tickets(choice.Route);
        Span<byte> preShared = stackalloc byte[Hmac.DigestLength(suite.Hash)];
        int ticket = OfferedTickets.Find(hello, held, suite.Hash, server.Settings, now, preShared, out _born, out byte[] endPoint);
        if (ticket == OfferedTickets.Malformed)
            return HandshakeStep.Declined;
        if (ticket == OfferedTickets.Unbound)
        {
            CryptographicOperations.ZeroMemory(preShared);
            _ = CannotGoOn(wire, Alert.DecryptError, "a ticket whose key the client does not have");
            return HandshakeStep.Failed;
        }

        Span<byte> scalar = stackalloc byte[X25519.Length], share = stackalloc byte[X25519.Length], agreed = stackalloc byte[X25519.Length];
        bool agrees = X25519.TryGenerate(scalar, share) && X25519.TryAgree(scalar, hello.PublicKey, agreed);
        CryptographicOperations.ZeroMemory(scalar);
        if (!agrees)
            return HandshakeStep.Declined;

        _suite = suite;
        Resumed = ticket >= 0;
        _certificate = Resumed ? null : certificate;
        EndPoint = Resumed ? endPoint : certificate.EndPoint;
        bool ok = SayFlight(wire, hello, share, agreed, Resumed ? preShared : [], ticket, alpn, scheme, held?.ToSeal(now), now);
        CryptographicOperations.ZeroMemory(agreed);
        CryptographicOperations.ZeroMemory(preShared);
        if (!ok)
            return HandshakeStep.Failed;

        wire.Took(taken);
        if (!alpn.IsEmpty)
            channel.ChosenAlpn(alpn);
        return HearFinished(wire);
    }

    /// <summary>Behind our flight: the client's Finished, or an alert.</summary>
    private HandshakeStep HearFinished(TlsWire wire)
    {
        Span<byte> inner = wire.Scratch;
        while (true)
        {
            ReadOnlySpan<byte> unread = wire.Unread;
            if (unread.Length < RecordHeader)
                return HandshakeStep.NeedInput;

            // A Finished, padded as it may be, and an alert are short. Nothing else is expected.
            int length = (unread[3] << 8) | unread[4];
            if (length > RecordLayer.MaxBody)
                return Fail(wire, Alert.RecordOverflow, "a record that is too long");
            if (unread.Length < RecordHeader + length)
                return HandshakeStep.NeedInput;

            ReadOnlySpan<byte> record = unread[..(RecordHeader + length)];
            wire.Took(record.Length);
            switch (record[0])
            {
                // §5: "consisting of the single byte value 0x01 [...] MUST simply drop it".
                case 20 when record is [_, _, _, _, _, 1] && _changeCipherSpecs < MaxChangeCipherSpecs:
                    _changeCipherSpecs++;
                    continue;

                case (byte)ContentType.Alert when length == 2:
                    return Refused(record[6]);

                case (byte)ContentType.ApplicationData when length > TrafficKey.TagLength:
                    int opened = _finishedKey!.Open(record, inner);
                    HandshakeStep step = opened < 0 ? Fail(wire, Alert.BadRecordMac, "a record that was not sealed by the client") : Hear(wire, inner[..opened]);
                    if (step != HandshakeStep.NeedInput)
                        return step;
                    continue;

                default:
                    return Fail(wire, Alert.UnexpectedMessage, "something else in place of Finished");
            }
        }
    }

    private HandshakeStep Hear(TlsWire wire, ReadOnlySpan<byte> inner)
    {
        if (inner.Length > RecordLayer.MaxPadded)
            return Fail(wire, Alert.RecordOverflow, "a record that holds too much");
        bool whole = RecordLayer.TrySplit(inner, out ContentType type, out ReadOnlySpan<byte> content);
        if (type == ContentType.Alert && content.Length == 2)
            return Refused(content[1]);

        // §5.1: "Implementations MUST NOT send zero-length fragments of Handshake types".
        if (!whole || type != ContentType.Handshake || content.IsEmpty)
            return Fail(wire, Alert.UnexpectedMessage, "something else in place of Finished");

        // §5.1: a handshake message may be cut by records anywhere.
        int digest = Hmac.DigestLength(_suite!.Hash);
        Span<byte> message = _secrets!.Bytes.Slice(SecretsLength, ClientHello.HeaderLength + digest);
        int taken = Math.Min(content.Length, message.Length - _finishedHeard);
        content[..taken].CopyTo(message[_finishedHeard..]);
        _finishedHeard += taken;
        if (message[0] != Finished)
            return Fail(wire, Alert.UnexpectedMessage, "something else in place of Finished");
        if (_finishedHeard >= ClientHello.HeaderLength && (message[1] != 0 || message[2] != 0 || message[3] != digest))
            return Fail(wire, Alert.DecodeError, "a Finished that is not as long as one");
        if (taken < content.Length)
            return Fail(wire, Alert.UnexpectedMessage, "something behind Finished, under the same keys");
        return _finishedHeard < message.Length ? HandshakeStep.NeedInput : Check(wire, message[ClientHello.HeaderLength..]);
    }

    private HandshakeStep Check(TlsWire wire, ReadOnlySpan<byte> verifyData)
    {
        if (!CryptographicOperations.FixedTimeEquals(verifyData, Part(ExpectedPlace)))
            return Fail(wire, Alert.DecryptError, "a Finished that does not belong to this handshake");

        if (!_read!.Begin(_suite!, seals: false, 0))
            return Fail(wire, Alert.InternalError, "OpenSSL does not take the client's keys");
        SayTicket(wire);
        return HandshakeStep.Done;
    }

    /// <summary>The client does not want to go on: §6.2, nothing is answered.</summary>
    private HandshakeStep Refused(byte alert)
    {
        Failure = "the peer's alert: " + AlertNames.Of(alert);
        return HandshakeStep.Failed;
    }

    private HandshakeStep Fail(TlsWire wire, Alert alert, string reason)
    {
        Failure = reason;
        wire.Wrote(_write!.Seal(ContentType.Alert, [2, (byte)alert], wire.Room));
        return HandshakeStep.Failed;
    }
}
