namespace Postern.Interop.LibSsl;

/// <summary>PEM text in memory to OpenSSL's objects, and those to DER.</summary>
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

    /// <summary>The certificate's bytes, without the armour.</summary>
    public static byte[] ToDer(nint certificate)
    {
        byte[] der = new byte[Math.Max(NativeLibCrypto.i2d_X509(certificate, null), 0)];
        fixed (byte* p = der)
        {
            byte* at = p;
            _ = NativeLibCrypto.i2d_X509(certificate, &at);
        }

        return der;
    }
}
