using System.Buffers.Binary;
using Postern.Interop.LibSsl.Keys;

namespace Postern.Roles.KeyAgent;

/// <summary>The first byte of an answer; the signature follows when it is <see cref="Signed"/>.</summary>
public enum SigningOutcome : byte
{
    Signed = 0,

    /// <summary>Not a request: too short, too long.</summary>
    Malformed = 1,

    /// <summary>No key has that number.</summary>
    UnknownKey = 2,

    /// <summary>Not a message that TLS has a server sign, or not so.</summary>
    NotTls = 3,

    /// <summary>The key is of another type, or OpenSSL refused.</summary>
    Failed = 4,

    /// <summary>The token that has the key does not sign.</summary>
    TokenFailed = 5,
}

/// <summary>
/// A worker's request, one message: key number (two bytes, little endian), scheme (two bytes, the same), and what is
/// to be signed (docs/protocol/keys.md).
/// </summary>
public readonly ref struct SigningRequest
{
    public const int HeaderSize = 4;
    public const int MaxSize = HeaderSize + TlsSignedContent.MaxLength;

    /// <summary>The outcome, and a signature.</summary>
    public const int MaxAnswer = 1 + SigningKey.MaxSignature;

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
