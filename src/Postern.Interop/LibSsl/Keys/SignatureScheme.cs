using Postern.Interop.LibSsl.Certificates;

namespace Postern.Interop.LibSsl.Keys;

/// <summary>What is signed how, by the code points of RFC 8446 §4.2.3. TLS 1.2 knows the same pairs of hash and algorithm (RFC 5246 §7.4.1.4.1).</summary>
public enum SignatureScheme : ushort
{
    None = 0,
    RsaPkcs1Sha256 = 0x0401,
    RsaPkcs1Sha384 = 0x0501,
    RsaPkcs1Sha512 = 0x0601,
    EcdsaSha256 = 0x0403,
    EcdsaSha384 = 0x0503,
    EcdsaSha512 = 0x0603,
    RsaPssSha256 = 0x0804,
    RsaPssSha384 = 0x0805,
    RsaPssSha512 = 0x0806,
    Ed25519 = 0x0807,
}

/// <summary>What a scheme is made of: one table for those who ask for it and those who sign by it.</summary>
/// <param name="Digest">In bits; 0 for Ed25519, which has none of its own.</param>
internal readonly record struct SchemeFacts(SignatureScheme Scheme, KeyKind Kind, int Digest, bool Pss)
{
    private static readonly SchemeFacts[] s_all =
    [
        new(SignatureScheme.RsaPkcs1Sha256, KeyKind.Rsa, 256, false),
        new(SignatureScheme.RsaPkcs1Sha384, KeyKind.Rsa, 384, false),
        new(SignatureScheme.RsaPkcs1Sha512, KeyKind.Rsa, 512, false),
        new(SignatureScheme.EcdsaSha256, KeyKind.Ec, 256, false),
        new(SignatureScheme.EcdsaSha384, KeyKind.Ec, 384, false),
        new(SignatureScheme.EcdsaSha512, KeyKind.Ec, 512, false),
        new(SignatureScheme.RsaPssSha256, KeyKind.Rsa, 256, true),
        new(SignatureScheme.RsaPssSha384, KeyKind.Rsa, 384, true),
        new(SignatureScheme.RsaPssSha512, KeyKind.Rsa, 512, true),
        new(SignatureScheme.Ed25519, KeyKind.Ed25519, 0, false),
    ];

    /// <summary>How many schemes there are.</summary>
    public static int Count => s_all.Length;

    /// <summary>The scheme's place among them.</summary>
    public int Place => Array.IndexOf(s_all, this);

    /// <summary>EVP_PKEY_CTX_set_rsa_padding(3) of it; no other algorithm has one.</summary>
    public int Padding => Pss ? RsaPadding.Pss : RsaPadding.Pkcs1;

    /// <summary>All zero (<see cref="SignatureScheme.None"/>) when it is no scheme of ours.</summary>
    public static SchemeFacts Of(SignatureScheme scheme)
    {
        foreach (SchemeFacts facts in s_all)
        {
            if (facts.Scheme == scheme)
                return facts;
        }

        return default;
    }

    /// <summary><see cref="SignatureScheme.None"/> when there is none.</summary>
    public static SignatureScheme Find(KeyKind kind, int digest, bool pss)
    {
        foreach (SchemeFacts facts in s_all)
        {
            if (facts.Kind == kind && facts.Digest == digest && facts.Pss == pss)
                return facts.Scheme;
        }

        return SignatureScheme.None;
    }
}

/// <summary>RSA_…_PADDING and RSA_PSS_SALTLEN_… of openssl/rsa.h.</summary>
internal static class RsaPadding
{
    public const int Pkcs1 = 1;
    public const int Pss = 6;
    public const int SaltAsDigest = -1;
}

/// <summary>Whoever holds the private keys: signs for those who know them by number only.</summary>
public interface IKeyAgent
{
    /// <summary>Signs the whole message. Called inside a handshake: must not throw.</summary>
    /// <param name="key">The key's number.</param>
    /// <param name="scheme">How; never <see cref="SignatureScheme.None"/>.</param>
    /// <param name="message">Everything that is signed, not its hash.</param>
    /// <param name="signature">Where it goes: 512 bytes are enough for RSA-4096.</param>
    /// <returns>The signature's length, or 0 when there is none.</returns>
    int Sign(int key, SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature);
}
