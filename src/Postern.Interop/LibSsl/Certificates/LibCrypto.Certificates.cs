using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl;

/// <summary>
/// X.509 and keys: each signature once, as in openssl/x509.h, x509v3.h, pem.h and evp.h of OpenSSL 3.0. The functions
/// called EVP_PKEY_get_… are new names of 3.0.
/// </summary>
internal static unsafe partial class LibCrypto
{
    /// <summary>What reads PEM and is needed elsewhere too; kept apart so that each part of the interop stands alone.</summary>
    internal static partial class Pem
    {
        [LibraryImport("libcrypto.so.3")]
        internal static partial nint BIO_new_mem_buf(byte* buffer, int length);

        [LibraryImport("libcrypto.so.3")]
        internal static partial int BIO_free(nint bio);

        [LibraryImport("libcrypto.so.3")]
        internal static partial void ERR_clear_error();

        [LibraryImport("libcrypto.so.3")]
        internal static partial nuint ERR_peek_last_error();

        /// <summary>With no callback, <paramref name="userData"/> is the passphrase, up to a NUL: nobody is asked on the terminal.</summary>
        [LibraryImport("libcrypto.so.3")]
        internal static partial nint PEM_read_bio_X509(nint bio, nint* x509, nint callback, byte* userData);

        [LibraryImport("libcrypto.so.3")]
        internal static partial nint PEM_read_bio_PrivateKey(nint bio, nint* key, nint callback, byte* userData);
    }

    [LibraryImport("libcrypto.so.3")]
    internal static partial void X509_free(nint x509);

    /// <summary>Borrowed: the certificate owns the key.</summary>
    [LibraryImport("libcrypto.so.3")]
    internal static partial nint X509_get0_pubkey(nint x509);

    /// <summary>Borrowed.</summary>
    [LibraryImport("libcrypto.so.3")]
    internal static partial nint X509_get0_notBefore(nint x509);

    /// <summary>Borrowed.</summary>
    [LibraryImport("libcrypto.so.3")]
    internal static partial nint X509_get0_notAfter(nint x509);

    /// <summary>1 when the private key belongs to the certificate.</summary>
    [LibraryImport("libcrypto.so.3")]
    internal static partial int X509_check_private_key(nint x509, nint key);

    /// <summary>0 (X509_V_OK) when <paramref name="issuer"/> can have signed <paramref name="subject"/>, by name and key identifier.</summary>
    [LibraryImport("libcrypto.so.3")]
    internal static partial int X509_check_issued(nint issuer, nint subject);

    /// <summary>The decoded extension, owned by the caller; null when the certificate has none, or several, of it.</summary>
    [LibraryImport("libcrypto.so.3")]
    internal static partial nint X509_get_ext_d2i(nint x509, int nid, int* critical, int* index);

    [LibraryImport("libcrypto.so.3")]
    internal static partial int OPENSSL_sk_num(nint stack);

    [LibraryImport("libcrypto.so.3")]
    internal static partial nint OPENSSL_sk_value(nint stack, int index);

    [LibraryImport("libcrypto.so.3")]
    internal static partial void GENERAL_NAMES_free(nint names);

    /// <summary>Borrowed; an ASN1_STRING for DNS names.</summary>
    [LibraryImport("libcrypto.so.3")]
    internal static partial nint GENERAL_NAME_get0_value(nint name, int* type);

    /// <summary>Borrowed, and not ended by a NUL: the length is that of <see cref="ASN1_STRING_length"/>.</summary>
    [LibraryImport("libcrypto.so.3")]
    internal static partial byte* ASN1_STRING_get0_data(nint text);

    [LibraryImport("libcrypto.so.3")]
    internal static partial int ASN1_STRING_length(nint text);

    /// <summary>A time of its own when <paramref name="into"/> is null.</summary>
    [LibraryImport("libcrypto.so.3")]
    internal static partial nint ASN1_TIME_set(nint into, nint secondsSince1970);

    [LibraryImport("libcrypto.so.3")]
    internal static partial void ASN1_TIME_free(nint time);

    /// <summary>1, and the difference in days and seconds; 0 when a time is malformed.</summary>
    [LibraryImport("libcrypto.so.3")]
    internal static partial int ASN1_TIME_diff(int* days, int* seconds, nint from, nint to);

    [LibraryImport("libcrypto.so.3")]
    internal static partial void EVP_PKEY_free(nint key);

    [LibraryImport("libcrypto.so.3")]
    internal static partial int EVP_PKEY_get_base_id(nint key);

    [LibraryImport("libcrypto.so.3")]
    internal static partial int EVP_PKEY_get_bits(nint key);

    [LibraryImport("libcrypto.so.3")]
    internal static partial int EVP_PKEY_get_group_name(nint key, byte* name, nuint size, nuint* length);
}
