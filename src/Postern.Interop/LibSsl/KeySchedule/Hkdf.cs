using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Postern.Interop.LibSsl.KeySchedule;

/// <summary>The two steps of the key schedule of TLS 1.3: RFC 8446 §7.1, over RFC 5869.</summary>
internal static class Hkdf
{
    /// <summary>HkdfLabel: a length, a label of at most 255 bytes and a context of as many, each with a byte for its length.</summary>
    private const int MaxLabel = sizeof(ushort) + 1 + 255 + 1 + 255;

    private static readonly byte[] s_nothing256 = SHA256.HashData([]);
    private static readonly byte[] s_nothing384 = SHA384.HashData([]);

    /// <summary>The hash of no message at all.</summary>
    public static ReadOnlySpan<byte> Nothing(ScheduleHash hash) => hash == ScheduleHash.Sha256 ? s_nothing256 : s_nothing384;

    /// <summary>HKDF-Expand-Label. False for what no TLS 1.3 asks for: a label or a context that is too long, more than one block.</summary>
    public static bool TryExpandLabel(
        ScheduleHash hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> output)
    {
        if (secret.Length > Hmac.DigestLength(hash))
            return false;

        var key = new HmacKey(hash, secret);
        bool ok = TryExpandLabel(hash, key, prefix, label, context, output);
        key.Dispose();
        return ok;
    }

    /// <summary>The same from a secret that is expanded several times.</summary>
    [SkipLocalsInit]
    public static bool TryExpandLabel(
        ScheduleHash hash, in HmacKey secret, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> output)
    {
        if (prefix.Length + label.Length > 255 || context.Length > 255 || output.Length > Hmac.DigestLength(hash))
            return false;

        Span<byte> info = stackalloc byte[MaxLabel + 1];
        BinaryPrimitives.WriteUInt16BigEndian(info, (ushort)output.Length);
        info[2] = (byte)(prefix.Length + label.Length);
        int at = 3;
        prefix.CopyTo(info[at..]);
        at += prefix.Length;
        label.CopyTo(info[at..]);
        at += label.Length;
        info[at++] = (byte)context.Length;
        context.CopyTo(info[at..]);
        at += context.Length;

        // RFC 5869 §2.3: T(1) = HMAC(PRK, T(0) | info | 0x01), T(0) being empty.
        Span<byte> block = stackalloc byte[Hmac.MaxDigest];
        secret.Compute(info[..at], [1], block);
        block[..output.Length].CopyTo(output);
        CryptographicOperations.ZeroMemory(block);
        return true;
    }

    /// <summary>
    /// The next secret of the schedule: Extract of what comes in, salted with Derive-Secret(previous, "derived", ""), or with
    /// nothing at the top. What does not come in is a digest's length of zeros.
    /// </summary>
    public static bool TryNextSecret(
        ScheduleHash hash, ReadOnlySpan<byte> previous, ReadOnlySpan<byte> incoming, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> label, Span<byte> output)
    {
        int digest = Hmac.DigestLength(hash);
        if (output.Length != digest)
            return false;

        Span<byte> salt = stackalloc byte[Hmac.MaxDigest];
        salt = salt[..digest];
        if (previous.IsEmpty)
            salt = default;
        else if (!TryExpandLabel(hash, previous, prefix, label, Nothing(hash), salt))
            return false;

        Extract(hash, salt, incoming, output);
        CryptographicOperations.ZeroMemory(salt);
        return true;
    }

    /// <summary>HKDF-Extract (RFC 5869 §2.2); a digest's length of zeros in the place of what there is not.</summary>
    public static void Extract(ScheduleHash hash, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> incoming, Span<byte> secret)
    {
        Span<byte> zeros = stackalloc byte[Hmac.MaxDigest];
        zeros = zeros[..Hmac.DigestLength(hash)];
        zeros.Clear();
        Hmac.Compute(hash, salt.IsEmpty ? zeros : salt, incoming.IsEmpty ? zeros : incoming, [], secret);
    }
}
