using System.Runtime.InteropServices;
using Postern.Engine.Connections;
using Postern.Interop.LibC;

namespace Postern.Engine.Counting;

/// <summary>
/// Counters in memory that the supervisor and all its workers share. Each worker has a slot that it alone can write, so
/// that nobody locks; sums over all slots are what limits and <c>postern status</c> go by.
/// </summary>
/// <remarks>
/// Every slot is memory of its own, and so is the directory that says which are in use: a worker maps its own slot, and
/// can only read the others and the directory. Stolen, it can lie about its own connections and about nobody else's.
/// A slot: a row of totals for each gate, and two rows of client counters. A sum may be a connection or two behind what
/// another worker does in the same microsecond; a limit is then passed by so many.
/// </remarks>
public sealed class Scoreboard
{
    /// <summary>Workers of all generations that may be alive at once.</summary>
    public const int Slots = 256;

    public const int Gates = 256;

    private const int FixedLongs = 4;

    private static readonly int RowLongs = FixedLongs + StageNames.Count + OutcomeNames.Count;
    private static readonly int ClientOffset = Gates * RowLongs * sizeof(long);
    private static readonly int SlotBytes = ClientOffset + ClientCounts.Bytes;

    private readonly SharedMemory _directory;
    private readonly SharedMemory?[] _slots = new SharedMemory?[Slots];

    private Scoreboard(SharedMemory directory) => _directory = directory;

    /// <summary>For <see cref="Map"/>; read only, to be closed by the caller. Or minus errno.</summary>
    public int DirectoryDescriptor => _directory.ReadOnlyDescriptor();

    /// <summary>Slots that were in use at some time, and that every worker has to know.</summary>
    public IEnumerable<int> Made => Enumerable.Range(0, Slots).Where(slot => _slots[slot] is not null);

    /// <summary>One past the highest slot ever taken: how far sums go.</summary>
    private int End => (int)Math.Min(Volatile.Read(ref Directory[Slots]), Slots);

    private Span<long> Directory => _directory.Longs(0, Slots + 1);

    /// <summary>The supervisor's.</summary>
    public static Scoreboard Create() => new(SharedMemory.Create((Slots + 1) * sizeof(long)));

    /// <summary>A worker's: it knows no slot yet.</summary>
    public static Scoreboard Map(int directory) => new(SharedMemory.Map(directory, (Slots + 1) * sizeof(long), writable: false));

    /// <summary>One slot, taken, in memory of this process alone: for who counts nobody but itself.</summary>
    public static Scoreboard Alone()
    {
        var board = new Scoreboard(SharedMemory.Anonymous((Slots + 1) * sizeof(long)));
        board._slots[0] = SharedMemory.Anonymous(SlotBytes);
        board.Directory[0] = board.Directory[Slots] = 1;
        return board;
    }

    /// <summary>Which slots belong to a living worker; the supervisor's to write.</summary>
    public bool InUse(int slot) => Volatile.Read(ref Directory[slot]) != 0;

    /// <summary>
    /// Makes memory for so many slots to be taken, as far as there are any; the new ones, which nobody knows yet. They are the
    /// next that <see cref="Take"/> gives.
    /// </summary>
    public IReadOnlyList<int> Prepare(int count)
    {
        List<int> made = [];
        for (int slot = 0; slot < Slots && count > 0; slot++)
        {
            if (InUse(slot))
                continue;

            count--;
            if (_slots[slot] is not null)
                continue;

            if (SharedMemory.TryCreate(SlotBytes) is not { } memory)
                break;

            _slots[slot] = memory;
            made.Add(slot);
        }

        return made;
    }

    /// <summary>A free slot, now taken and empty; −1 when all are in use, or there is no memory for one more.</summary>
    public int Take()
    {
        for (int slot = 0; slot < Slots; slot++)
        {
            if (InUse(slot))
                continue;

            if ((_slots[slot] ??= SharedMemory.TryCreate(SlotBytes)) is not { } memory)
                return -1;

            memory.Bytes.Clear();
            Volatile.Write(ref Directory[slot], 1);
            Directory[Slots] = Math.Max(Directory[Slots], slot + 1);
            return slot;
        }

        return -1;
    }

    /// <summary>Gives a dead worker's slot back: its live connections are gone, its totals are the supervisor's to keep.</summary>
    public void Release(int slot) => Volatile.Write(ref Directory[slot], 0);

    /// <summary>A slot's descriptor with which its owner writes.</summary>
    public int OwnDescriptor(int slot) => _slots[slot]!.Fd;

    /// <summary>A slot's descriptor for everybody else, to be closed by the caller. Or minus errno.</summary>
    public int ReadOnlyDescriptor(int slot) => _slots[slot]!.ReadOnlyDescriptor();

    /// <summary>In a worker: this is that slot.</summary>
    public void Know(int slot, int fd, bool own)
    {
        if (slot is >= 0 and < Slots && _slots[slot] is null)
            _slots[slot] = SharedMemory.Map(fd, SlotBytes, own);
        Descriptor.Close(fd);
    }

    /// <summary>Connections that this gate has open, in all workers. A slot below nothing is a stolen worker's lie, and lifts no limit.</summary>
    public long Live(int gate)
    {
        long sum = 0;
        for (int slot = End - 1; slot >= 0; slot--)
        {
            if (Counts(slot))
                sum += Math.Max(0, Row(slot, gate).Live);
        }

        return sum;
    }

    /// <summary>Connections that this client has open at this gate, in all workers; never less than there are.</summary>
    public int LiveOfClient(ulong client, int gate)
    {
        int sum = 0;
        for (int slot = End - 1; slot >= 0; slot--)
        {
            if (Counts(slot))
                sum += Clients(slot).Estimate(client, gate);
        }

        return sum;
    }

    public GateRow Row(int slot, int gate) => new(_slots[slot]!.Longs(gate * RowLongs * sizeof(long), RowLongs));

    public ClientCounts Clients(int slot) =>
        new(MemoryMarshal.Cast<byte, ushort>(_slots[slot]!.Bytes.Slice(ClientOffset, ClientCounts.Bytes)));

    /// <summary>A slot just taken may be in use before a worker has been told of it: nothing is counted there yet.</summary>
    private bool Counts(int slot) => InUse(slot) && _slots[slot] is not null;

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
