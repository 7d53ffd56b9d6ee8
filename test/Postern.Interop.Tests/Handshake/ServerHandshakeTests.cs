using System.Text;
using CsCheck;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Handshake;
using Postern.Interop.LibSsl.Records;
using Postern.Interop.LibSsl.Tickets;
using Xunit;

namespace Postern.Interop.Tests.Handshake;

/// <summary>The usual handshake, with OpenSSL's client and with one that says what it should not.</summary>
public sealed class ServerHandshakeTests : IDisposable
{
    private readonly TlsWire _wire = new();
    private readonly byte[] _plain = new byte[TlsChannel.MinRoom];

    public void Dispose() => _wire.Dispose();

    /// <summary>OpenSSL verifies what we sign and what we finish, and that both have the same keys.</summary>
    [Theory]
    [InlineData("P-256"), InlineData("P-384"), InlineData("RSA"), InlineData("RSA+P-256")]
    public void OpenSSL_is_content_with_it(string kinds)
    {
        var rig = new HandshakeRig(kinds, alpn: ["imap"]);
        using var channel = new TlsChannel(rig.Server, _wire);
        using var clientWire = new TlsWire();
        TlsClient client = Client(kinds, ["pop3", "imap"]);
        using var other = new TlsChannel(client, "localhost", clientWire);
        (TlsStatus status, byte[] hello) = HandshakeRig.Step(other, clientWire, []);
        Assert.Equal(TlsStatus.WantRead, status);
        (status, byte[] flight) = HandshakeRig.Step(channel, _wire, hello);
        Assert.Equal(TlsStatus.WantRead, status);
        (status, byte[] finished) = HandshakeRig.Step(other, clientWire, flight);
        Assert.Equal((TlsStatus.Ok, ""), (status, other.VerifyFailure));
        (status, byte[] ticket) = HandshakeRig.Step(channel, _wire, finished);
        Assert.Equal(TlsStatus.Ok, status);
        Assert.NotEmpty(ticket);
        Assert.True(channel.HasTicketsOnly);
        Assert.Equal(("TLSv1.3", other.Cipher, "imap", "localhost", false), (channel.Version, channel.Cipher, channel.Alpn, channel.ServerName, channel.Resumed));

        // RFC 9266: the same on both sides, or a client's SCRAM would fail. RFC 5929: of our certificate.
        Assert.Equal(other.ExportedBinding().ToArray(), channel.ExportedBinding().ToArray());
        Assert.Equal(32, channel.ServerEndPoint().Length);

        Assert.Equal(TlsStatus.Ok, channel.Write("220 hello\r\n"u8));
        byte[] said = [.. ticket, .. _wire.Outgoing[ticket.Length..]];
        clientWire.Clear();
        said.CopyTo(clientWire.Space);
        clientWire.Received(said.Length);
        Assert.Equal(TlsStatus.Ok, other.Read(_plain, out int count));
        Assert.Equal("220 hello\r\n", Encoding.ASCII.GetString(_plain, 0, count));
    }

    [Theory]
    [InlineData(0x1301), InlineData(0x1302), InlineData(0x1303)]
    public void Every_suite_with_a_ticket_and_without(int suite)
    {
        var rig = new HandshakeRig();
        (byte[] ticket, byte[] key) = FullHandshake(rig, (ushort)suite);
        using var client = new ScriptedClient { Suites = [(ushort)suite], Ticket = ticket, PreSharedKey = key };
        using TlsChannel channel = Through(rig, client);
        Assert.True(client.WasResumed && channel.Resumed);
        Assert.False(client.SawCertificate);
        Assert.Equal(32, channel.ServerEndPoint().Length);
        Assert.Equal(32, channel.ExportedBinding().Length);
    }

