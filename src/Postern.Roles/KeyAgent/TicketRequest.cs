using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Postern.Roles.KeyAgent;

/// <summary>
/// The body of a request for session ticket keys, little endian: the gate's place in the snapshot (two bytes), the
/// route's place and one (two bytes; 0 is the gate's own backend), and the slice of time (eight bytes).
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TicketRequest(int Gate, int Route, long Slice)
{
    public const int Size = 12;

    /// <summary>False when these bytes are no request.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out TicketRequest request)
    {
        request = default;
        if (bytes.Length != Size)
            return false;

        request = new TicketRequest(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) - 1,
            BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]));
        return true;
    }

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)Gate);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], (ushort)(Route + 1));
        BinaryPrimitives.WriteInt64LittleEndian(bytes[4..], Slice);
    }
}
