using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Keys;

namespace Postern.Interop.Pkcs11;

/// <summary>
/// A signature of TLS by a token. The token gets a hash, the form that every token takes; what it gives back becomes
/// what TLS sends.
/// </summary>
public static unsafe class TokenSignature
{
    // CKM_…, CKG_MGF1_… of PKCS #11 2.40; CKM_EDDSA of 3.0, which modules of 2.40 have too.
    private const ulong RsaPkcs = 0x1;
    private const ulong RsaPkcsPss = 0xd;
    private const ulong Ecdsa = 0x1041;
    private const ulong EdDsa = 0x1057;
    private const ulong Sha256 = 0x250, Sha384 = 0x260, Sha512 = 0x270;
    private const ulong Mgf1Sha256 = 2, Mgf1Sha384 = 3, Mgf1Sha512 = 4;

    /// <summary>Whether such a key makes such a signature.</summary>
    public static bool Fits(SignatureScheme scheme, TokenKeyType type) => SchemeFacts.Of(scheme) is { Scheme: not SignatureScheme.None } facts
        && facts.Kind == type switch
        {
            TokenKeyType.Rsa => KeyKind.Rsa,
            TokenKeyType.Ec => KeyKind.Ec,
            TokenKeyType.EcEdwards => KeyKind.Ed25519,
            _ => KeyKind.Other,
        };

    /// <summary>Signs the message. The scheme must fit the key.</summary>
    /// <param name="orderBytes">Of an EC key: a longer hash is cut to that (FIPS 186-5 §6.4.1), since not every token does it.</param>
    public static CryptokiResult Make(
        TokenModule module, ulong session, ulong key, SignatureScheme scheme, int orderBytes, ReadOnlySpan<byte> message, Span<byte> signature, out int length)
    {
        ArgumentNullException.ThrowIfNull(module);
        SchemeFacts facts = SchemeFacts.Of(scheme);
        Span<byte> data = stackalloc byte[Digest.MaxInfo];
        length = 0;
        switch (facts.Kind)
        {
            case KeyKind.Ed25519:
                return module.Sign(session, key, new Mechanism { Type = EdDsa }, message, signature, out length);

            case KeyKind.Rsa when facts.Pss:
                PssParameters pss = Parameters(facts.Digest);
                var mechanism = new Mechanism { Type = RsaPkcsPss, Parameter = &pss, ParameterLength = (ulong)sizeof(PssParameters) };
                return module.Sign(session, key, mechanism, data[..Digest.Compute(facts.Digest, message, data)], signature, out length);

            case KeyKind.Rsa:
                return module.Sign(session, key, new Mechanism { Type = RsaPkcs }, data[..Digest.Info(facts.Digest, message, data)], signature, out length);

            case KeyKind.Ec:
                int hash = Math.Min(Digest.Compute(facts.Digest, message, data), orderBytes);
                Span<byte> numbers = stackalloc byte[EcdsaSignature.MaxSize];
                CryptokiResult result = module.Sign(session, key, new Mechanism { Type = Ecdsa }, data[..hash], numbers, out int size);
                if (result != CryptokiResult.Ok)
                    return result;
                length = EcdsaSignature.ToDer(numbers[..size], signature);
                return length > 0 ? CryptokiResult.Ok : CryptokiResult.GeneralError;

            default:
                return CryptokiResult.MechanismInvalid;
        }
    }

    /// <summary>RFC 8446 §4.2.3: the mask by the same hash, the salt as long as it.</summary>
    private static PssParameters Parameters(int digest) => new()
    {
        Hash = digest switch { 256 => Sha256, 384 => Sha384, _ => Sha512 },
        MaskGeneration = digest switch { 256 => Mgf1Sha256, 384 => Mgf1Sha384, _ => Mgf1Sha512 },
        SaltLength = (ulong)digest / 8,
    };
}
