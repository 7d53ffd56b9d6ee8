using System.Text;
using CsCheck;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.KeySchedule;
using Postern.Interop.LibSsl.Records;
using Xunit;

namespace Postern.Interop.Tests;

/// <summary>TLS 1.3 behind its handshake: the trace of RFC 8448, and two ends that talk through wires of the test.</summary>
public sealed class RecordLayerTests : IDisposable
{
    private const int Aes128 = 0x1301, Aes256 = 0x1302, ChaCha = 0x1303;

    private static readonly Gen<byte> s_types = Gen.Int[0, 6].Select(i => (byte)(i == 0 ? 0 : 18 + i));

    private readonly RecordPair _pair = new(Aes128);
    private readonly byte[] _plain = new byte[TlsChannel.MinRoom];

    public void Dispose() => _pair.Dispose();

    /// <summary>RFC 8448 §3: application data and close_notify of both sides; the server had said a ticket before.</summary>
    [Fact]
    public void The_records_of_RFC_8448_come_out()
    {
        byte[] ofClient = Convert.FromHexString("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
        byte[] ofServer = Convert.FromHexString("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
        byte[] payload = [.. Enumerable.Range(0, 50).Select(i => (byte)i)];

        Assert.Equal(
            "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4"
            + "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3",
            Sealed(ofClient, 0, payload));
        Assert.Equal(
            "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d"
            + "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9",
            Sealed(ofServer, 1, payload));
    }

    [Fact]
    public void What_is_written_arrives_wherever_the_wire_is_cut() => Gen.Select(
        Gen.Int[Aes128, ChaCha], Gen.Byte.Array[0, 40_000].List[1, 4], Gen.Int[1, 20_000]).Sample((suite, writes, cut) =>
    {
        using var pair = new RecordPair(suite);
        var heard = new List<byte>();
        foreach (byte[] write in writes)
        {
            Assert.Equal(TlsStatus.Ok, pair.Client.Write(pair.ClientWire, write));
            byte[] wire = pair.ClientWire.Outgoing.ToArray();
            pair.ClientWire.ClearOutgoing();
            for (int at = 0; at < wire.Length; at += cut)
                heard.AddRange(pair.Server.Hear(pair.ServerWire, wire.AsSpan(at, Math.Min(cut, wire.Length - at))));
        }

        return heard.SequenceEqual(writes.SelectMany(write => write));
    }, iter: 60);

    [Theory]
    [InlineData(Aes128), InlineData(Aes256), InlineData(ChaCha)]
    public void KeyUpdate_that_asks_for_ours_is_answered_before_the_next_data_and_once(int suite)
    {
        using var pair = new RecordPair(suite);
        for (int i = 0; i < 100; i++)
        {
            pair.Say(ContentType.Handshake, [24, 0, 0, 1, 1]);
            Assert.True(pair.ClientKey.Update());
        }

        Assert.Empty(pair.HeardByServer());
        Assert.True(pair.ServerWire.Outgoing.IsEmpty);

        Assert.Equal(TlsStatus.Ok, pair.Server.Write(pair.ServerWire, "after"u8));
        Assert.Equal(2 * (5 + TrafficKey.Overhead), pair.ServerWire.Outgoing.Length);
        Assert.Equal("after", pair.HeardByClient());
        Assert.Equal(TlsStatus.Ok, pair.Client.Write(pair.ClientWire, "and back"u8));
        Assert.Equal("and back", pair.HeardByServer());
        Assert.Equal(TlsStatus.Ok, pair.Server.Write(pair.ServerWire, "again"u8));
        Assert.Equal("again", pair.HeardByClient());
    }

    [Fact]
    public void Keys_are_renewed_before_they_have_protected_too_much()
    {
        using var pair = new RecordPair(Aes128, RecordLayer.MaxRecords - 1);
        foreach (string word in (string[])["last of the old", "first of the new", "second"])
        {
            Assert.Equal(TlsStatus.Ok, pair.Client.Write(pair.ClientWire, Encoding.ASCII.GetBytes(word)));
            Assert.Equal(word, pair.HeardByServer());
        }

        Assert.Equal(2ul, pair.ClientKey.Sequence);
    }

    [Theory]
    [InlineData(new byte[] { 24, 0, 0, 1, 0, 24, 0, 0, 1, 0 }, "unexpected_message")]
    [InlineData(new byte[] { 24, 0, 0, 1, 2 }, "illegal_parameter")]
    [InlineData(new byte[] { 24, 0, 0, 2, 0, 0 }, "decode_error")]
    [InlineData(new byte[] { 4, 0, 0, 1, 0 }, "unexpected_message")]
    [InlineData(new byte[] { 1, 0, 0, 1, 0 }, "unexpected_message")]
    [InlineData(new byte[] { }, "unexpected_message")]
    public void Handshake_messages_of_a_client_that_have_no_place(byte[] messages, string alert)
    {
        _pair.Say(ContentType.Handshake, messages);
        Assert.Equal(alert, _pair.RefusedByServer());
    }

    [Fact]
    public void Nothing_comes_in_the_middle_of_a_handshake_message()
    {
        _pair.Say(ContentType.Handshake, [24, 0]);
        _pair.Say(ContentType.ApplicationData, "x"u8);
        Assert.Equal("unexpected_message", _pair.RefusedByServer());
    }

    [Fact]
    public void Tickets_of_a_server_are_skipped_wherever_records_cut_them() => Gen.Int[1, 400].Sample(cut =>
    {
        using var pair = new RecordPair(Aes128);
        byte[] messages = [4, 0, 1, 0, .. new byte[256], 4, 0, 0, 3, 1, 2, 3];
        for (int at = 0; at < messages.Length; at += cut)
            pair.SayAsServer(ContentType.Handshake, messages.AsSpan(at, Math.Min(cut, messages.Length - at)));
        Assert.Equal(TlsStatus.Ok, pair.Server.Write(pair.ServerWire, "words"u8));
        return pair.HeardByClient() == "words";
    }, iter: 100);

    [Theory]
    [InlineData(new byte[] { 4, 0, 0, 0 }, "decode_error")]
    [InlineData(new byte[] { 4, 3, 0, 0 }, "decode_error")]
    [InlineData(new byte[] { 13, 0, 0, 1, 0 }, "unexpected_message")]
    public void Handshake_messages_of_a_server_that_have_no_place(byte[] messages, string alert)
    {
        _pair.SayAsServer(ContentType.Handshake, messages);
        Assert.Equal(alert, _pair.RefusedByClient());
    }

    [Fact]
    public void A_changed_bit_anywhere_is_noticed() => Gen.Select(Gen.Int[Aes128, ChaCha], Gen.Int[0, 26], Gen.Int[0, 7]).Sample((suite, at, bit) =>
    {
        using var pair = new RecordPair(suite);
        Assert.Equal(TlsStatus.Ok, pair.Client.Write(pair.ClientWire, "words"u8));
        byte[] record = pair.ClientWire.Outgoing.ToArray();
        record[at] ^= (byte)(1 << bit);
        byte[] heard = pair.Server.Hear(pair.ServerWire, record);

        // A greater length is a record that has not come yet.
        bool waits = at is 3 or 4 && ((record[3] << 8) | record[4]) is > 22 and <= RecordLayer.MaxBody;
        return heard.Length == 0 && waits == (pair.Server.Failure.Length == 0);
    });

    [Fact]
    public void A_record_that_comes_twice_or_out_of_turn_is_noticed()
    {
        Assert.Equal(TlsStatus.Ok, _pair.Client.Write(_pair.ClientWire, "one"u8));
        byte[] first = _pair.ClientWire.Outgoing.ToArray();
        Assert.Equal("one", Encoding.ASCII.GetString(_pair.Server.Hear(_pair.ServerWire, first)));
        Assert.Empty(_pair.Server.Hear(_pair.ServerWire, first));
        Assert.Equal("bad_record_mac", _pair.AlertToClient());
    }

    [Theory]
    [InlineData("1403030001 01", "unexpected_message")]
    [InlineData("1503030002 0100", "unexpected_message")]
    [InlineData("1603030005 1800000101", "unexpected_message")]
    [InlineData("1603010005", "unexpected_message")]
    [InlineData("4745542f20", "unexpected_message")]
    [InlineData("1703034101", "record_overflow")]
    [InlineData("1703030010 00000000000000000000000000000000", "bad_record_mac")]
    [InlineData("1703030000", "bad_record_mac")]
    public void Records_that_are_none(string record, string alert)
    {
        Assert.Empty(_pair.Server.Hear(_pair.ServerWire, Convert.FromHexString(record.Replace(" ", ""))));
        Assert.Equal(alert, _pair.AlertToClient());
        Assert.Equal(TlsStatus.Failed, _pair.Server.Write(_pair.ServerWire, "x"u8));
    }

    [Fact]
    public void Padding_is_taken_off()
    {
        // A content type of zero, behind zeros, is one zero more.
        _pair.Say(0, [(byte)'h', (byte)'i', 0, (byte)ContentType.ApplicationData, 0, 0, 0]);
        Assert.Equal("hi\0", _pair.HeardByServer());
        _pair.Say(0, new byte[16_000]);
        Assert.Equal("unexpected_message", _pair.RefusedByServer());
    }

    [Fact]
    public void A_record_holds_two_to_the_fourteenth_and_not_one_more()
    {
        _pair.Say(ContentType.ApplicationData, new byte[RecordLayer.MaxContent]);
        Assert.Equal(RecordLayer.MaxContent, _pair.HeardByServer().Length);
        _pair.Say(ContentType.ApplicationData, new byte[RecordLayer.MaxContent + 1]);
        Assert.Equal("record_overflow", _pair.RefusedByServer());
    }

    /// <summary>§5.4: "The presence of padding does not change the overall record size limitations".</summary>
    [Fact]
    public void Padding_counts()
    {
        byte[] padded = new byte[RecordLayer.MaxContent + 1];
        (padded[0], padded[1]) = ((byte)'x', (byte)ContentType.ApplicationData);
        _pair.Say(0, padded.AsSpan(0, RecordLayer.MaxContent));
        Assert.Equal("x", _pair.HeardByServer());
        _pair.Say(0, padded);
        Assert.Equal("record_overflow", _pair.RefusedByServer());
    }

    [Fact]
    public void Empty_records_are_borne_but_not_without_end()
    {
        for (int i = 0; i < 100; i++)
        {
            _pair.Say(ContentType.ApplicationData, i % 10 == 0 ? "x"u8 : []);
        }

        Assert.Equal("xxxxxxxxxx", _pair.HeardByServer());
        for (int i = 0; i < 33; i++)
            _pair.Say(ContentType.ApplicationData, []);
        Assert.Equal("unexpected_message", _pair.RefusedByServer());
    }

    [Fact]
    public void Close_notify_ends_one_direction()
    {
        _pair.Client.Shutdown(_pair.ClientWire);
        Assert.Equal(TlsStatus.Failed, _pair.Client.Write(_pair.ClientWire, "more"u8));
        _pair.Deliver();
        Assert.Equal(TlsStatus.Closed, _pair.Server.Read(_pair.ServerWire, _plain, out _));
        Assert.Equal(TlsStatus.Closed, _pair.Server.Read(_pair.ServerWire, _plain, out _));
        Assert.Equal(TlsStatus.Ok, _pair.Server.Write(_pair.ServerWire, "still here"u8));
        Assert.Equal("still here", _pair.HeardByClient());
        _pair.Server.Shutdown(_pair.ServerWire);
        _pair.Server.Shutdown(_pair.ServerWire);
        Assert.Equal(24, _pair.ServerWire.Outgoing.Length);
    }

    [Theory]
    [InlineData(42, "bad_certificate", TlsFault.CertificateRefused)]
    [InlineData(116, "certificate_required", TlsFault.CertificateWanted)]
    [InlineData(200, "alert 200", TlsFault.Other)]
    public void Alerts_of_the_peer_have_names_and_get_no_answer(byte alert, string name, TlsFault fault)
    {
        _pair.Say(ContentType.Alert, [1, alert]);
        _pair.Deliver();
        Assert.Equal(TlsStatus.Failed, _pair.Server.Read(_pair.ServerWire, _plain, out _));
        Assert.Equal("the peer's alert: " + name, _pair.Server.Failure);
        Assert.Equal(fault, _pair.Server.Fault);
        Assert.True(_pair.ServerWire.Outgoing.IsEmpty);
    }

    [Fact]
    public void User_canceled_announces_the_end_and_is_none()
    {
        _pair.Say(ContentType.Alert, [1, 90]);
        Assert.Equal(TlsStatus.Ok, _pair.Client.Write(_pair.ClientWire, "words"u8));
        Assert.Equal("words", _pair.HeardByServer());
        for (int i = 0; i < 4; i++)
            _pair.Say(ContentType.Alert, [1, 90]);
        Assert.Equal("unexpected_message", _pair.RefusedByServer());
    }

    [Fact]
    public void Without_room_on_the_wire_nothing_is_done()
    {
        byte[] most = new byte[TlsWire.OutgoingSize - 1000];
        Assert.Equal(TlsStatus.Ok, _pair.Client.Write(_pair.ClientWire, most));
        int before = _pair.ClientWire.Outgoing.Length;
        Assert.Equal(TlsStatus.WantWrite, _pair.Client.Write(_pair.ClientWire, new byte[1000]));
        Assert.Equal(before, _pair.ClientWire.Outgoing.Length);
    }

    [Fact]
    public void Any_bytes_are_borne() => Gen.Byte.Array[0, 200].List[1, 20].Sample(pieces =>
    {
        using var pair = new RecordPair(Aes128);
        foreach (byte[] piece in pieces)
            Assert.Empty(pair.Server.Hear(pair.ServerWire, piece));
    });

    [Fact]
    public void Any_contents_are_borne() => Gen.Select(s_types, Gen.Byte.Array[0, 60]).List[1, 20].Sample(records =>
    {
        using var pair = new RecordPair(Aes128);
        foreach ((byte type, byte[] content) in records)
            pair.Say((ContentType)type, content);
        _ = pair.HeardByServer();
    });

    private static string Sealed(byte[] secret, ulong sequence, byte[] payload)
    {
        var key = new TrafficKey(ScheduleHash.Sha256, secret);
        Assert.True(key.Begin(RecordSuite.Of(Aes128)!, seals: true, sequence));
        using var records = new RecordLayer(new TrafficKey(ScheduleHash.Sha256, secret), key, facingServer: true);
        using var wire = new TlsWire();
        Assert.Equal(TlsStatus.Ok, records.Write(wire, payload));
        records.Shutdown(wire);
        return Convert.ToHexStringLower(wire.Outgoing);
    }
}
