using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Postern.Roles.Resolver.Wire;

/// <summary>Writes a message's fields one behind the other, little-endian. What does not fit is not written, and said at the end.</summary>
internal ref struct FieldWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    /// <summary>Writes one item of a list.</summary>
    public delegate void Form<in TItem>(TItem item, ref FieldWriter writer);

    /// <summary>Which of a list's items fit into so much room, in their order: those that do not are left out.</summary>
    /// <param name="items">The list.</param>
    /// <param name="room">How many bytes there are.</param>
    /// <param name="most">How many items there may be.</param>
    /// <param name="form">Writes one.</param>
    /// <returns>Their places.</returns>
    public static ImmutableArray<int> Fitting<TItem>(ImmutableArray<TItem> items, int room, int most, Form<TItem> form)
    {
        byte[] bytes = new byte[room];
        var places = ImmutableArray.CreateBuilder<int>(items.Length);
        for (int i = 0; i < items.Length && places.Count < most; i++)
        {
            var writer = new FieldWriter(bytes.AsSpan(0, room));
            form(items[i], ref writer);
            if (writer.IsFull)
                continue;
            places.Add(i);
            room -= writer.Length;
        }

        return places.ToImmutable();
    }

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
