using Postern.Engine.Counting;
using Xunit;

namespace Postern.Engine.Tests;

public sealed class ScoreboardTests
{
    [Fact]
    public void Limits_go_by_the_sum_over_all_workers()
    {
        Scoreboard board = Scoreboard.Create();
        int one = board.Take();
        int two = board.Take();
        board.Row(one, 3).Live = 5;
        board.Row(two, 3).Live = 7;
        board.Row(two, 4).Live = 100;
        board.Clients(one).Add(42, 3, 2);
        board.Clients(two).Add(42, 3, 1);
        Assert.Equal(12, board.Live(3));
        Assert.Equal(3, board.LiveOfClient(42, 3));
        Assert.Equal(0, board.LiveOfClient(42, 4));
    }

    [Fact]
    public void What_a_dead_worker_had_open_counts_no_more()
    {
        Scoreboard board = Scoreboard.Create();
        int slot = board.Take();
        board.Row(slot, 0).Live = 5;
        board.Clients(slot).Add(42, 0, 5);
        board.Release(slot);
        Assert.Equal(0, board.Live(0));
        Assert.Equal(0, board.LiveOfClient(42, 0));
        Assert.Equal(slot, board.Take());
        Assert.Equal(0, board.Live(0));
    }

    [Fact]
    public void A_count_is_never_too_low_and_seldom_too_high()
    {
        Scoreboard board = Scoreboard.Create();
        ClientCounts counts = board.Clients(board.Take());
        const int Clients = 2_000;
        for (ulong client = 0; client < Clients; client++)
            counts.Add(client, 0, 3);

        int high = 0;
        for (ulong client = 0; client < Clients; client++)
        {
            int estimate = counts.Estimate(client, 0);
            Assert.True(estimate >= 3);
            high += estimate > 3 ? 1 : 0;
        }

        // Both columns of a client taken: (2000/16384)² of them, about 1.5 %.
        Assert.InRange(high, 0, Clients / 20);
    }

    [Fact]
    public void There_are_as_many_slots_as_said()
    {
        Scoreboard board = Scoreboard.Create();
        for (int i = 0; i < Scoreboard.Slots; i++)
            Assert.NotEqual(-1, board.Take());
        Assert.Equal(-1, board.Take());
    }
}
