using Postern.Interop.LibSsl.Certificates;

namespace Postern.Interop.LibSsl.Keys;

/// <summary>A private key, where it is allowed to be: in the key agent.</summary>
public sealed unsafe class SigningKey : ISigningKey, IDisposable
{
    /// <summary>A signature of RSA-4096; more is refused when the certificate is loaded.</summary>
    public const int MaxSignature = 512;

    /// <summary>Kept ready for each scheme: as many as threads sign at a time on a machine of some size.</summary>
    private const int MaxReady = 8;

    private readonly nint _key;
    private readonly KeyKind _kind;
    private readonly SigningContext?[] _ready = new SigningContext?[SchemeFacts.Count * MaxReady];

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

        int length = _kind == KeyKind.Ed25519 ? SignWhole(message, signature) : SignHash(facts, message, signature);
        NativeLibCrypto.ERR_clear_error();
        return length;
    }

    public void Dispose()
    {
        foreach (SigningContext? context in _ready)
            context?.Dispose();
        NativeLibCrypto.EVP_PKEY_free(_key);
    }

    private int SignHash(SchemeFacts facts, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        // Several threads sign: each takes one that nobody uses, and brings it back.
        Span<SigningContext?> ready = _ready.AsSpan(facts.Place * MaxReady, MaxReady);
        SigningContext? context = null;
        for (int i = 0; i < MaxReady && context is null; i++)
            context = Interlocked.Exchange(ref ready[i], null);
        context ??= SigningContext.New(_key, facts);
        if (context is null)
            return 0;

        int length = context.Sign(message, signature);
        for (int i = 0; i < MaxReady && context is not null; i++)
        {
            if (Interlocked.CompareExchange(ref ready[i], context, null) is null)
                context = null;
        }

        context?.Dispose();
        return length;
    }

    /// <summary>Ed25519 signs the message and not its hash, which OpenSSL does in this way only.</summary>
    private int SignWhole(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        nint context = NativeKeys.EVP_MD_CTX_new();
        nuint length = (nuint)signature.Length;
        nint keyContext;
        bool ok;
        fixed (byte* m = message)
        fixed (byte* s = signature)
        {
            ok = NativeKeys.EVP_DigestSignInit_ex(context, &keyContext, null, 0, null, _key, null) == 1
                && NativeKeys.EVP_DigestSign(context, s, &length, m, (nuint)message.Length) == 1;
        }

        NativeKeys.EVP_MD_CTX_free(context);
        return ok ? (int)length : 0;
    }
}
