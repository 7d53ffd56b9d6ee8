using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Postern.Interop.LibSsl.KeySchedule;

/// <summary>The two steps of the key schedule of TLS 1.3: RFC 8446 §7.1, over RFC 5869.</summary>
internal static class Hkdf
{
    /// <summary>HkdfLabel: a length, a label of at most 255 bytes and a context of as many, each with a byte for its length.</summary>
    private const int MaxLabel = sizeof(ushort) + 1 + 255 + 1 + 255;

    /// <summary>HKDF-Expand-Label. False for what no TLS 1.3 asks for: a label or a context that is too long, more than one block.</summary>
    public static bool TryExpandLabel(
        ScheduleHash hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> output)
    {
        int digest = Hmac.DigestLength(hash);
        if (prefix.Length + label.Length > 255 || context.Length > 255 || output.Length > digest || secret.Length > digest)
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
        Hmac.Compute(hash, secret, info[..at], [1], block);
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

        Span<byte> zeros = stackalloc byte[Hmac.MaxDigest];
        zeros.Clear();
        Span<byte> salt = stackalloc byte[Hmac.MaxDigest];
        salt = salt[..digest];
        salt.Clear();
        if (!previous.IsEmpty)
        {
            Span<byte> nothing = stackalloc byte[Hmac.MaxDigest];
            nothing = nothing[..digest];
            Hmac.Digest(hash, [], [], [], nothing);
            if (!TryExpandLabel(hash, previous, prefix, label, nothing, salt))
                return false;
        }

        Hmac.Compute(hash, salt, incoming.IsEmpty ? zeros[..digest] : incoming, [], output);
        CryptographicOperations.ZeroMemory(salt);
        return true;
    }
}
