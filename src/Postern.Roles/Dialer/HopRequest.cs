using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Postern.Roles.Dialer;

/// <summary>
/// A worker's request for a host in the world, one message of 22 bytes, little endian: a number of its choice, the place of the gate
/// that leads out, and the address, as IPv6 (docs/protocol/dialer.md). The port is the gate's.
/// </summary>
public readonly record struct HopRequest(int Gate, IPAddress Address)
{
    public const int Size = 6 + AddressBytes;

    private const int AddressBytes = 16;

    /// <summary>False when these bytes are no such request; the number is read where there is one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out uint number, out HopRequest request)
    {
        number = bytes.Length < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        request = default;
        if (bytes.Length != Size)
            return false;

        var address = new IPAddress(bytes[6..]);
        request = new HopRequest(BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]), address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        return true;
    }

    public void Write(uint number, Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], (ushort)Gate);
        IPAddress address = Address.AddressFamily == AddressFamily.InterNetwork ? Address.MapToIPv6() : Address;
        _ = address.TryWriteBytes(bytes[6..], out _);
    }
}
