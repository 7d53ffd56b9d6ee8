using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Postern.Roles.Dialer;

/// <summary>
/// A worker's request, one message of six bytes, little endian: the gate's place in the snapshot, the route's place and
/// one (0 is the gate's own backend), and which of its addresses (docs/protocol/dialer.md).
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DialRequest(int Gate, int Route, int Address)
{
    public const int Size = 6;

    /// <summary>The answer: 0 or minus errno, and a descriptor with it where there is one.</summary>
    public const int AnswerSize = sizeof(int);

    /// <summary>False when these bytes are no request.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out DialRequest request)
    {
        request = default;
        if (bytes.Length != Size)
            return false;

        request = new DialRequest(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) - 1,
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]));
        return true;
    }

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)Gate);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], (ushort)(Route + 1));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], (ushort)Address);
    }
}
