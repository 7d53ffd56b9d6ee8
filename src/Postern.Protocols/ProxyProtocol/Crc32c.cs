using System.Buffers.Binary;
using System.Numerics;

namespace Postern.Protocols.ProxyProtocol;

/// <summary>The checksum TLV: CRC-32C (RFC 4960, appendix B) over the whole header with the checksum's own bytes as zero.</summary>
internal static class Crc32c
{
    private const int Length = 4;

    /// <summary>True when there is no checksum, or a right one.</summary>
    public static bool Holds(ReadOnlySpan<byte> header, int tlvsAt)
    {
        if (!TypeLengthValue.TryFind(header[tlvsAt..], TypeLengthValue.Crc32c, out int offset, out int length))
            return true;
        if (length != Length)
            return false;

        int at = tlvsAt + offset;
        uint crc = uint.MaxValue;
        for (int i = 0; i < header.Length; i++)
            crc = BitOperations.Crc32C(crc, i >= at && i < at + Length ? (byte)0 : header[i]);
        return ~crc == BinaryPrimitives.ReadUInt32BigEndian(header[at..]);
    }
}
