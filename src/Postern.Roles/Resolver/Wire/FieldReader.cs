using System.Buffers.Binary;
using System.Text;
using Postern.Policy.Dns;

namespace Postern.Roles.Resolver.Wire;

/// <summary>
/// Reads what <see cref="FieldWriter"/> wrote, or any other bytes: what is not there is zero or empty, and the message is broken
/// from then on.
/// </summary>
internal ref struct FieldReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    public bool IsBroken { get; private set; }

    /// <summary>All was read, and nothing is left.</summary>
    public readonly bool IsWhole => !IsBroken && _left.IsEmpty;

    public void Break() => IsBroken = true;

    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    public ushort Word() => Take(sizeof(ushort)) is { IsEmpty: false } value ? BinaryPrimitives.ReadUInt16LittleEndian(value) : (ushort)0;

    public uint Number() => Take(sizeof(uint)) is { IsEmpty: false } value ? BinaryPrimitives.ReadUInt32LittleEndian(value) : 0;

    public ulong Long() => Take(sizeof(ulong)) is { IsEmpty: false } value ? BinaryPrimitives.ReadUInt64LittleEndian(value) : 0;

    public ReadOnlySpan<byte> Take(int length)
    {
        IsBroken |= length > _left.Length;
        if (IsBroken)
            return [];
        ReadOnlySpan<byte> taken = _left[..length];
        _left = _left[length..];
        return taken;
    }

    public ReadOnlySpan<byte> Rest() => Take(_left.Length);

    /// <summary>0 or 1; anything else is broken.</summary>
    public bool Flag()
    {
        byte value = Byte();
        IsBroken |= value > 1;
        return value == 1;
    }

    /// <summary>Printable ASCII, so that it can be said to a client and to a log as it is.</summary>
    public string Text(int most)
    {
        int length = Word();
        IsBroken |= length > most;
        ReadOnlySpan<byte> text = Take(length);
        IsBroken |= text.ContainsAnyExceptInRange((byte)' ', (byte)'~');
        return IsBroken ? "" : Encoding.ASCII.GetString(text);
    }

    /// <summary>Null, and broken, for what is no name in its one form.</summary>
    public DnsName? Name()
    {
        string text = Text(DnsName.MaxLength);
        DnsName? name = IsBroken ? null : DnsName.Read(text);
        if (name?.Text != text)
            IsBroken = true;
        return IsBroken ? null : name;
    }
}
