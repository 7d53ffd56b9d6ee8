using System.Buffers.Binary;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>Writes handshake messages one behind the other: numbers, and vectors whose length is filled in when they end (RFC 8446 §3, §4).</summary>
internal ref struct HandshakeWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _room[..Length];

    public void Byte(byte value) => _room[Length++] = value;

    public void Number(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_room[Length..], value);
        Length += 2;
    }

    public void LongNumber(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_room[Length..], value);
        Length += 4;
    }

    public void Bytes(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_room[Length..]);
        Length += bytes.Length;
    }

    /// <summary>Room for the bytes, to be filled by the caller.</summary>
    public Span<byte> Take(int count)
    {
        Length += count;
        return _room.Slice(Length - count, count);
    }

    /// <summary>Begins what has its length before it, in so many bytes. What comes back is for <see cref="End"/>.</summary>
    public int Begin(int lengthBytes)
    {
        Length += lengthBytes;
        return Length;
    }

    /// <summary>Begins a handshake message; its length has three bytes.</summary>
    public int BeginMessage(byte type)
    {
        Byte(type);
        return Begin(3);
    }

    public readonly void End(int begun, int lengthBytes)
    {
        int length = Length - begun;
        for (int i = 1; i <= lengthBytes; i++)
        {
            _room[begun - i] = (byte)length;
            length >>= 8;
        }
    }

    public readonly void EndMessage(int begun) => End(begun, 3);
}
