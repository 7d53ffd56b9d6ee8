using System.Runtime.InteropServices;
using Postern.Engine.Connections;
using Postern.Interop.LibC;

namespace Postern.Engine.Counting;

/// <summary>
/// Counters in memory that the supervisor and all its workers share. Each worker has a slot that it alone writes, so
/// that nobody locks; sums over all slots are what limits and <c>postern status</c> go by.
/// </summary>
/// <remarks>
/// A slot: a header, a row of totals for each gate, and two rows of client counters. A sum may be a connection or two
/// behind what another worker does in the same microsecond; a limit is then passed by so many.
/// </remarks>
public sealed class Scoreboard
{
    /// <summary>Workers of all generations that may be alive at once.</summary>
    public const int Slots = 64;

    public const int Gates = 256;

    private const int HeaderLongs = 8;
    private const int FixedLongs = 4;

    private static readonly int RowLongs = FixedLongs + StageNames.Count + OutcomeNames.Count;
    private static readonly int ClientOffset = (HeaderLongs + (Gates * RowLongs)) * sizeof(long);
    private static readonly int SlotBytes = ClientOffset + ClientCounts.Bytes;

    private readonly SharedMemory _memory;

    private Scoreboard(SharedMemory memory) => _memory = memory;

    public int Fd => _memory.Fd;

    private static int TotalBytes => 4096 + (Slots * SlotBytes);

    public static Scoreboard Create() => new(SharedMemory.Create(TotalBytes));

    public static Scoreboard Map(int fd) => new(SharedMemory.Map(fd, TotalBytes));

    /// <summary>Which slots belong to a living worker; the supervisor's to write.</summary>
    public bool InUse(int slot) => Volatile.Read(ref Directory[slot]) != 0;

    /// <summary>A free slot, now taken and empty; −1 when all are in use.</summary>
    public int Take()
    {
        for (int slot = 0; slot < Slots; slot++)
        {
            if (InUse(slot))
                continue;

            _memory.Bytes.Slice(Offset(slot), SlotBytes).Clear();
            Volatile.Write(ref Directory[slot], 1);
            return slot;
        }

        return -1;
    }

    /// <summary>Gives a dead worker's slot back: its live connections are gone, its totals are the supervisor's to keep.</summary>
    public void Release(int slot) => Volatile.Write(ref Directory[slot], 0);

    /// <summary>Connections that this gate has open, in all workers.</summary>
    public long Live(int gate)
    {
        long sum = 0;
        for (int slot = 0; slot < Slots; slot++)
        {
            if (InUse(slot))
                sum += Row(slot, gate).Live;
        }

        return sum;
    }

    /// <summary>Connections that this client has open at this gate, in all workers; never less than there are.</summary>
    public int LiveOfClient(ulong client, int gate)
    {
        int sum = 0;
        for (int slot = 0; slot < Slots; slot++)
        {
            if (InUse(slot))
                sum += Clients(slot).Estimate(client, gate);
        }

        return sum;
    }

    public GateRow Row(int slot, int gate) =>
        new(_memory.Longs(Offset(slot) + ((HeaderLongs + (gate * RowLongs)) * sizeof(long)), RowLongs));

    public ClientCounts Clients(int slot) =>
        new(MemoryMarshal.Cast<byte, ushort>(_memory.Bytes.Slice(Offset(slot) + ClientOffset, ClientCounts.Bytes)));

    private Span<long> Directory => _memory.Longs(0, Slots);

    private static int Offset(int slot) => 4096 + (slot * SlotBytes);

    /// <summary>The totals of one gate in one worker.</summary>
    public readonly ref struct GateRow(Span<long> longs)
    {
        private readonly Span<long> _longs = longs;

        public ref long Live => ref _longs[0];

        public ref long Accepted => ref _longs[1];

        public ref long BytesFromClients => ref _longs[2];

        public ref long BytesToClients => ref _longs[3];

        public ref long Stage(Stage stage) => ref _longs[FixedLongs + (int)stage];

        public ref long Outcome(Outcome outcome) => ref _longs[FixedLongs + StageNames.Count + (int)outcome];
    }
}
