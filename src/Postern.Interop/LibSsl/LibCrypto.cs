using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl;

/// <summary>libcrypto's functions that the TLS code needs; certificates have a part of their own.</summary>
internal static unsafe partial class NativeLibCrypto
{
    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library)]
    public static partial int OPENSSL_init_crypto(ulong options, nint settings);

    [LibraryImport(Library)]
    public static partial void ERR_clear_error();

    [LibraryImport(Library)]
    public static partial ulong ERR_peek_error();

    [LibraryImport(Library)]
    public static partial byte* ERR_reason_error_string(ulong error);

    // A BIO of our own
    [LibraryImport(Library)]
    public static partial nint BIO_meth_new(int type, byte* name);

    [LibraryImport(Library)]
    public static partial int BIO_meth_set_write(nint method, delegate* unmanaged<nint, byte*, int, int> write);

    [LibraryImport(Library)]
    public static partial int BIO_meth_set_read(nint method, delegate* unmanaged<nint, byte*, int, int> read);

    [LibraryImport(Library)]
    public static partial int BIO_meth_set_ctrl(nint method, delegate* unmanaged<nint, int, nint, void*, nint> control);

    [LibraryImport(Library)]
    public static partial nint BIO_new(nint method);

    [LibraryImport(Library)]
    public static partial void BIO_set_init(nint bio, int init);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial void BIO_set_data(nint bio, void* data);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial void* BIO_get_data(nint bio);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial void BIO_set_flags(nint bio, int flags);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial void BIO_clear_flags(nint bio, int flags);

    [LibraryImport(Library)]
    public static partial nint BIO_new_mem_buf(byte* bytes, int length);

    [LibraryImport(Library)]
    public static partial int BIO_free(nint bio);

    // PEM, X.509, keys
    [LibraryImport(Library)]
    public static partial nint PEM_read_bio_X509(nint bio, nint* existing, nint callback, void* argument);

    [LibraryImport(Library)]
    public static partial void X509_free(nint certificate);

    [LibraryImport(Library)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    public static partial int X509_STORE_add_cert(nint store, nint certificate);

    /// <summary>The DER of the SubjectPublicKeyInfo: allocated by OpenSSL when <paramref name="output"/> points to null.</summary>
    [LibraryImport(Library)]
    public static partial int i2d_X509_PUBKEY(nint publicKey, byte** output);

    /// <summary>Borrowed.</summary>
    [LibraryImport(Library)]
    public static partial nint X509_get_X509_PUBKEY(nint certificate);

    [LibraryImport(Library)]
    public static partial int X509_digest(nint certificate, nint digest, byte* output, uint* length);

    /// <summary>1, and the digest's NID among others; 0 when the signature's algorithm is not known.</summary>
    [LibraryImport(Library)]
    public static partial int X509_get_signature_info(nint certificate, int* digest, int* key, int* securityBits, uint* flags);

    [LibraryImport(Library)]
    public static partial nint EVP_sha384();

    [LibraryImport(Library)]
    public static partial nint EVP_sha512();

    /// <summary>Borrowed.</summary>
    [LibraryImport(Library)]
    public static partial nint X509_STORE_CTX_get0_cert(nint context);

    [LibraryImport(Library)]
    public static partial int X509_verify_cert(nint context);

    [LibraryImport(Library)]
    public static partial void X509_STORE_CTX_set_error(nint context, int error);

    [LibraryImport(Library)]
    public static partial byte* X509_verify_cert_error_string(nint error);

    [LibraryImport(Library)]
    public static partial int X509_VERIFY_PARAM_set1_host(nint parameters, byte* name, nuint length);

    [LibraryImport(Library)]
    public static partial int X509_VERIFY_PARAM_set1_ip_asc(nint parameters, byte* address);

    [LibraryImport(Library)]
    public static partial void X509_VERIFY_PARAM_set_hostflags(nint parameters, uint flags);

    [LibraryImport(Library)]
    public static partial int X509_VERIFY_PARAM_set_flags(nint parameters, nuint flags);

    [LibraryImport(Library)]
    public static partial byte* SHA256(byte* data, nuint length, byte* digest);

    [LibraryImport(Library)]
    public static partial nint X509_get_subject_name(nint certificate);

    [LibraryImport(Library)]
    public static partial nint X509_get_issuer_name(nint certificate);

    [LibraryImport(Library)]
    public static partial int X509_NAME_get_text_by_NID(nint name, int nid, byte* buffer, int length);

    [LibraryImport(Library)]
    public static partial int i2d_X509(nint certificate, byte** output);

    // Records. Each call but an update of many bytes takes a fraction of a microsecond, and calls nobody back.
    [LibraryImport(Library)]
    public static partial nint EVP_CIPHER_CTX_new();

    [LibraryImport(Library)]
    public static partial void EVP_CIPHER_CTX_free(nint context);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int EVP_CipherInit_ex(nint context, nint cipher, nint engine, byte* key, byte* iv, int encrypts);

    [LibraryImport(Library)]
    public static partial int EVP_CipherUpdate(nint context, byte* output, int* outputLength, byte* input, int inputLength);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int EVP_CipherFinal_ex(nint context, byte* output, int* outputLength);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int EVP_CIPHER_CTX_ctrl(nint context, int command, int argument, void* pointer);

    // Session tickets
    [LibraryImport(Library)]
    public static partial nint EVP_sha256();

    [LibraryImport(Library)]
    public static partial nint EVP_CIPHER_fetch(nint library, byte* name, byte* properties);

    [LibraryImport(Library)]
    public static partial int EVP_EncryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(Library)]
    public static partial int EVP_DecryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(Library)]
    public static partial int EVP_MAC_CTX_set_params(nint context, OsslParameter* parameters);

    [LibraryImport(Library)]
    public static partial int RAND_bytes(byte* buffer, int length);

    [LibraryImport(Library)]
    public static partial int RAND_priv_bytes(byte* buffer, int length);

    [LibraryImport(Library)]
    public static partial byte* HMAC(
        nint digest, byte* key, int keyLength, byte* data, nuint dataLength, byte* output, uint* outputLength);
}

/// <summary>OSSL_PARAM of OpenSSL 3.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct OsslParameter
{
    public const uint Integer = 1;
    public const uint UnsignedInteger = 2;
    public const uint Utf8String = 4;
    public const uint OctetString = 5;

    public byte* Key;
    public uint Type;
    public void* Data;
    public nuint Size;
    public nuint ReturnSize;
}
