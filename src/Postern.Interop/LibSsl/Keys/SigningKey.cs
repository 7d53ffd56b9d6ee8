using Postern.Interop.LibSsl.Certificates;

namespace Postern.Interop.LibSsl.Keys;

/// <summary>A private key, where it is allowed to be: in the key agent.</summary>
public sealed unsafe class SigningKey : ISigningKey, IDisposable
{
    /// <summary>A signature of RSA-4096; more is refused when the certificate is loaded.</summary>
    public const int MaxSignature = 512;

    private readonly nint _key;
    private readonly KeyKind _kind;

    private SigningKey(nint key, KeyKind kind)
    {
        _key = key;
        _kind = kind;
    }

    /// <summary>Null when OpenSSL does not read it as an EC, RSA or Ed25519 key, under this passphrase if it is under one.</summary>
    public static SigningKey? FromPem(ReadOnlySpan<byte> pem, ReadOnlySpan<byte> passphrase = default)
    {
        nint key = KeyReader.Read(pem, passphrase, out _);
        if (key == 0)
            return null;

        KeyKind kind = KeyReader.Describe(key).Kind;
        if (kind != KeyKind.Other)
            return new SigningKey(key, kind);

        NativeLibCrypto.EVP_PKEY_free(key);
        return null;
    }

    /// <summary>Signs the message. Its length, or 0: a scheme that is not for this key, or OpenSSL refused.</summary>
    public int Sign(SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        SchemeFacts facts = SchemeFacts.Of(scheme);
        if (facts.Scheme == SignatureScheme.None || facts.Kind != _kind)
            return 0;

        nint context = NativeKeys.EVP_MD_CTX_new();
        nuint length = (nuint)signature.Length;
        nint keyContext;
        bool ok;
        fixed (byte* digest = DigestName(facts.Digest))
            ok = NativeKeys.EVP_DigestSignInit_ex(context, &keyContext, digest, 0, null, _key, null) == 1;
        if (ok && _kind == KeyKind.Rsa)
        {
            ok = NativeKeys.EVP_PKEY_CTX_set_rsa_padding(keyContext, facts.Padding) == 1
                && (!facts.Pss || NativeKeys.EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, RsaPadding.SaltAsDigest) == 1);
        }

        fixed (byte* m = message)
        fixed (byte* s = signature)
            ok = ok && NativeKeys.EVP_DigestSign(context, s, &length, m, (nuint)message.Length) == 1;
        NativeKeys.EVP_MD_CTX_free(context);
        NativeLibCrypto.ERR_clear_error();
        return ok ? (int)length : 0;
    }

    public void Dispose() => NativeLibCrypto.EVP_PKEY_free(_key);

    private static ReadOnlySpan<byte> DigestName(int bits) => bits switch
    {
        256 => "SHA256\0"u8,
        384 => "SHA384\0"u8,
        512 => "SHA512\0"u8,
        _ => default,
    };
}
