using System.Buffers.Binary;
using System.Text;

namespace Postern.Roles.Resolver.Wire;

/// <summary>Writes a message's fields one behind the other, little-endian. What does not fit is not written, and said at the end.</summary>
internal ref struct FieldWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>Something did not fit: what was written is no message.</summary>
    public bool IsFull { get; private set; }

    public void Put(byte value)
    {
        if (Take(1) is [_, ..] bytes)
            bytes[0] = value;
    }

    public void Put(ushort value)
    {
        if (Take(sizeof(ushort)) is { IsEmpty: false } bytes)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
    }

    public void Put(uint value)
    {
        if (Take(sizeof(uint)) is { IsEmpty: false } bytes)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
    }

    public void Put(ulong value)
    {
        if (Take(sizeof(ulong)) is { IsEmpty: false } bytes)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
    }

    public void Put(scoped ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty && Take(value.Length) is { IsEmpty: false } bytes)
            value.CopyTo(bytes);
    }

    /// <summary>ASCII, its length (2) before it; what is not ASCII becomes a question mark.</summary>
    public void Put(string text)
    {
        Put((ushort)text.Length);
        if (text.Length > 0 && Take(text.Length) is { IsEmpty: false } bytes)
            _ = Encoding.ASCII.GetBytes(text, bytes);
    }

    private Span<byte> Take(int length)
    {
        IsFull |= length > _room.Length - Length;
        if (IsFull)
            return [];
        Length += length;
        return _room.Slice(Length - length, length);
    }
}
