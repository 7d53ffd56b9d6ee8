using System.Collections.Immutable;
using System.Net;
using System.Text;
using CsCheck;
using Postern.Policy.Dns;

namespace Postern.Policy.Tests;

/// <summary>Replies, and messages of a resolver that is believed.</summary>
public sealed class DnsReplyTests
{
    private const ushort Id = 0x1234;

    private static readonly DnsQuestion s_mx = new(Zone.Name("example.org"), RecordType.Mx);
    private static readonly DnsQuestion s_a = new(Zone.Name("mx.example.org"), RecordType.A);

    /// <summary>The header of an answer to one question, with flags and so many records; then the question itself.</summary>
    private static byte[] Head(DnsQuestion question, int flags, int answers) =>
    [
        0x12, 0x34, (byte)(flags >> 8), (byte)flags, 0, 1, 0, (byte)answers, 0, 0, 0, 0,
        .. Wire(question.Name.Text), 0, (byte)question.Type, 0, 1,
    ];

    private static byte[] Wire(string name) =>
        [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    private static byte[] Record(byte[] owner, RecordType type, params byte[] data) => [.. owner, 0, (byte)type, 0, 1, 0, 0, 0, 60, 0, (byte)data.Length, .. data];

    /// <summary>The name of the question, by a pointer to it.</summary>
    private static readonly byte[] s_same = [0xc0, 12];

    [Theory]
    [InlineData(0x8180, DnsState.Insecure)]
    [InlineData(0x81a0, DnsState.Secure)]
    public void The_AD_bit_is_what_makes_it_secure(int flags, DnsState state)
    {
        byte[] message = [.. Head(s_a, flags, 1), .. Record(s_same, RecordType.A, 192, 0, 2, 1)];
        Assert.True(DnsMessage.IsAnswerTo(message, s_a, Id));
        DnsAnswer<IPAddress> answer = DnsMessage.Read(message, s_a).Addresses();
        Assert.Equal((state, "192.0.2.1"), (answer.State, answer.Records.Single().ToString()));
    }

    [Fact]
    public void Names_in_records_may_be_compressed()
    {
        byte[] message = [.. Head(s_mx, 0x81a0, 2), .. Record(s_same, RecordType.Mx, [0, 10, 2, (byte)'m', (byte)'x', 0xc0, 12]), .. Record(s_same, RecordType.Mx, [0, 20, .. Wire("b.example.com")])];
        Assert.Equal(["10 mx.example.org", "20 b.example.com"], DnsMessage.Read(message, s_mx).Mx().Records.Select(record => record.ToString()));
    }

    [Fact]
    public void Aliases_are_followed_in_any_order_and_the_end_is_said()
    {
        byte[] message =
        [
            .. Head(s_a, 0x81a0, 3),
            .. Record(Wire("c.example"), RecordType.A, 192, 0, 2, 1),
            .. Record(Wire("b.example"), RecordType.Cname, Wire("c.example")),
            .. Record(s_same, RecordType.Cname, Wire("b.example")),
        ];
        DnsReply reply = DnsMessage.Read(message, s_a);
        Assert.Equal(("c.example", DnsContent.Records), (reply.Expanded.Text, reply.Content));
    }

    /// <summary>Records of somebody else are none of the answer.</summary>
    [Fact]
    public void Records_of_another_name_or_class_do_not_count()
    {
        byte[] chaos = Record(s_same, RecordType.A, 192, 0, 2, 9);
        chaos[5] = 3;
        byte[] message = [.. Head(s_a, 0x81a0, 2), .. Record(Wire("evil.example"), RecordType.A, 192, 0, 2, 9), .. chaos];
        Assert.Equal(DnsContent.NoData, DnsMessage.Read(message, s_a).Content);
    }

    /// <summary>RFC 2308 §5: a denial holds for the lesser of the SOA's own TTL (60 here) and its last field.</summary>
    [Theory]
    [InlineData(30, 30)]
    [InlineData(90, 60)]
    public void How_long_an_answer_holds(byte minimum, int seconds)
    {
        Assert.Equal(60, DnsMessage.Read([.. Head(s_a, 0x81a0, 1), .. Record(s_same, RecordType.A, 192, 0, 2, 1)], s_a).TimeToLive);

        byte[] soa = Record(s_same, RecordType.A, [0, 0, .. new byte[19], minimum]);
        soa[3] = 6;
        byte[] denial = [.. Head(s_a, 0x81a0, 0), .. soa];
        denial[9] = 1;
        Assert.Equal((DnsContent.NoData, seconds), (DnsMessage.Read(denial, s_a).Content, DnsMessage.Read(denial, s_a).TimeToLive));

        // Nobody says for how long.
        Assert.Equal(0, DnsMessage.Read(Head(s_a, 0x81a0, 0), s_a).TimeToLive);
    }

    [Theory]
    [InlineData(0x81a3, DnsState.Secure, DnsContent.NoName)]
    [InlineData(0x8183, DnsState.Insecure, DnsContent.NoName)]
    [InlineData(0x81a0, DnsState.Secure, DnsContent.NoData)]
    [InlineData(0x81a2, DnsState.Failed, DnsContent.Nothing)]
    [InlineData(0x81a5, DnsState.Failed, DnsContent.Nothing)]
    [InlineData(0x83a0, DnsState.Failed, DnsContent.Nothing)]
    public void Denials_and_failures(int flags, DnsState state, DnsContent content)
    {
        DnsReply reply = DnsMessage.Read(Head(s_a, flags, 0), s_a);
        Assert.Equal((state, content), (reply.State, reply.Content));
    }

    [Fact]
    public void A_message_that_is_cut_off_anywhere_is_a_failure()
    {
        byte[] message = [.. Head(s_a, 0x81a0, 2), .. Record(s_same, RecordType.A, 192, 0, 2, 1), .. Record(s_same, RecordType.A, 192, 0, 2, 2)];
        for (int length = Head(s_a, 0, 0).Length; length < message.Length; length++)
            Assert.Equal(DnsState.Failed, DnsMessage.Read(message.AsSpan(0, length), s_a).State);
    }

    [Fact]
    public void A_loop_of_aliases_or_of_pointers_is_a_failure()
    {
        byte[] aliases = [.. Head(s_a, 0x81a0, 2), .. Record(s_same, RecordType.Cname, Wire("b.example")), .. Record(Wire("b.example"), RecordType.Cname, Wire("mx.example.org"))];
        Assert.Equal(DnsState.Failed, DnsMessage.Read(aliases, s_a).State);
        int end = Head(s_a, 0, 0).Length;
        Assert.Equal(DnsState.Failed, DnsMessage.Read([.. Head(s_a, 0x81a0, 1), .. Record([0xc0, (byte)end], RecordType.A, 192, 0, 2, 1)], s_a).State);
    }

    [Fact]
    public void The_query_asks_for_AD_and_is_answered_by_its_own_answer_only()
    {
        byte[] query = DnsMessage.WriteQuery(s_a, Id);
        Assert.Equal(0x0120, (query[2] << 8) | query[3]);
        byte[] answer = Head(s_a, 0x81a0, 0);
        Assert.True(query.AsSpan(12).StartsWith(answer.AsSpan(12)));
        Assert.False(DnsMessage.IsAnswerTo(query, s_a, Id));
        Assert.False(DnsMessage.IsAnswerTo(answer, s_a, Id + 1));
        Assert.False(DnsMessage.IsAnswerTo(answer, s_mx, Id));
        Assert.False(DnsMessage.IsAnswerTo(answer, s_a with { Type = RecordType.Aaaa }, Id));
    }

    [Fact]
    public void Any_message_is_read_or_fails()
    {
        Gen<byte[]> random = Gen.OneOf(
            Gen.Byte.Array[0, 120].Select(bytes => (byte[])[.. Head(s_mx, 0x81a0, 3), .. bytes]),
            Gen.Select(Gen.Int[0, 70], Gen.Byte).Array[0, 6].Select(changes =>
            {
                byte[] message = [.. Head(s_mx, 0x81a0, 2), .. Record(s_same, RecordType.Cname, 1, (byte)'b', 0xc0, 12), .. Record([1, (byte)'b', 0xc0, 12], RecordType.Mx, [0, 10, 2, (byte)'m', (byte)'x', 0xc0, 12])];
                foreach ((int at, byte value) in changes)
                    message[at % message.Length] = value;
                return message;
            }));
        random.Sample(message =>
        {
            _ = DnsMessage.IsAnswerTo(message, s_mx, Id);
            DnsReply reply = DnsMessage.Read(message, s_mx);
            Assert.Equal(reply.IsAnswer, reply.Content != DnsContent.Nothing);
            Assert.Equal(reply.Content == DnsContent.Records, !reply.Records.IsEmpty);
            Assert.True(reply.Mx().Records.Length <= reply.Records.Length);
        });
    }

    [Fact]
    public void Records_are_bounded() => Assert.Equal(DnsReply.MaxRecords, DnsReply.Found(s_a, true, [.. Enumerable.Repeat(ImmutableArray.Create<byte>(1, 2, 3, 4), 1000)]).Records.Length);

    [Fact]
    public void A_failure_has_no_records_and_is_no_denial()
    {
        Assert.Equal(DnsState.Bogus, DnsReply.Failed(s_a, DnsState.Bogus, "").Addresses().State);
        Assert.Throws<ArgumentOutOfRangeException>(() => DnsReply.Failed(s_a, DnsState.Secure, ""));
        Assert.Throws<ArgumentException>(() => DnsReply.Failed(s_a, DnsState.Bogus, "").Mx());
    }

    /// <summary>RFC 7672 §2.2: records of no use are another thing than none.</summary>
    [Fact]
    public void Records_that_cannot_be_read_are_no_denial()
    {
        var tlsa = DnsReply.Found(new DnsQuestion(Zone.Name("_25._tcp.mx.example.org"), RecordType.Tlsa), true, [[1]]).Tlsa();
        Assert.Equal((true, 0), (tlsa.HasRecords, tlsa.Records.Length));
    }

    [Theory]
    [InlineData("000a" + "0014" + "03e1" + "02" + "6d78" + "07" + "6578616d706c65" + "00", "10 20 993 mx.example")]
    [InlineData("0000" + "0000" + "0000" + "00", "0 0 0 .")]
    [InlineData("000a" + "0014" + "0000" + "02" + "6d78" + "07" + "6578616d706c65" + "00", null)]
    [InlineData("000a" + "0014" + "03e1" + "02" + "6d78" + "c00c", null)]
    [InlineData("000a" + "0014" + "03e1", null)]
    [InlineData("", null)]
    public void Srv(string rdata, string? record) => Assert.Equal(record, SrvRecord.Read(Convert.FromHexString(rdata))?.ToString());
}
