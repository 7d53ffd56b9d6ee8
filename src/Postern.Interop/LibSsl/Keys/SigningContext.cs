namespace Postern.Interop.LibSsl.Keys;

/// <summary>
/// A key made ready to sign by one scheme, again and again. OpenSSL's EVP_DigestSignInit looks up names, properties and
/// implementations, and that costs as much as an ECDSA signature does. Used by one thread at a time.
/// </summary>
internal sealed unsafe class SigningContext : IDisposable
{
    private const int MaxDigest = 64;

    private readonly nint _digest;
    private readonly nint _hash;
    private readonly nint _key;

    private SigningContext(nint digest, nint key)
    {
        _digest = digest;
        _hash = NativeKeys.EVP_MD_CTX_new();
        _key = key;
    }

    /// <summary>Null when OpenSSL refuses.</summary>
    public static SigningContext? New(nint key, SchemeFacts facts)
    {
        fixed (byte* name = DigestName(facts.Digest))
        {
            var context = new SigningContext(NativeKeys.EVP_MD_fetch(0, name, null), NativeKeys.EVP_PKEY_CTX_new_from_pkey(0, key, null));
            if (context._digest != 0 && context._key != 0 && context.Begin(facts))
                return context;
            context.Dispose();
            return null;
        }
    }

    /// <summary>The signature's length, or 0.</summary>
    public int Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        byte* hash = stackalloc byte[MaxDigest];
        uint hashLength = 0;
        nuint length = (nuint)signature.Length;
        fixed (byte* m = message)
        fixed (byte* s = signature)
        {
            return NativeKeys.EVP_DigestInit_ex(_hash, _digest, 0) == 1
                && NativeKeys.EVP_DigestUpdate(_hash, m, (nuint)message.Length) == 1
                && NativeKeys.EVP_DigestFinal_ex(_hash, hash, &hashLength) == 1
                && NativeKeys.EVP_PKEY_sign(_key, s, &length, hash, hashLength) == 1
                    ? (int)length
                    : 0;
        }
    }

    public void Dispose()
    {
        NativeKeys.EVP_PKEY_CTX_free(_key);
        NativeKeys.EVP_MD_CTX_free(_hash);
        NativeKeys.EVP_MD_free(_digest);
    }

    private bool Begin(SchemeFacts facts) =>
        NativeKeys.EVP_PKEY_sign_init(_key) == 1
        && (facts.Kind != Certificates.KeyKind.Rsa || NativeKeys.EVP_PKEY_CTX_set_rsa_padding(_key, facts.Padding) == 1)
        && (!facts.Pss || NativeKeys.EVP_PKEY_CTX_set_rsa_pss_saltlen(_key, RsaPadding.SaltAsDigest) == 1)
        && NativeKeys.EVP_PKEY_CTX_set_signature_md(_key, _digest) == 1;

    private static ReadOnlySpan<byte> DigestName(int bits) => bits switch
    {
        256 => "SHA256\0"u8,
        384 => "SHA384\0"u8,
        _ => "SHA512\0"u8,
    };
}
