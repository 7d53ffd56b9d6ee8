namespace Postern.Interop.LibSsl;

/// <summary>Reads PEM text from memory into OpenSSL's objects.</summary>
internal static unsafe class PemCertificates
{
    /// <summary>Calls back for each certificate in turn; the X509 is freed afterwards. Reading stops at the first that is none.</summary>
    public static void ForEach(byte[] pem, Action<nint> use)
    {
        fixed (byte* p = pem)
        {
            nint bio = NativeLibCrypto.BIO_new_mem_buf(p, pem.Length);
            nint certificate;
            while ((certificate = NativeLibCrypto.PEM_read_bio_X509(bio, null, 0, null)) != 0)
            {
                use(certificate);
                NativeLibCrypto.X509_free(certificate);
            }

            _ = NativeLibCrypto.BIO_free(bio);

            // "no start line" is how the end of the text is said.
            NativeLibCrypto.ERR_clear_error();
        }
    }
}
