using System.Buffers.Binary;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>Reads what TLS writes: numbers, and vectors behind their length (RFC 8446 §3). Once something is missing, everything is.</summary>
internal ref struct HelloBytes(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsEmpty => _rest.IsEmpty;

    /// <summary>Less was there than was asked for.</summary>
    public bool IsShort { get; private set; }

    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    public ushort Number() => Take(2) is { Length: 2 } two ? BinaryPrimitives.ReadUInt16BigEndian(two) : (ushort)0;

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            IsShort = true;
            _rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>opaque …&lt;0..2^8-1&gt;</summary>
    public ReadOnlySpan<byte> ShortVector() => Take(Byte());

    /// <summary>opaque …&lt;0..2^16-1&gt;</summary>
    public ReadOnlySpan<byte> Vector() => Take(Number());
}
