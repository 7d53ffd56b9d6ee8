using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Postern.Roles.Dialer;

/// <summary>
/// A worker's request for a host in the world, one message of 24 bytes, little endian: a number of its choice, the place of the gate
/// that leads out, the port, and the address, as IPv6 (docs/protocol/dialer.md).
/// </summary>
public readonly record struct HopRequest(int Gate, IPAddress Address, int Port)
{
    public const int Size = 8 + AddressBytes;

    private const int AddressBytes = 16;

    /// <summary>False when these bytes are no such request; the number is read where there is one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out uint number, out HopRequest request)
    {
        number = bytes.Length < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        request = default;
        if (bytes.Length != Size)
            return false;

        var address = new IPAddress(bytes[8..]);
        request = new HopRequest(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
            address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address,
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]));
        return true;
    }

    public void Write(uint number, Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], (ushort)Gate);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], (ushort)Port);
        IPAddress address = Address.AddressFamily == AddressFamily.InterNetwork ? Address.MapToIPv6() : Address;
        _ = address.TryWriteBytes(bytes[8..], out _);
    }
}
