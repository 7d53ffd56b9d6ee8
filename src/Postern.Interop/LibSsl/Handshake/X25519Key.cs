using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>A key that is made for one exchange (RFC 7748 §6.1, RFC 8446 §7.4.2) and forgotten behind it.</summary>
internal sealed unsafe partial class X25519Key : IDisposable
{
    /// <summary>Of a share, and of what is agreed on.</summary>
    public const int Length = 32;

    /// <summary>Looked up once for a thread, and good for any number of keys.</summary>
    [ThreadStatic]
    private static nint s_generator;

    private nint _key;

    private X25519Key(nint key) => _key = key;

    /// <summary>Null when OpenSSL has no random numbers.</summary>
    public static X25519Key? Generate()
    {
        nint key = 0;
        bool ok = Generator() != 0 && EVP_PKEY_generate(s_generator, &key) == 1;
        NativeLibCrypto.ERR_clear_error();
        return ok ? new X25519Key(key) : null;
    }

    /// <summary>What the other side is to be told.</summary>
    public void WriteShare(Span<byte> share)
    {
        nuint length = Length;
        fixed (byte* s = share[..Length])
            _ = EVP_PKEY_get_raw_public_key(_key, s, &length);
    }

    /// <summary>False for a share that would make the secret zero, whatever our key is (RFC 7748 §6.1).</summary>
    /// <param name="peer">The other side's share.</param>
    /// <param name="secret">What both have now.</param>
    public bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> secret)
    {
        nint other = 0, exchange = 0;
        nuint length = Length;
        bool ok;
        fixed (byte* name = "X25519\0"u8)
        fixed (byte* p = peer[..Length])
        fixed (byte* z = secret[..Length])
        {
            ok = (other = EVP_PKEY_new_raw_public_key_ex(0, name, null, p, Length)) != 0
                && (exchange = EVP_PKEY_CTX_new_from_pkey(0, _key, null)) != 0
                && EVP_PKEY_derive_init(exchange) == 1

                // X25519 takes any 32 bytes: there is nothing about them to be checked but what comes out.
                && EVP_PKEY_derive_set_peer_ex(exchange, other, 0) == 1
                && EVP_PKEY_derive(exchange, z, &length) == 1;
        }

        EVP_PKEY_CTX_free(exchange);
        NativeLibCrypto.EVP_PKEY_free(other);
        NativeLibCrypto.ERR_clear_error();
        return ok;
    }

    public void Dispose()
    {
        NativeLibCrypto.EVP_PKEY_free(_key);
        _key = 0;
    }

    private static nint Generator()
    {
        if (s_generator != 0)
            return s_generator;

        fixed (byte* name = "X25519\0"u8)
        {
            nint generator = EVP_PKEY_CTX_new_from_name(0, name, null);
            if (generator != 0 && EVP_PKEY_keygen_init(generator) == 1)
                s_generator = generator;
        }

        return s_generator;
    }

    [LibraryImport("libcrypto.so.3")]
    private static partial nint EVP_PKEY_CTX_new_from_name(nint library, byte* name, byte* properties);

    [LibraryImport("libcrypto.so.3")]
    private static partial nint EVP_PKEY_CTX_new_from_pkey(nint library, nint key, byte* properties);

    [LibraryImport("libcrypto.so.3")]
    private static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_PKEY_keygen_init(nint context);

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_PKEY_generate(nint context, nint* key);

    [LibraryImport("libcrypto.so.3")]
    private static partial nint EVP_PKEY_new_raw_public_key_ex(nint library, byte* type, byte* properties, byte* key, nuint length);

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_PKEY_get_raw_public_key(nint key, byte* output, nuint* length);

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_PKEY_derive_init(nint context);

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_PKEY_derive_set_peer_ex(nint context, nint peer, int validates);

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_PKEY_derive(nint context, byte* secret, nuint* length);
}
