using System.Buffers.Binary;

namespace Postern.Protocols.ProxyProtocol;

/// <summary>The TLVs of a version 2 header: a type byte, a length of two bytes, the value.</summary>
internal static class TypeLengthValue
{
    public const byte Alpn = 0x01;
    public const byte Authority = 0x02;
    public const byte Crc32c = 0x03;
    public const byte Ssl = 0x20;
    public const byte SslVersion = 0x21;
    public const byte SslCommonName = 0x22;
    public const byte SslCipher = 0x23;
    public const byte SslClientCertificate = 0x28;

    /// <summary>
    /// Ours, of the range 0xE0 to 0xEF that is left to applications: the tls-exporter channel binding of RFC 9266,
    /// 32 bytes (docs/protocol/proxy.md).
    /// </summary>
    public const byte ChannelBinding = 0xE1;

    /// <summary>The tls-server-end-point channel binding of RFC 5929, of the same private range.</summary>
    public const byte ServerEndPoint = 0xE2;

    public const int HeaderLength = 3;

    public static bool AreWellFormed(ReadOnlySpan<byte> tlvs)
    {
        while (!tlvs.IsEmpty)
        {
            if (tlvs.Length < HeaderLength)
                return false;
            int length = HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(tlvs[1..]);
            if (length > tlvs.Length)
                return false;
            tlvs = tlvs[length..];
        }

        return true;
    }

    /// <summary>The value of the first TLV of this type; an empty span where there is none, with false.</summary>
    public static bool TryFind(ReadOnlySpan<byte> tlvs, byte type, out int offset, out int length)
    {
        offset = 0;
        while (offset < tlvs.Length)
        {
            length = BinaryPrimitives.ReadUInt16BigEndian(tlvs[(offset + 1)..]);
            byte found = tlvs[offset];
            offset += HeaderLength;
            if (found == type)
                return true;
            offset += length;
        }

        length = 0;
        return false;
    }

    public static void Write(ref ByteWriter output, byte type, scoped ReadOnlySpan<byte> value)
    {
        Begin(ref output, type, value.Length);
        output.Write(value);
    }

    public static void Begin(ref ByteWriter output, byte type, int length)
    {
        output.Write([type, (byte)(length >> 8), (byte)length]);
    }
}
