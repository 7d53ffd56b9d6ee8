using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Postern.Configuration.Discovery;
using SrvOrder = Postern.Policy.Dns.SrvOrder;

namespace Postern.Configuration.Tests;

/// <summary>SRV records: read from any bytes, and put in order.</summary>
public sealed class SrvTests
{
    private const string Name = "_imaps._tcp.example.org";

    [Fact]
    public void Records_are_read_as_they_stand_with_and_without_compression()
    {
        byte[] message = Message(Service(0, 5, 993, Labels("Mail.Example.org")), Service(10, 0, 1993, [.. Labels("b")[..^1], 0xc0, 24]));
        Assert.Equal([new SrvRecord(0, 5, 993, "mail.example.org"), new SrvRecord(10, 0, 1993, "b.example.org")], SrvAnswer.Read(message));
    }

    [Fact]
    public void A_target_of_nothing_says_that_the_service_is_not_there() =>
        Assert.True(Assert.Single(SrvAnswer.Read(Message(Service(0, 0, 0, [0])))).IsAbsent);

    [Theory]
    [InlineData("ex ample.org")]
    [InlineData("a\nb.org")]
    [InlineData("x;y.org")]
    public void A_target_that_is_no_host_name_is_left_out(string target) => Assert.Empty(SrvAnswer.Read(Message(Service(0, 0, 1, Labels(target)))));

    /// <summary>Without the rule that pointers go back, and MaxJumps, this would not end.</summary>
    [Fact]
    public void A_name_that_points_at_itself_ends_the_reading()
    {
        byte[] message = Message(Service(0, 0, 1, [0xc0, 0]));
        message[^1] = (byte)(message.Length - 2);
        Assert.Empty(SrvAnswer.Read(message));
    }

    [Fact]
    public void Any_bytes_end_in_a_list_of_host_names() => Gen.Byte.Array[0, 200].Sample(bytes =>
        SrvAnswer.Read(bytes).All(record => record.IsAbsent || !record.Target.Any(letter => letter is <= ' ' or > '~')));

    [Fact]
    public void Any_change_of_a_good_answer_ends_in_one_too()
    {
        byte[] good = Message(Service(0, 5, 993, Labels("mail.example.org")), Service(1, 5, 993, [0xc0, 24]));
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Sample((at, value) =>
        {
            byte[] changed = [.. good];
            changed[at] = value;
            return SrvAnswer.Read(changed).Length <= SrvAnswer.MaxRecords;
        });
    }

    [Fact]
    public void Lower_priorities_come_first_and_all_come() => Gen.Select(Gen.Int[0, 3], Gen.Int[0, 20]).Array[1, 12].Sample(pairs =>
    {
        SrvRecord[] records = [.. pairs.Select((pair, number) => new SrvRecord(pair.Item1, pair.Item2, number + 1, "a"))];
        var random = new Random(1);
        SrvRecord[] order = [.. SrvOrder.Of(records, most => random.Next(most + 1))];
        return order.Length == records.Length
            && order.Distinct().Count() == records.Length
            && order.Zip(order.Skip(1)).All(two => two.First.Priority <= two.Second.Priority);
    });

    /// <summary>RFC 2782: in proportion to the weight.</summary>
    [Fact]
    public void A_heavier_one_comes_first_more_often()
    {
        var random = new Random(1);
        int heavy = Enumerable.Range(0, 1000).Count(_ => SrvOrder.Of<SrvRecord>([new(0, 10, 1, "a"), new(0, 90, 2, "b")], most => random.Next(most + 1))[0].Port == 2);
        Assert.InRange(heavy, 850, 950);
    }

    private static byte[] Message(params byte[][] services)
    {
        byte[] header = new byte[12];
        header[5] = 1;
        header[7] = (byte)services.Length;
        byte[] question = [.. Labels(Name), 0, 33, 0, 1];
        return [.. header, .. question, .. services.SelectMany(service => service)];
    }

    private static byte[] Service(ushort priority, ushort weight, ushort port, byte[] target)
    {
        byte[] numbers = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(numbers, priority);
        BinaryPrimitives.WriteUInt16BigEndian(numbers.AsSpan(2), weight);
        BinaryPrimitives.WriteUInt16BigEndian(numbers.AsSpan(4), port);
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(6 + target.Length));
        return [0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, .. length, .. numbers, .. target];
    }

    private static byte[] Labels(string name) =>
        [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.Latin1.GetBytes(label)]), 0];
}
