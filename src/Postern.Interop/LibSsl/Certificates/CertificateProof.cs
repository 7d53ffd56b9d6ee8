using System.Runtime.InteropServices;
using Postern.Interop.LibSsl.Keys;

namespace Postern.Interop.LibSsl.Certificates;

/// <summary>Whether a signature is one of the key that a certificate is for: how a key that nobody can read shows that it belongs there.</summary>
public static unsafe partial class CertificateProof
{
    /// <summary>By the first certificate of the chain, which must have been read well before.</summary>
    public static bool Verifies(ReadOnlySpan<byte> chainPem, SignatureScheme scheme, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        SchemeFacts facts = SchemeFacts.Of(scheme);
        using CertificateStack chain = CertificateStack.Read(chainPem, out _);
        nint key = chain.Count == 0 ? 0 : LibCrypto.X509_get0_pubkey(chain[0]);
        if (key == 0 || KeyReader.Describe(key).Kind != facts.Kind)
            return false;

        nint context = NativeKeys.EVP_MD_CTX_new();
        nint keyContext;
        bool ok;
        fixed (byte* digest = facts.Digest switch { 256 => "SHA256\0"u8, 384 => "SHA384\0"u8, 512 => "SHA512\0"u8, _ => default })
            ok = EVP_DigestVerifyInit_ex(context, &keyContext, digest, 0, null, key, null) == 1;
        if (ok && facts.Kind == KeyKind.Rsa)
        {
            ok = NativeKeys.EVP_PKEY_CTX_set_rsa_padding(keyContext, facts.Padding) == 1
                && (!facts.Pss || NativeKeys.EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, RsaPadding.SaltAsDigest) == 1);
        }

        fixed (byte* m = message)
        fixed (byte* s = signature)
            ok = ok && EVP_DigestVerify(context, s, (nuint)signature.Length, m, (nuint)message.Length) == 1;
        NativeKeys.EVP_MD_CTX_free(context);
        LibCrypto.Pem.ERR_clear_error();
        return ok;
    }

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_DigestVerifyInit_ex(
        nint context, nint* keyContext, byte* digest, nint library, byte* properties, nint key, OsslParameter* parameters);

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_DigestVerify(nint context, byte* signature, nuint signatureLength, byte* message, nuint length);
}