    [Fact]
    public void A_handshake_goes_on_wherever_the_wire_is_cut() => Gen.Int[1, 300].Sample(cut =>
    {
        var rig = new HandshakeRig();
        using var wire = new TlsWire();
        using var channel = new TlsChannel(rig.Server, wire);
        using var client = new ScriptedClient();
        client.HearFlight(InPieces(channel, wire, client.Hello(), cut, TlsStatus.WantRead));
        byte[] said = [20, 3, 3, 0, 1, 1, .. client.FinishedRecord()];
        _ = InPieces(channel, wire, said, cut, TlsStatus.Ok);
        return channel.HandshakeDone;
    }, iter: 100);

    [Fact]
    public void The_protocol_is_ours_that_the_client_offers()
    {
        using var client = new ScriptedClient { Alpn = ["pop3", "imap"] };
        using TlsChannel channel = Through(new HandshakeRig(alpn: ["smtp", "imap"]), client);
        Assert.Equal(("imap", "imap"), (client.ChosenAlpn, channel.Alpn));
        using var silent = new ScriptedClient();
        using TlsChannel none = Through(new HandshakeRig(alpn: ["smtp", "imap"]), silent);
        Assert.Null(none.Alpn);
    }

    [Fact]
    public void Words_behind_Finished_in_the_same_segment_are_read()
    {
        var rig = new HandshakeRig();
        using var channel = new TlsChannel(rig.Server, _wire);
        using var client = new ScriptedClient { SessionId = [] };
        client.HearFlight(HandshakeRig.Step(channel, _wire, client.Hello()).Said);
        using var words = new TlsWire();
        Assert.Equal(TlsStatus.Ok, client.Records!.Write(words, "EHLO there\r\n"u8));
        Assert.Equal(TlsStatus.Ok, HandshakeRig.Step(channel, _wire, [.. client.FinishedRecord(), .. words.Outgoing]).Status);
        channel.ForgetHandshake();
        Assert.Equal(TlsStatus.Ok, channel.Read(_plain, out int count));
        Assert.Equal("EHLO there\r\n", Encoding.ASCII.GetString(_plain, 0, count));
        Assert.Empty(channel.ExportedBinding().ToArray());
        Assert.Equal("TLS_AES_128_GCM_SHA256", channel.Cipher);
    }

    /// <summary>Whatever is not usual is OpenSSL's: it answers in its own way, or refuses.</summary>
    [Fact]
    public void What_is_not_usual_is_OpenSSLs()
    {
        (string What, ScriptedClient Client, byte Answer)[] unusual =
        [
            ("only TLS 1.2", new ScriptedClient { Versions = [0x0303], Suites = [0xc02b], Groups = [0x001d, 0x0017] }, 22),
            ("another group only: a HelloRetryRequest", new ScriptedClient { Groups = [0x0a0a, 0x0017], ShareGroup = 0x0a0a, Share = [0] }, 22),
            ("a share that is too short", new ScriptedClient { Share = new byte[31] }, 21),
            ("a share that makes the secret zero", new ScriptedClient { Share = new byte[32] }, 21),
            ("a ticket without a word on how", new ScriptedClient { Ticket = new byte[100], PreSharedKey = new byte[32], OmitsModes = true }, 21),
            ("a name that is longer than its list", new ScriptedClient { Others = [(0, [0, 6, 0, 0, 9, .. "abc"u8])] }, 21),
            ("a name with a NUL", new ScriptedClient { Others = [(0, [0, 6, 0, 0, 3, 97, 0, 98])] }, 21),
            ("a suite of neither", new ScriptedClient { Suites = [0x1304] }, 21),
            ("a compression", new ScriptedClient { Compressions = [1, 0] }, 21),
            ("no scheme of our key's", new ScriptedClient { Schemes = [0x0807] }, 21),
            ("a name that nobody has", new ScriptedClient { Others = [(0, [0, 9, 0, 0, 6, .. "nobody"u8])] }, 21),
            ("the same extension twice", new ScriptedClient { Others = [(13, [0, 2, 4, 3])] }, 21),
            ("a smaller record", new ScriptedClient { Others = [(1, [1])] }, 22),
            ("early data", new ScriptedClient { Ticket = new byte[100], PreSharedKey = new byte[32], Others = [(42, [])] }, 22),
            ("no ALPN of ours", new ScriptedClient { Alpn = ["http/1.1"] }, 21),
        ];
        foreach ((string what, ScriptedClient client, byte answer) in unusual)
        {
            var rig = new HandshakeRig(alpn: ["imap"]);
            using var wire = new TlsWire();
            using var channel = new TlsChannel(rig.Server, wire);
            (TlsStatus status, byte[] said) = HandshakeRig.Step(channel, wire, client.Hello());
            Assert.True(said.Length > 0 && said[0] == answer, what);
            Assert.True(status == (answer == 22 ? TlsStatus.WantRead : TlsStatus.Failed), what);
            Assert.True(OpenSslHas(channel), what);
            client.Dispose();
        }
    }

