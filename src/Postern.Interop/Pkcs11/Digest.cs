using System.Runtime.InteropServices;

namespace Postern.Interop.Pkcs11;

/// <summary>Hashes what a token is to sign: by OpenSSL, since not every token hashes, and what it signs is short.</summary>
internal static unsafe partial class Digest
{
    public const int MaxSize = 64;

    /// <summary>The longest head of a DigestInfo, with the hash behind it.</summary>
    public const int MaxInfo = 19 + MaxSize;

    /// <summary>The hash's length, or 0.</summary>
    /// <param name="bits">256, 384 or 512.</param>
    /// <param name="message">What is hashed.</param>
    /// <param name="hash">At least <see cref="MaxSize"/> bytes.</param>
    public static int Compute(int bits, ReadOnlySpan<byte> message, Span<byte> hash)
    {
        ReadOnlySpan<byte> name = bits switch { 256 => "SHA256\0"u8, 384 => "SHA384\0"u8, 512 => "SHA512\0"u8, _ => default };
        if (name.IsEmpty || hash.Length < MaxSize)
            return 0;

        nuint length = 0;
        fixed (byte* n = name)
        fixed (byte* m = message)
        fixed (byte* h = hash)
            return EVP_Q_digest(0, n, null, m, (nuint)message.Length, h, &length) == 1 ? (int)length : 0;
    }

    /// <summary>DigestInfo of RFC 8017 §9.2, note 1: the head that names the hash, and the hash. Its length, or 0.</summary>
    public static int Info(int bits, ReadOnlySpan<byte> message, Span<byte> info)
    {
        ReadOnlySpan<byte> head = bits switch
        {
            256 => [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20],
            384 => [0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30],
            512 => [0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40],
            _ => default,
        };
        int hash = head.IsEmpty || info.Length < MaxInfo ? 0 : Compute(bits, message, info[head.Length..]);
        if (hash == 0)
            return 0;

        head.CopyTo(info);
        return head.Length + hash;
    }

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_Q_digest(nint context, byte* name, byte* properties, void* data, nuint size, byte* digest, nuint* length);
}
