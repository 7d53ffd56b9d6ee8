using System.Runtime.InteropServices;
using Postern.Interop.LibSsl.Keys;

namespace Postern.Interop.LibSsl.Tickets;

/// <summary>
/// What ticket keys are derived from, in memory as that of private keys: HKDF of RFC 5869 with HMAC-SHA-256. The secret
/// is drawn in (extract) once; what is kept is worth as much, and no less secret.
/// </summary>
public sealed unsafe class TicketSecret
{
    private const int HashLength = 32;
    private const int MaxInfo = 256;

    private readonly byte* _key;

    /// <param name="secret">Of any length; the caller wipes it.</param>
    /// <param name="salt">Says what it is used for.</param>
    public TicketSecret(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> salt)
    {
        // Never freed: it lives as long as the process that has it.
        _key = NativeKeys.CRYPTO_secure_malloc(HashLength, null, 0);
        if (_key == null)
            _key = (byte*)NativeMemory.Alloc(HashLength);

        // RFC 5869 §2.2: the salt is HMAC's key, the secret its text.
        fixed (byte* s = salt)
        fixed (byte* text = secret)
        {
            if (!Hmac(s, salt.Length, text, secret.Length, _key))
                throw new InvalidOperationException("HMAC: " + OpenSslError.Take());
        }
    }

    /// <summary>Keys for this purpose (RFC 5869 §2.3). False when OpenSSL refuses.</summary>
    public bool TryDerive(ReadOnlySpan<byte> info, Span<byte> output)
    {
        if (info.Length > MaxInfo)
            return false;

        // T(n) = HMAC(key, T(n - 1) | info | n); T(0) is empty.
        byte* text = stackalloc byte[HashLength + MaxInfo + 1];
        byte* block = stackalloc byte[HashLength];
        info.CopyTo(new Span<byte>(text + HashLength, MaxInfo));
        bool ok = true;
        int done = 0;
        for (byte n = 1; done < output.Length && ok; n++)
        {
            text[HashLength + info.Length] = n;
            int skipped = n == 1 ? HashLength : 0;
            ok = Hmac(_key, HashLength, text + skipped, HashLength - skipped + info.Length + 1, block);
            var made = new Span<byte>(block, Math.Min(HashLength, output.Length - done));
            made.CopyTo(output[done..]);
            new Span<byte>(block, HashLength).CopyTo(new Span<byte>(text, HashLength));
            done += made.Length;
        }

        new Span<byte>(text, HashLength).Clear();
        new Span<byte>(block, HashLength).Clear();
        NativeLibCrypto.ERR_clear_error();
        return ok;
    }

    private static bool Hmac(byte* key, int keyLength, byte* text, int length, byte* output)
    {
        uint written = HashLength;
        byte none = 0;
        return NativeLibCrypto.HMAC(
            NativeLibCrypto.EVP_sha256(), key == null ? &none : key, keyLength, text, (nuint)length, output, &written) != null;
    }
}
