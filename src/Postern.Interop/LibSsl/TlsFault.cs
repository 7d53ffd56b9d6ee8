namespace Postern.Interop.LibSsl;

/// <summary>Why a <see cref="TlsChannel"/> failed, as far as something different is to be done about it.</summary>
public enum TlsFault
{
    None,

    /// <summary>None of those below; <see cref="TlsChannel.Failure"/> says which.</summary>
    Other,

    /// <summary>What came is no TLS at all.</summary>
    NotTls,

    /// <summary>There is no version of TLS that both sides want.</summary>
    Version,

    /// <summary>The peer knows none of the ALPN names that we offered.</summary>
    Alpn,

    /// <summary>The peer wants a certificate and got none.</summary>
    CertificateWanted,

    /// <summary>The peer does not take our certificate.</summary>
    CertificateRefused,

    // From here on it is the peer's certificate.

    /// <summary>The peer's certificate leads to nobody who is trusted.</summary>
    UnknownAuthority,

    /// <summary>The peer's certificate, or one on the way to its authority, has expired.</summary>
    Expired,

    /// <summary>The same before its time.</summary>
    NotYetValid,

    /// <summary>The peer's certificate is for somebody else.</summary>
    WrongName,

    /// <summary>The peer's key is not one of those pinned, or its certificate not on a list.</summary>
    NotListed,

    /// <summary>The peer's chain matches no TLSA record.</summary>
    NoTlsaMatch,

    /// <summary>The peer's certificate does not verify for another reason; <see cref="TlsChannel.VerifyFailure"/> says which.</summary>
    Untrusted,
}

/// <summary>OpenSSL's codes as a <see cref="TlsFault"/>: sslerr.h, tls1.h and x509_vfy.h of 3.0, which has promised to keep them.</summary>
internal static class TlsFaults
{
    private const int LibraryShift = 23;
    private const ulong LibraryMask = 0xFF;
    private const ulong ReasonMask = 0x7FFFFF;
    private const ulong LibrarySsl = 20;

    // SSL_AD_REASON_OFFSET: an alert that the peer sent (RFC 8446 §6) is its number and this.
    private const ulong Alerts = 1000;

    /// <param name="error">The packed code of OpenSSL's queue.</param>
    /// <param name="verified">SSL_get_verify_result, where the peer had to show something; else that all is well.</param>
    public static TlsFault Of(ulong error, nint verified)
    {
        // First of all: a signature that does not verify leaves its own errors in the queue, before libssl's word for it.
        if (verified != 0)
            return OfCertificate(verified);
        if (((error >> LibraryShift) & LibraryMask) != LibrarySsl)
            return TlsFault.Other;

        return (error & ReasonMask) switch
        {
            134 => TlsFault.Untrusted, // CERTIFICATE_VERIFY_FAILED
            258 or 266 or 396 => TlsFault.Version, // UNSUPPORTED_PROTOCOL, WRONG_SSL_VERSION, VERSION_TOO_LOW
            155 or 156 or 198 or 267 => TlsFault.NotTls, // HTTPS_PROXY_REQUEST, HTTP_REQUEST, PACKET_LENGTH_TOO_LONG, WRONG_VERSION_NUMBER
            >= Alerts and <= Alerts + byte.MaxValue and ulong alert => OfAlert((byte)(alert - Alerts)),
            _ => TlsFault.Other,
        };
    }

    /// <param name="description">Of an alert that the peer sent (RFC 8446 §6).</param>
    public static TlsFault OfAlert(byte description) => description switch
    {
        70 => TlsFault.Version,
        120 => TlsFault.Alpn,
        116 => TlsFault.CertificateWanted,
        >= 42 and <= 46 or 48 or 49 => TlsFault.CertificateRefused,
        _ => TlsFault.Other,
    };

    /// <param name="verified">SSL_get_verify_result, and not that all is well.</param>
    public static TlsFault OfCertificate(nint verified) => verified switch
    {
        // X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, DEPTH_ZERO_SELF_SIGNED_CERT, SELF_SIGNED_CERT_IN_CHAIN,
        // UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UNABLE_TO_VERIFY_LEAF_SIGNATURE, CERT_UNTRUSTED
        2 or 18 or 19 or 20 or 21 or 27 => TlsFault.UnknownAuthority,
        9 => TlsFault.NotYetValid,
        10 => TlsFault.Expired,
        50 => TlsFault.NotListed, // APPLICATION_VERIFICATION
        62 or 64 => TlsFault.WrongName, // HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH
        65 => TlsFault.NoTlsaMatch, // DANE_NO_MATCH
        _ => TlsFault.Untrusted,
    };
}
