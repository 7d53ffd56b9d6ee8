namespace Postern.Interop.LibSsl.Keys;

/// <summary>A private key, where it is allowed to be: in the key agent.</summary>
public sealed unsafe class SigningKey : IDisposable
{
    /// <summary>A signature of RSA-4096; more is refused when the certificate is loaded.</summary>
    public const int MaxSignature = 512;

    private const int PaddingPkcs1 = 1;
    private const int PaddingPss = 6;
    private const int SaltAsDigest = -1;

    private readonly nint _key;
    private readonly string _type;

    private SigningKey(nint key, string type)
    {
        _key = key;
        _type = type;
    }

    /// <summary>
    /// Asks OpenSSL to keep private numbers in memory that is locked, left out of dumps, fenced by guard pages and wiped
    /// when it is given back (CRYPTO_secure_malloc_init). Before the first key. False when the kernel does not lock so
    /// much: all the rest holds then, but the pages may be swapped out.
    /// </summary>
    public static bool LockMemory(int size)
    {
        const int SmallestBlock = 32;
        return NativeKeys.CRYPTO_secure_malloc_init((nuint)size, SmallestBlock) == 1;
    }

    /// <summary>Bytes of the locked memory in use.</summary>
    public static long LockedBytes => (long)NativeKeys.CRYPTO_secure_used();

    /// <summary>Null when OpenSSL does not read it as an unencrypted EC, RSA or Ed25519 key.</summary>
    public static SigningKey? FromPem(byte[] pem)
    {
        nint key = PemCertificates.ReadKey(pem);
        NativeLibCrypto.ERR_clear_error();
        if (key == 0)
            return null;

        if (TypeOf(key) is { } type)
            return new SigningKey(key, type);

        NativeLibCrypto.EVP_PKEY_free(key);
        return null;
    }

    /// <summary>Signs the message. Its length, or 0: a scheme that is not for this key, or OpenSSL refused.</summary>
    public int Sign(SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        if (!Serves(scheme))
            return 0;

        nint context = NativeKeys.EVP_MD_CTX_new();
        nuint length = (nuint)signature.Length;
        nint keyContext;
        bool ok;
        fixed (byte* digest = Digest(scheme))
            ok = NativeKeys.EVP_DigestSignInit_ex(context, &keyContext, digest, 0, null, _key, null) == 1;
        if (ok && _type == "RSA")
        {
            bool pss = ((int)scheme & 0xff00) == 0x0800;
            ok = NativeKeys.EVP_PKEY_CTX_set_rsa_padding(keyContext, pss ? PaddingPss : PaddingPkcs1) == 1
                && (!pss || NativeKeys.EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, SaltAsDigest) == 1);
        }

        fixed (byte* m = message)
        fixed (byte* s = signature)
            ok = ok && NativeKeys.EVP_DigestSign(context, s, &length, m, (nuint)message.Length) == 1;
        NativeKeys.EVP_MD_CTX_free(context);
        NativeLibCrypto.ERR_clear_error();
        return ok ? (int)length : 0;
    }

    public void Dispose() => NativeLibCrypto.EVP_PKEY_free(_key);

    private bool Serves(SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.EcdsaSha256 or SignatureScheme.EcdsaSha384 or SignatureScheme.EcdsaSha512 => _type == "EC",
        SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPkcs1Sha512
            or SignatureScheme.RsaPssSha256 or SignatureScheme.RsaPssSha384 or SignatureScheme.RsaPssSha512 => _type == "RSA",
        SignatureScheme.Ed25519 => _type == "ED25519",
        _ => false,
    };

    private static ReadOnlySpan<byte> Digest(SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.EcdsaSha256 or SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPssSha256 => "SHA256\0"u8,
        SignatureScheme.EcdsaSha384 or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPssSha384 => "SHA384\0"u8,
        SignatureScheme.EcdsaSha512 or SignatureScheme.RsaPkcs1Sha512 or SignatureScheme.RsaPssSha512 => "SHA512\0"u8,
        _ => default,
    };

    private static string? TypeOf(nint key)
    {
        foreach (string type in (ReadOnlySpan<string>)["EC", "RSA", "ED25519"])
        {
            fixed (byte* name = System.Text.Encoding.ASCII.GetBytes(type + "\0"))
            {
                if (NativeKeys.EVP_PKEY_is_a(key, name) == 1)
                    return type;
            }
        }

        return null;
    }
}