    [Fact]
    public void Bytes_that_are_no_ClientHello_are_OpenSSLs() => Gen.Byte.Array[1, 300].Sample(bytes =>
    {
        using var wire = new TlsWire();
        using var channel = new TlsChannel(new HandshakeRig().Server, wire);
        TlsStatus status = HandshakeRig.Step(channel, wire, bytes).Status;
        return status is TlsStatus.Failed or TlsStatus.WantRead;
    }, iter: 200);

    /// <summary>Bytes changed, taken out and put in, anywhere: read to the end or declined, with no exception and no byte beyond.</summary>
    [Fact]
    public void A_ClientHello_that_was_mangled_is_borne() => Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5000], Gen.Byte).List[1, 12].Sample(edits =>
    {
        using var client = new ScriptedClient { Alpn = ["imap", "pop3"], Ticket = new byte[110], PreSharedKey = new byte[32], Others = [(0, [0, 6, 0, 0, 3, .. "abc"u8])] };
        List<byte> hello = [.. client.Hello()[5..]];
        foreach ((int kind, int place, byte value) in edits)
        {
            int at = place % hello.Count;
            if (kind == 0)
                hello[at] = value;
            else if (kind == 1)
                hello.Insert(at, value);
            else if (hello.Count > 1)
                hello.RemoveAt(at);
        }

        // The outer lengths are right, so that the inner ones are looked at.
        if (hello.Count > 4)
            (hello[0], hello[1], hello[2], hello[3]) = (1, 0, (byte)((hello.Count - 4) >> 8), (byte)(hello.Count - 4));
        _ = ClientHello.TryRead([.. hello], out _);
        using var wire = new TlsWire();
        using var channel = new TlsChannel(new HandshakeRig().Server, wire);
        TlsStatus status = HandshakeRig.Step(channel, wire, [22, 3, 1, (byte)(hello.Count >> 8), (byte)hello.Count, .. hello]).Status;
        return status is TlsStatus.WantRead or TlsStatus.Failed;
    }, iter: 2000);

    [Fact]
    public void A_ClientHello_that_was_changed_on_the_way_ends_in_no_common_keys() => Gen.Select(Gen.Int[0, 400], Gen.Int[0, 7]).Sample((at, bit) =>
    {
        var rig = new HandshakeRig();
        using var wire = new TlsWire();
        using var channel = new TlsChannel(rig.Server, wire);
        using var client = new ScriptedClient();
        byte[] hello = client.Hello();
        hello[5 + (at % (hello.Length - 5))] ^= (byte)(1 << bit);
        (TlsStatus status, byte[] said) = HandshakeRig.Step(channel, wire, hello);
        if (status != TlsStatus.WantRead || said.Length < 200 || OpenSslHas(channel))
            return true;

        // The client's transcript is another one: it cannot even open what follows.
        return Record.Exception(() => client.HearFlight(said)) is not null;
    }, iter: 200);

    [Fact]
    public void A_Finished_of_another_handshake_is_refused()
    {
        Assert.Equal("decrypt_error", Refused(client =>
        {
            byte[] wrong = [.. client.Finished];
            wrong[^1] ^= 1;
            return client.Sealed(ContentType.Handshake, [20, 0, 0, 32, .. wrong]);
        }));
    }

    [Fact]
    public void Nothing_but_Finished_stands_in_its_place()
    {
        Assert.Equal("unexpected_message", Refused(client => client.Sealed(ContentType.ApplicationData, "GET / HTTP/1.1"u8)));
        Assert.Equal("unexpected_message", Refused(client => client.Sealed(ContentType.Handshake, [20, 0, 0, 32, .. client.Finished, 24, 0, 0, 1, 0])));
        Assert.Equal("unexpected_message", Refused(client => client.Sealed(ContentType.Handshake, [24, 0, 0, 1, 0])));
        Assert.Equal("unexpected_message", Refused(client => client.Sealed(0, new byte[40])));
        Assert.Equal("unexpected_message", Refused(_ => [22, 3, 3, 0, 4, 1, 0, 0, 0]));
        Assert.Equal("unexpected_message", Refused(_ => [20, 3, 3, 0, 1, 2]));
        Assert.Equal("unexpected_message", Refused(_ => [20, 3, 3, 0, 1, 1, 20, 3, 3, 0, 1, 1]));
        Assert.Equal("record_overflow", Refused(_ => [23, 3, 3, 0xff, 0xff]));
        Assert.Equal("bad_record_mac", Refused(client =>
        {
            byte[] record = client.FinishedRecord();
            record[8] ^= 4;
            return record;
        }));
    }

    [Fact]
    public void An_alert_in_place_of_Finished_is_told_and_not_answered()
    {
        foreach (bool isSealed in (bool[])[true, false])
        {
            var rig = new HandshakeRig();
            using var wire = new TlsWire();
            using var channel = new TlsChannel(rig.Server, wire);
            using var client = new ScriptedClient();
            client.HearFlight(HandshakeRig.Step(channel, wire, client.Hello()).Said);
            byte[] alert = isSealed ? client.Sealed(ContentType.Alert, [2, 48]) : [21, 3, 3, 0, 2, 2, 48];
            (TlsStatus status, byte[] said) = HandshakeRig.Step(channel, wire, alert);
            Assert.Equal((TlsStatus.Failed, "the peer's alert: unknown_ca"), (status, channel.Failure));
            Assert.Empty(said);
        }
    }

    [Fact]
    public void A_ticket_is_good_for_its_own_policy_its_own_hash_and_its_own_bearer()
    {
        var rig = new HandshakeRig();
        (byte[] ticket, byte[] key) = FullHandshake(rig, 0x1301);
        Assert.True(Resumes(rig, new ScriptedClient { Ticket = ticket, PreSharedKey = key }), "its own");
        Assert.True(Resumes(rig, new ScriptedClient { Ticket = ticket, PreSharedKey = key, Suites = [0x1303] }), "another suite of the same hash");
        Assert.False(Resumes(rig, new ScriptedClient { Ticket = ticket, PreSharedKey = key, Suites = [0x1302] }), "another hash");
        Assert.False(Resumes(new HandshakeRig(policy: 2), new ScriptedClient { Ticket = ticket, PreSharedKey = key }), "another policy");
        Assert.False(Resumes(new HandshakeRig(tickets: false), new ScriptedClient { Ticket = ticket, PreSharedKey = key }), "no tickets");
        Assert.False(Resumes(rig, new ScriptedClient { Ticket = ticket, PreSharedKey = key, ChoosesPskAlone = true }), "without a new key exchange");
        for (int at = 0; at < ticket.Length; at++)
        {
            byte[] changed = [.. ticket];
            changed[at] ^= 0x10;
            Assert.False(Resumes(rig, new ScriptedClient { Ticket = changed, PreSharedKey = key }), $"changed at {at}");
        }
    }

    /// <summary>RFC 8446 §4.2.11: "the server MUST abort the handshake"; §6.2 says by which alert.</summary>
    [Fact]
    public void A_ticket_without_its_key_ends_the_handshake()
    {
        var rig = new HandshakeRig();
        (byte[] ticket, byte[] key) = FullHandshake(rig, 0x1301);
        ScriptedClient[] thieves =
        [
            new ScriptedClient { Ticket = ticket, PreSharedKey = new byte[32] },
            new ScriptedClient { Ticket = ticket, PreSharedKey = key, BreaksBinder = true },
        ];
        foreach (ScriptedClient thief in thieves)
        {
            using var wire = new TlsWire();
            using var channel = new TlsChannel(rig.Server, wire);
            (TlsStatus status, byte[] said) = HandshakeRig.Step(channel, wire, thief.Hello());
            Assert.Equal(TlsStatus.Failed, status);
            Assert.Equal((byte[])[21, 3, 3, 0, 2, 2, 51], said);
            thief.Dispose();
        }
    }

    /// <summary>RFC 8446 §5.1: a handshake message may be cut by records anywhere, and padded in each.</summary>
    [Fact]
    public void A_Finished_may_come_in_any_number_of_records()
    {
        for (int cut = 1; cut < 36; cut++)
        {
            using var wire = new TlsWire();
            using var channel = new TlsChannel(new HandshakeRig().Server, wire);
            using var client = new ScriptedClient();
            client.HearFlight(HandshakeRig.Step(channel, wire, client.Hello()).Said);
            byte[] finished = [20, 0, 0, 32, .. client.Finished];
            byte[][] records = [.. finished.Chunk(cut).Select(part => client.Sealed(ContentType.Handshake, part))];
            foreach (byte[] record in records[..^1])
                Assert.Equal(TlsStatus.WantRead, HandshakeRig.Step(channel, wire, record).Status);
            Assert.Equal(TlsStatus.Ok, HandshakeRig.Step(channel, wire, records[^1]).Status);
        }
    }

    [Fact]
    public void A_Finished_in_pieces_is_no_way_around()
    {
        Assert.Equal("decode_error", Refused(client => client.Sealed(ContentType.Handshake, [20, 0, 0, 31, .. client.Finished[1..]])));
        Assert.Equal("decode_error", Refused(client => client.Sealed(ContentType.Handshake, [20, 0, 0x40, 0])));
        Assert.Equal("unexpected_message", Refused(client => client.Sealed(ContentType.Handshake, [])));
        Assert.Equal("unexpected_message", Refused(client => [.. client.Sealed(ContentType.Handshake, [20, 0]), .. client.Sealed(ContentType.ApplicationData, "NOOP\r\n"u8)]));
        Assert.Equal("unexpected_message", Refused(client => [.. client.Sealed(ContentType.Handshake, [20, 0]), .. client.Sealed(ContentType.Handshake, [0, 32, .. client.Finished, 24, 0, 0, 1, 0])]));
        Assert.Equal("record_overflow", Refused(client => client.Sealed(ContentType.Handshake, [20, 0, 0, 32, .. client.Finished, .. new byte[RecordLayer.MaxContent]])));
    }

    /// <summary>
    /// Tickets are given again and again, and each hangs on the first signature: RFC 8446 §4.6.1. Keys that were wiped meanwhile
    /// would seal for everybody.
    /// </summary>
    [Fact]
    public void A_ticket_is_not_given_and_taken_for_ever()
    {
        const long Now = 2_000_000_000;
        var rig = new HandshakeRig();
        var keys = new TicketKeys(rig, -1, 3600);
        byte[] ticket = new byte[SessionTicket.MaxLength], key = new byte[32];
        Assert.True(Opens(Now - SessionTicket.MaxAge));
        Assert.False(Opens(Now - SessionTicket.MaxAge - 1));

        TicketKeySet old = keys.ToSeal(Now)!;
        keys.Forget(Now + (2 * 3600));
        Assert.Equal(0, SessionTicket.Seal(old, 0x1301, rig.Server.Settings.SessionPolicy, key, [], Now, Now, ticket));

        bool Opens(long born)
        {
            int length = SessionTicket.Seal(keys.ToSeal(Now)!, 0x1301, rig.Server.Settings.SessionPolicy, key, [], born, Now, ticket);
            Assert.NotEqual(0, length);
            return SessionTicket.TryOpen(keys, ticket.AsSpan(0, length), Interop.LibSsl.KeySchedule.ScheduleHash.Sha256, rig.Server.Settings, Now, key, out long since, out _)
                && since == born;
        }
    }

    /// <summary>What the server answers to something else in place of Finished.</summary>
    private static string Refused(Func<ScriptedClient, byte[]> words)
    {
        var rig = new HandshakeRig();
        using var wire = new TlsWire();
        using var channel = new TlsChannel(rig.Server, wire);
        using var client = new ScriptedClient();
        client.HearFlight(HandshakeRig.Step(channel, wire, client.Hello()).Said);
        (TlsStatus status, byte[] said) = HandshakeRig.Step(channel, wire, words(client));
        Assert.Equal(TlsStatus.Failed, status);
        Assert.False(channel.HandshakeDone);
        using var heard = new TlsWire();
        _ = client.Records!.Hear(heard, said);
        return client.Records!.Failure["the peer's alert: ".Length..];
    }

    private static bool Resumes(HandshakeRig rig, ScriptedClient client)
    {
        using (client)
        using (TlsChannel channel = Through(rig, client))
        {
            Assert.Equal(channel.Resumed, client.WasResumed);
            Assert.NotEqual(client.WasResumed, client.SawCertificate);
            return client.WasResumed;
        }
    }

    private static (byte[] Ticket, byte[] Key) FullHandshake(HandshakeRig rig, ushort suite)
    {
        using var client = new ScriptedClient { Suites = [suite] };
        using TlsChannel channel = Through(rig, client, out byte[] message);
        Assert.False(client.WasResumed);
        return client.ReadTicket(message);
    }

    private static TlsChannel Through(HandshakeRig rig, ScriptedClient client) => Through(rig, client, out _);

    /// <summary>A whole handshake, and the NewSessionTicket behind it.</summary>
    private static TlsChannel Through(HandshakeRig rig, ScriptedClient client, out byte[] ticket)
    {
        var wire = new TlsWire();
        var channel = new TlsChannel(rig.Server, wire);
        (TlsStatus status, byte[] said) = HandshakeRig.Step(channel, wire, client.Hello());
        Assert.Equal((TlsStatus.WantRead, ""), (status, channel.Failure));
        client.HearFlight(said);
        (status, byte[] behind) = HandshakeRig.Step(channel, wire, client.FinishedRecord());
        Assert.Equal(TlsStatus.Ok, status);
        ticket = client.OpenFirst(behind);
        return channel;
    }

    private static byte[] InPieces(TlsChannel channel, TlsWire wire, byte[] bytes, int cut, TlsStatus last)
    {
        var said = new List<byte>();
        for (int at = 0; at < bytes.Length; at += cut)
        {
            (TlsStatus status, byte[] answer) = HandshakeRig.Step(channel, wire, bytes.AsSpan(at, Math.Min(cut, bytes.Length - at)));
            Assert.Equal(at + cut < bytes.Length ? TlsStatus.WantRead : last, status);
            said.AddRange(answer);
        }

        return [.. said];
    }

    private static TlsClient Client(string kinds, string[] alpn) => TlsClient.Create(
        new TlsClientSettings
        {
            TrustPem = [.. kinds.Split('+').SelectMany(kind => HandshakeRig.Of(kind).ChainPem.Append((byte)'\n'))],
            Tls13Only = true,
            Alpn = [.. alpn],
        },
        out string problem) ?? throw new InvalidOperationException(problem);

    private static bool OpenSslHas(TlsChannel channel) => channel.IsOpenSsl;
}
