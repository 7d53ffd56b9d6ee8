using System.Buffers.Binary;
using Postern.Interop.LibSsl.Keys;

namespace Postern.Roles.KeyAgent;

/// <summary>
/// The body of a request for a signature: key number (two bytes, little endian), scheme (two bytes, the same), and what
/// is to be signed (docs/protocol/keys.md).
/// </summary>
public readonly ref struct SigningRequest
{
    public const int HeaderSize = 4;
    public const int MaxSize = HeaderSize + TlsSignedContent.MaxLength;

    public const int MaxAnswer = SigningKey.MaxSignature;

    private SigningRequest(int key, SignatureScheme scheme, ReadOnlySpan<byte> message)
    {
        Key = key;
        Scheme = scheme;
        Message = message;
    }

    public int Key { get; }

    public SignatureScheme Scheme { get; }

    public ReadOnlySpan<byte> Message { get; }

    /// <summary>False when these bytes are no request.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SigningRequest request)
    {
        request = default;
        if (bytes.Length is < HeaderSize or > MaxSize)
            return false;

        request = new SigningRequest(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            (SignatureScheme)BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]),
            bytes[HeaderSize..]);
        return true;
    }

    /// <summary>The length written, or 0 when the message is longer than any that TLS signs.</summary>
    public static int Write(int key, SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> bytes)
    {
        if (message.Length > TlsSignedContent.MaxLength || key is < 0 or > ushort.MaxValue)
            return 0;

        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)key);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], (ushort)scheme);
        message.CopyTo(bytes[HeaderSize..]);
        return HeaderSize + message.Length;
    }
}
