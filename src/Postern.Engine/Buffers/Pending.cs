using System.Runtime.InteropServices;

namespace Postern.Engine.Buffers;

/// <summary>Bytes that wait, in order. Holds an array of the pool only while there are any.</summary>
[StructLayout(LayoutKind.Auto)]
public struct Pending
{
    private byte[]? _array;
    private int _start;

    public int Length { get; private set; }

    public readonly bool IsEmpty => Length == 0;

    public readonly ReadOnlySpan<byte> Bytes => _array.AsSpan(_start, Length);

    public void Append(BufferPool pool, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (bytes.IsEmpty)
            return;

        if (_array is null)
        {
            _array = pool.Rent(bytes.Length);
            _start = 0;
        }
        else if (_start + Length + bytes.Length > _array.Length)
        {
            byte[] larger = Length + bytes.Length > _array.Length ? pool.Rent(Length + bytes.Length) : _array;
            Bytes.CopyTo(larger);
            if (!ReferenceEquals(larger, _array))
                pool.Return(_array);
            _array = larger;
            _start = 0;
        }

        bytes.CopyTo(_array.AsSpan(_start + Length));
        Length += bytes.Length;
    }

    public void Consume(BufferPool pool, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Length);
        _start += count;
        Length -= count;
        if (Length == 0)
            Clear(pool);
    }

    public void Clear(BufferPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (_array is not null)
            pool.Return(_array);
        _array = null;
        _start = Length = 0;
    }
}
