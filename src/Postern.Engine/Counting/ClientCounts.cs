namespace Postern.Engine.Counting;

/// <summary>
/// How many connections each client has, without a table of clients: a count-min sketch. A count is never too low;
/// it is too high only when two busy clients meet in both rows.
/// </summary>
public readonly ref struct ClientCounts(Span<ushort> counters)
{
    private const int Columns = 16 * 1024;

    public const int Bytes = 2 * Columns * sizeof(ushort);

    // Which columns a client falls into must not be guessable, or a stranger could fill a neighbour's. Drawn by the
    // supervisor and inherited, so that all workers agree.
    private static ulong s_seed;

    private readonly Span<ushort> _counters = counters;

    public static void Seed(ulong seed) => s_seed = seed;

    public int Estimate(ulong client, int gate)
    {
        (int first, int second) = ColumnsOf(client, gate);
        return Math.Min(Volatile.Read(ref _counters[first]), Volatile.Read(ref _counters[second]));
    }

    public void Add(ulong client, int gate, int change)
    {
        (int first, int second) = ColumnsOf(client, gate);
        _counters[first] = Changed(_counters[first], change);
        _counters[second] = Changed(_counters[second], change);
    }

    private static ushort Changed(ushort count, int change) => (ushort)Math.Clamp(count + change, 0, ushort.MaxValue);

    private static (int First, int Second) ColumnsOf(ulong client, int gate)
    {
        // splitmix64's finaliser over key, gate and seed.
        ulong x = client ^ s_seed ^ ((ulong)gate * 0x9e3779b97f4a7c15);
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        x ^= x >> 31;
        return ((int)(x % Columns), Columns + (int)((x >> 32) % Columns));
    }
}
