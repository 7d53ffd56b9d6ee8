using System.Numerics;

namespace Postern.Engine.Buffers;

/// <summary>
/// Byte arrays by powers of two, for what could not be sent at once. One thread, no lock; after the first busy
/// minutes nothing is allocated any more. Idle connections hold none.
/// </summary>
public sealed class BufferPool
{
    private const int SmallestBits = 10;
    private const int LargestBits = 20;

    /// <summary>Of each size so many are kept; beyond, the collector has them.</summary>
    private const int MaxKept = 256;

    private readonly Stack<byte[]>[] _free =
        [.. Enumerable.Range(0, LargestBits - SmallestBits + 1).Select(_ => new Stack<byte[]>())];

    /// <summary>An array of at least this many bytes, contents undefined.</summary>
    public byte[] Rent(int size)
    {
        int bits = Bits(size);
        return _free[bits - SmallestBits].TryPop(out byte[]? array)
            ? array
            : GC.AllocateUninitializedArray<byte>(1 << bits);
    }

    public void Return(byte[] array)
    {
        ArgumentNullException.ThrowIfNull(array);
        Stack<byte[]> free = _free[Bits(array.Length) - SmallestBits];
        if (free.Count < MaxKept)
            free.Push(array);
    }

    private static int Bits(int size)
    {
        int bits = Math.Max(SmallestBits, 32 - BitOperations.LeadingZeroCount((uint)Math.Max(1, size) - 1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, LargestBits);
        return bits;
    }
}
