using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Handshake;
using Postern.Interop.LibSsl.KeySchedule;
using Postern.Interop.LibSsl.Records;
using Xunit;

namespace Postern.Interop.Tests.Handshake;

/// <summary>
/// A client of TLS 1.3 that says what the test wants it to say. It verifies no certificate (OpenSSL's does, in other tests), but it
/// cannot come to the same keys as a server that does not keep to the protocol.
/// </summary>
internal sealed class ScriptedClient : IDisposable
{
    private readonly byte[] _scalar = new byte[X25519.Length];
    private readonly byte[] _share = new byte[X25519.Length];
    private readonly List<byte> _transcript = [];
    private TrafficKey? _handshakeKey;
    private TrafficKey? _ticketKey;
    private byte[] _masterSecrets = [];

    public ScriptedClient() => Assert.True(X25519.TryGenerate(_scalar, _share));

    public byte[] SessionId { get; init; } = new byte[32];

    public ushort[] Suites { get; init; } = [0x1301];

    public ushort[] Groups { get; init; } = [0x001d];

    public ushort[] Versions { get; init; } = [0x0304];

    public ushort[] Schemes { get; init; } = [0x0403, 0x0804];

    public byte[] Compressions { get; init; } = [0];

    public string[] Alpn { get; init; } = [];

    /// <summary>Extensions besides, before pre_shared_key.</summary>
    public (ushort Type, byte[] Content)[] Others { get; init; } = [];

    public ushort ShareGroup { get; init; } = 0x001d;

    /// <summary>Null: the real one.</summary>
    public byte[]? Share { get; init; }

    /// <summary>To be resumed.</summary>
    public byte[]? Ticket { get; init; }

    /// <summary>What goes with the ticket.</summary>
    public byte[] PreSharedKey { get; init; } = [];

    public bool BreaksBinder { get; init; }

    public bool ChoosesPskAlone { get; init; }

    /// <summary>No psk_key_exchange_modes.</summary>
    public bool OmitsModes { get; init; }

    public ushort Suite { get; private set; }

    public bool WasResumed { get; private set; }

    public string? ChosenAlpn { get; private set; }

    public bool SawCertificate { get; private set; }

    public RecordLayer? Records { get; private set; }

    private ScheduleHash Hash => RecordSuite.Of(Suite)!.Hash;

    private int Digest => Hmac.DigestLength(Hash);

    /// <summary>The ClientHello in its record.</summary>
    public byte[] Hello()
    {
        var writer = new HandshakeWriter(new byte[8192]);
        int message = writer.BeginMessage(1);
        writer.Number(0x0303);
        RandomNumber.Fill(writer.Take(32));
        writer.Byte((byte)SessionId.Length);
        writer.Bytes(SessionId);
        Numbers(ref writer, Suites, 2);
        writer.Byte((byte)Compressions.Length);
        writer.Bytes(Compressions);
        int extensions = writer.Begin(2);
        WriteExtensions(ref writer);
        int binders = 0;
        if (Ticket is not null)
            binders = WriteOffer(ref writer);
        writer.End(extensions, 2);
        writer.EndMessage(message);
        byte[] hello = writer.Written.ToArray();
        if (Ticket is not null)
            FillBinder(hello, binders);
        _transcript.AddRange(hello);
        return [22, 3, 1, (byte)(hello.Length >> 8), (byte)hello.Length, .. hello];
    }

