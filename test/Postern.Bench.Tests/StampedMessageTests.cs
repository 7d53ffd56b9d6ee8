using Postern.Bench.Backends;

namespace Postern.Bench.Tests;

/// <summary>What an echo carries, and the sum that is made of it.</summary>
public sealed class StampedMessageTests
{
    [Fact]
    public void The_time_on_the_way_leaves_the_stay_at_the_backend_out()
    {
        var messages = new byte[2 * StampedMessage.Bytes];
        StampedMessage.Begin(messages, 7);
        StampedMessage.Begin(messages.AsSpan(StampedMessage.Bytes), 8);
        StampedMessage.Stamp(messages, arrived: 1_030, left: 9_000);
        Assert.Equal(7, StampedMessage.NumberOf(messages));
        Assert.Equal(8, StampedMessage.NumberOf(messages.AsSpan(StampedMessage.Bytes)));
        Assert.Equal(30 + 12, StampedMessage.OnTheWay(messages, sent: 1_000, back: 9_012));
        Assert.Equal(20 + 12, StampedMessage.OnTheWay(messages.AsSpan(StampedMessage.Bytes), sent: 1_010, back: 9_012));
    }

    [Theory]
    [InlineData(0, 9_012)]
    [InlineData(1_030, 0)]
    public void Without_one_of_the_stamps_there_is_no_sum(long arrived, long back)
    {
        var message = new byte[StampedMessage.Bytes];
        StampedMessage.Begin(message, 7);
        StampedMessage.Stamp(message, arrived, left: 9_000);
        Assert.Null(StampedMessage.OnTheWay(message, sent: 1_000, back));
    }

    [Fact]
    public void An_echo_that_asks_for_no_times_comes_back_as_it_was()
    {
        var message = new byte[StampedMessage.Bytes];
        message.AsSpan().Fill((byte)'e');
        StampedMessage.Stamp(message, 1, 2);
        Assert.All(message, octet => Assert.Equal((byte)'e', octet));
    }
}
