using Microsoft.Win32.SafeHandles;
using Postern.Engine.Counting;
using Postern.Interop.LibC;
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

    /// <summary>Taken out: the descriptor that cannot write. A stolen worker could then lift every limit.</summary>
    [Fact]
    public void A_worker_writes_its_own_slot_and_no_other()
    {
        Scoreboard board = Scoreboard.Create();
        int own = board.Take(), other = board.Take();
        board.Row(other, 0).Live = 5;
        
        Assert.Throws<InvalidOperationException>(() => SharedMemory.Map(board.ReadOnlyDescriptor(other), 4096, writable: true));
        Assert.Throws<InvalidOperationException>(() => SharedMemory.Map(board.DirectoryDescriptor, 4096, writable: true));

        Scoreboard worker = Scoreboard.Map(board.DirectoryDescriptor);
        worker.Know(own, Descriptor.Duplicate(board.OwnDescriptor(own)), own: true);
        worker.Know(other, board.ReadOnlyDescriptor(other), own: false);
        worker.Row(own, 0).Live = 2;
        Assert.Equal(7, worker.Live(0));
        Assert.Equal(7, board.Live(0));
    }

    /// <summary>Taken out: the seals. Who holds a slot could cut it, and everybody else would die of SIGBUS at the next look.</summary>
    [Fact]
    public void Nobody_can_cut_the_memory()
    {
        Scoreboard board = Scoreboard.Create();
        int slot = board.Take();
        using var file = new FileStream(new SafeFileHandle(Descriptor.Duplicate(board.OwnDescriptor(slot)), ownsHandle: true), FileAccess.ReadWrite);
        Assert.ThrowsAny<Exception>(() => file.SetLength(0));
        Assert.Equal(0, board.Live(0));
    }

    /// <summary>Taken out: the look at the sign. A stolen worker's minus would then pay for the connections of all others.</summary>
    [Fact]
    public void A_slot_below_nothing_lifts_no_limit()
    {
        Scoreboard board = Scoreboard.Create();
        int honest = board.Take(), stolen = board.Take();
        board.Row(honest, 0).Live = 5;
        board.Row(stolen, 0).Live = -1_000;
        Assert.Equal(5, board.Live(0));
    }

    [Fact]
    public void A_worker_counts_slots_that_it_is_told_of_later()
    {
        Scoreboard board = Scoreboard.Create();
        Scoreboard worker = Scoreboard.Map(board.DirectoryDescriptor);
        int slot = board.Take();
        board.Row(slot, 0).Live = 3;
        Assert.Equal(0, worker.Live(0));
        worker.Know(slot, board.ReadOnlyDescriptor(slot), own: false);
        Assert.Equal(3, worker.Live(0));
    }
}