    /// <summary>Reads all that the server says before our Finished, and checks its own.</summary>
    public void HearFlight(ReadOnlySpan<byte> flight)
    {
        byte[] serverHello = Next(ref flight, 22);
        ReadServerHello(serverHello);
        if (SessionId.Length > 0)
            Assert.Equal((byte[])[1], Next(ref flight, 20));
        byte[] share = serverHello.AsSpan(serverHello.AsSpan().IndexOf((ReadOnlySpan<byte>)[0, 0x33, 0, 0x24, 0, 0x1d, 0, 0x20]) + 8, 32).ToArray();
        byte[] agreed = new byte[32];
        Assert.True(X25519.TryAgree(_scalar, share, agreed));

        byte[] ofServer = new byte[Digest], ofClient = new byte[Digest];
        var secrets = new HandshakeSecrets(Hash, WasResumed ? PreSharedKey : []);
        secrets.Next(agreed);
        secrets.Derive("s hs traffic"u8, Heard(), ofServer);
        secrets.Derive("c hs traffic"u8, Heard(), ofClient);
        using TrafficKey opener = Begun(ofServer, seals: false);
        var messages = new List<byte>();
        byte[] inner = new byte[RecordLayer.MaxInner];
        while (!flight.IsEmpty)
        {
            int length = 5 + ((flight[3] << 8) | flight[4]);
            int opened = opener.Open(flight[..length], inner);
            Assert.True(opened > 0);
            Assert.Equal(22, inner[opened - 1]);
            messages.AddRange(inner.AsSpan(0, opened - 1));
            flight = flight[length..];
        }

        ReadMessages([.. messages], ofServer);
        _handshakeKey = Begun(ofClient, seals: true);
        Finished = new byte[Digest];
        HandshakeSecrets.Finish(Hash, ofClient, Heard(), Finished);
        secrets.Next([]);
        secrets.Derive("c ap traffic"u8, Heard(), ofClient);
        secrets.Derive("s ap traffic"u8, Heard(), ofServer);
        Records = new RecordLayer(Begun(ofServer, seals: false), Begun(ofClient, seals: true), facingServer: true);
        _ticketKey = Begun(ofServer, seals: false);
        _transcript.AddRange([20, 0, 0, (byte)Digest, .. Finished]);
        byte[] master = new byte[Digest];
        secrets.Derive("res master"u8, Heard(), master);
        _masterSecrets = master;
    }

    /// <summary>The right verify_data, to be said or to be spoilt.</summary>
    public byte[] Finished { get; private set; } = [];

    /// <summary>A record under the keys of the handshake.</summary>
    public byte[] Sealed(ContentType type, ReadOnlySpan<byte> content)
    {
        byte[] record = new byte[content.Length + TrafficKey.Overhead];
        return record[.._handshakeKey!.Seal(type, content, record)];
    }

    public byte[] FinishedRecord() => Sealed(ContentType.Handshake, [20, 0, 0, (byte)Digest, .. Finished]);

    /// <summary>The message in the record that stands behind the server's handshake.</summary>
    public byte[] OpenFirst(ReadOnlySpan<byte> record)
    {
        byte[] inner = new byte[RecordLayer.MaxInner];
        int opened = record.IsEmpty ? 1 : _ticketKey!.Open(record, inner);
        Assert.True(opened > 0);
        return inner[..(opened - 1)];
    }

    /// <summary>The ticket in a NewSessionTicket, and the key that goes with it.</summary>
    public (byte[] Ticket, byte[] Key) ReadTicket(ReadOnlySpan<byte> message)
    {
        Assert.Equal(4, message[0]);
        var reader = new HelloBytes(message[4..]);
        _ = reader.Take(8);
        byte[] nonce = reader.ShortVector().ToArray(), key = new byte[Digest];
        byte[] ticket = reader.Vector().ToArray();
        Assert.True(Hkdf.TryExpandLabel(Hash, _masterSecrets, "tls13 "u8, "resumption"u8, nonce, key));
        return (ticket, key);
    }

    public void Dispose()
    {
        _handshakeKey?.Dispose();
        _ticketKey?.Dispose();
        Records?.Dispose();
    }

    private static void Numbers(ref HandshakeWriter writer, ushort[] numbers, int lengthBytes)
    {
        int list = writer.Begin(lengthBytes);
        foreach (ushort number in numbers)
            writer.Number(number);
        writer.End(list, lengthBytes);
    }

    private void WriteExtensions(ref HandshakeWriter writer)
    {
        Extension(ref writer, 43, (ref HandshakeWriter inner) => Numbers(ref inner, Versions, 1));
        Extension(ref writer, 10, (ref HandshakeWriter inner) => Numbers(ref inner, Groups, 2));
        Extension(ref writer, 13, (ref HandshakeWriter inner) => Numbers(ref inner, Schemes, 2));
        Extension(ref writer, 51, (ref HandshakeWriter inner) =>
        {
            int list = inner.Begin(2);
            inner.Number(ShareGroup);
            int share = inner.Begin(2);
            inner.Bytes(Share ?? _share);
            inner.End(share, 2);
            inner.End(list, 2);
        });
        if (Alpn.Length > 0)
        {
            Extension(ref writer, 16, (ref HandshakeWriter inner) =>
            {
                int list = inner.Begin(2);
                foreach (string name in Alpn)
                {
                    inner.Byte((byte)name.Length);
                    inner.Bytes(System.Text.Encoding.ASCII.GetBytes(name));
                }

                inner.End(list, 2);
            });
        }

        if (!OmitsModes)
            Extension(ref writer, 45, (ref HandshakeWriter inner) => inner.Bytes([1, (byte)(ChoosesPskAlone ? 0 : 1)]));
        foreach ((ushort type, byte[] content) in Others)
            Extension(ref writer, type, (ref HandshakeWriter inner) => inner.Bytes(content));
    }

