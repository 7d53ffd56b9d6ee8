using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Postern.Roles.Dialer;

/// <summary>
/// A worker's request, one message of ten bytes, little endian: a number of its choice, the gate's place in the
/// snapshot, the route's place and one (0 is the gate's own backend), and which of its addresses (docs/protocol/dialer.md).
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DialRequest(int Gate, int Route, int Address)
{
    public const int Size = 10;

    /// <summary>The answer: the number, then 0, minus errno or <see cref="DialDesk.Refused"/>; and a descriptor with it where there is one.</summary>
    public const int AnswerSize = 8;

    /// <summary>False when these bytes are no request; the number is read where there is one, so that the answer finds its way.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out uint number, out DialRequest request)
    {
        number = bytes.Length < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        request = default;
        if (bytes.Length != Size)
            return false;

        request = new DialRequest(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) - 1,
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]));
        return true;
    }

    public void Write(uint number, Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], (ushort)Gate);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], (ushort)(Route + 1));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], (ushort)Address);
    }

    public static void WriteAnswer(uint number, int result, Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], result);
    }

    public static void ReadAnswer(ReadOnlySpan<byte> bytes, out uint number, out int result)
    {
        number = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        result = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
    }
}
