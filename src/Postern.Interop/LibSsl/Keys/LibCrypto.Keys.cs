using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl.Keys;

/// <summary>One function of a provider's dispatch table: OSSL_DISPATCH of openssl/core.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OsslDispatch
{
    public int Function;
    public nint Address;
}

/// <summary>One algorithm of a provider: OSSL_ALGORITHM of openssl/core.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct OsslAlgorithm
{
    public byte* Names;
    public byte* Properties;
    public OsslDispatch* Implementation;
    public byte* Description;
}

/// <summary>Providers, keys and signatures: openssl/provider.h and evp.h of OpenSSL 3.0.</summary>
internal static unsafe partial class NativeKeys
{
    private const string Library = "libcrypto.so.3";

    /// <summary>A text that lives as long as the process: OpenSSL keeps the addresses of what it is told.</summary>
    public static byte* Text(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);

    [LibraryImport(Library)]
    public static partial int OSSL_PROVIDER_add_builtin(
        nint context, byte* name, delegate* unmanaged<nint, OsslDispatch*, OsslDispatch**, void**, int> init);

    [LibraryImport(Library)]
    public static partial nint OSSL_PROVIDER_load(nint context, byte* name);

    [LibraryImport(Library)]
    public static partial int EVP_set_default_properties(nint context, byte* properties);

    [LibraryImport(Library)]
    public static partial nint EVP_KDF_fetch(nint context, byte* name, byte* properties);

    [LibraryImport(Library)]
    public static partial void EVP_KDF_free(nint kdf);

    /// <summary>Borrowed.</summary>
    [LibraryImport(Library)]
    public static partial nint EVP_KDF_get0_provider(nint kdf);

    /// <summary>Borrowed.</summary>
    [LibraryImport(Library)]
    public static partial byte* OSSL_PROVIDER_get0_name(nint provider);

    [LibraryImport(Library)]
    public static partial nint EVP_PKEY_CTX_new_from_name(nint context, byte* name, byte* properties);

    [LibraryImport(Library)]
    public static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_fromdata_init(nint context);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_fromdata(nint context, nint* key, int selection, OsslParameter* parameters);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_get_params(nint key, OsslParameter* parameters);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_export(nint key, int selection, nint callback, nint argument);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_eq(nint first, nint second);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_get_size(nint key);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_up_ref(nint key);

    [LibraryImport(Library)]
    public static partial nint X509_get_pubkey(nint certificate);

    [LibraryImport(Library)]
    public static partial nint EVP_MD_CTX_new();

    [LibraryImport(Library)]
    public static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    public static partial nint EVP_MD_fetch(nint library, byte* name, byte* properties);

    [LibraryImport(Library)]
    public static partial void EVP_MD_free(nint digest);

    [LibraryImport(Library)]
    public static partial int EVP_DigestInit_ex(nint context, nint digest, nint engine);

    [LibraryImport(Library)]
    public static partial int EVP_DigestUpdate(nint context, byte* data, nuint length);

    [LibraryImport(Library)]
    public static partial int EVP_DigestFinal_ex(nint context, byte* digest, uint* length);

    [LibraryImport(Library)]
    public static partial nint EVP_PKEY_CTX_new_from_pkey(nint library, nint key, byte* properties);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_sign_init(nint context);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_sign(nint context, byte* signature, nuint* signatureLength, byte* digest, nuint length);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_CTX_set_signature_md(nint context, nint digest);

    [LibraryImport(Library)]
    public static partial int EVP_DigestSignInit_ex(
        nint context, nint* keyContext, byte* digest, nint library, byte* properties, nint key, OsslParameter* parameters);

    [LibraryImport(Library)]
    public static partial int EVP_DigestSign(nint context, byte* signature, nuint* signatureLength, byte* message, nuint length);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_CTX_set_rsa_padding(nint context, int padding);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_CTX_set_rsa_pss_saltlen(nint context, int length);

    [LibraryImport(Library)]
    public static partial int CRYPTO_secure_malloc_init(nuint size, nuint smallest);

    [LibraryImport(Library)]
    public static partial byte* CRYPTO_secure_malloc(nuint size, byte* file, int line);

    [LibraryImport(Library)]
    public static partial nuint CRYPTO_secure_used();
}