    private delegate void Content(ref HandshakeWriter writer);

    private static void Extension(ref HandshakeWriter writer, ushort type, Content content)
    {
        writer.Number(type);
        int begun = writer.Begin(2);
        content(ref writer);
        writer.End(begun, 2);
    }

    /// <summary>pre_shared_key with a binder of zeros. Where the list of binders begins.</summary>
    private int WriteOffer(ref HandshakeWriter writer)
    {
        writer.Number(41);
        int begun = writer.Begin(2);
        int identities = writer.Begin(2);
        writer.Number((ushort)Ticket!.Length);
        writer.Bytes(Ticket);
        writer.LongNumber(12345);
        writer.End(identities, 2);
        int at = writer.Length;
        int binders = writer.Begin(2);
        writer.Byte((byte)PreSharedKey.Length);
        _ = writer.Take(PreSharedKey.Length);
        writer.End(binders, 2);
        writer.End(begun, 2);
        return at;
    }

    private void FillBinder(byte[] hello, int binders)
    {
        ScheduleHash hash = PreSharedKey.Length == 32 ? ScheduleHash.Sha256 : ScheduleHash.Sha384;
        byte[] transcript = new byte[PreSharedKey.Length], secret = new byte[PreSharedKey.Length];
        Hkdf.Nothing(hash).CopyTo(transcript);
        var secrets = new HandshakeSecrets(hash, PreSharedKey);
        secrets.Derive("res binder"u8, transcript, secret);
        Hmac.Digest(hash, hello.AsSpan(0, binders), [], [], transcript);
        HandshakeSecrets.Finish(hash, secret, transcript, hello.AsSpan(binders + 3));
        if (BreaksBinder)
            hello[binders + 3] ^= 1;
    }

    private byte[] Heard()
    {
        byte[] digest = new byte[Digest];
        Hmac.Digest(Hash, [.. _transcript], [], [], digest);
        return digest;
    }

    private void ReadServerHello(byte[] message)
    {
        Assert.Equal(2, message[0]);
        var reader = new HelloBytes(message.AsSpan(4));
        Assert.Equal(0x0303, reader.Number());
        _ = reader.Take(32);
        Assert.Equal(SessionId, reader.ShortVector());
        Suite = reader.Number();
        Assert.Equal(0, reader.Byte());
        var extensions = new HelloBytes(reader.Vector());
        while (!extensions.IsEmpty)
        {
            ushort type = extensions.Number();
            WasResumed |= type == 41;
            _ = extensions.Vector();
        }

        Assert.False(extensions.IsShort);
        _transcript.AddRange(message);
    }

    private void ReadMessages(ReadOnlySpan<byte> messages, byte[] ofServer)
    {
        var types = new List<byte>();
        while (!messages.IsEmpty)
        {
            int length = 4 + ((messages[1] << 16) | (messages[2] << 8) | messages[3]);
            types.Add(messages[0]);
            if (messages[0] == 8)
                ReadEncryptedExtensions(new HelloBytes(messages[4..length]));
            if (messages[0] == 20)
            {
                byte[] expected = new byte[Digest];
                HandshakeSecrets.Finish(Hash, ofServer, Heard(), expected);
                Assert.Equal(expected, messages[4..length]);
            }

            _transcript.AddRange(messages[..length]);
            messages = messages[length..];
        }

        SawCertificate = types.Contains(11);
        Assert.Equal(WasResumed ? [8, 20] : [8, 11, 15, 20], types);
    }

    private void ReadEncryptedExtensions(HelloBytes reader)
    {
        var extensions = new HelloBytes(reader.Vector());
        while (!extensions.IsEmpty)
        {
            Assert.Equal(16, extensions.Number());
            ChosenAlpn = System.Text.Encoding.ASCII.GetString(extensions.Vector()[3..]);
        }
    }

    private byte[] Next(ref ReadOnlySpan<byte> flight, byte type)
    {
        Assert.Equal(type, flight[0]);
        int length = (flight[3] << 8) | flight[4];
        byte[] content = flight.Slice(5, length).ToArray();
        flight = flight[(5 + length)..];
        return content;
    }

    private TrafficKey Begun(byte[] secret, bool seals)
    {
        var key = new TrafficKey(Hash, secret);
        Assert.True(key.Begin(RecordSuite.Of(Suite)!, seals, 0));
        return key;
    }
}
