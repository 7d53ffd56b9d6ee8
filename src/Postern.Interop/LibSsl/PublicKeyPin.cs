namespace Postern.Interop.LibSsl;

/// <summary>SHA-256 over the SubjectPublicKeyInfo (RFC 7469 §2.4; TLSA 3 1 1 has the same bytes, RFC 6698 §2.1).</summary>
public static unsafe class PublicKeyPin
{
    /// <summary>A key of RSA-4096 has 550 bytes, one of RSA-16384, the most that OpenSSL verifies with, 2 086.</summary>
    private const int MaxKey = 4096;

    /// <summary>False for a key that is longer than any that TLS knows, or none.</summary>
    internal static bool TryCompute(nint certificate, Span<byte> pin)
    {
        nint key = certificate == 0 ? 0 : NativeLibCrypto.X509_get_X509_PUBKEY(certificate);
        int length = key == 0 ? 0 : NativeLibCrypto.i2d_X509_PUBKEY(key, null);
        if (length is <= 0 or > MaxKey)
            return false;

        byte* der = stackalloc byte[MaxKey];
        byte* at = der;
        _ = NativeLibCrypto.i2d_X509_PUBKEY(key, &at);
        fixed (byte* p = pin[..TlsClientSettings.PinLength])
            return NativeLibCrypto.SHA256(der, (nuint)length, p) != null;
    }

    /// <summary>Of the first certificate of a PEM text; null when there is none.</summary>
    public static byte[]? OfFirst(byte[] pem)
    {
        byte[]? found = null;
        PemCertificates.ForEach(pem, x509 =>
        {
            byte[] pin = new byte[TlsClientSettings.PinLength];
            if (found is null && TryCompute(x509, pin))
                found = pin;
        });
        return found;
    }
}
