using Postern.Policy.TlsRpt;

namespace Postern.Policy.Decision;

/// <summary>How a connection fell short of a demand.</summary>
public enum TlsFailure
{
    /// <summary>STARTTLS is not offered, or is refused: which is what an attacker who strips it looks like.</summary>
    NoStartTls,

    /// <summary>The handshake came to nothing.</summary>
    Handshake,

    /// <summary>A trusted certificate of somebody else.</summary>
    WrongName,
    Expired,
    NotTrusted,

    /// <summary>The chain matches no TLSA record.</summary>
    NoTlsaMatch,

    /// <summary>Another key than the pinned ones.</summary>
    WrongKey,
}

/// <summary>Failures in the words of replies and of reports.</summary>
public static class TlsFailureWords
{
    public static string Of(TlsFailure failure) => failure switch
    {
        TlsFailure.NoStartTls => "it does not offer STARTTLS",
        TlsFailure.Handshake => "the TLS handshake failed",
        TlsFailure.WrongName => "its certificate is for another name",
        TlsFailure.Expired => "its certificate has expired",
        TlsFailure.NotTrusted => "its certificate is not trusted",
        TlsFailure.NoTlsaMatch => "its certificate matches no TLSA record",
        _ => "its key is not a pinned one",
    };

    /// <summary>
    /// RFC 8460 §4.3.1, §4.3.2.1. A chain that matches no record is <c>validation-failure</c>: <c>tlsa-invalid</c> is for an RRset
    /// in which none of the records is valid.
    /// </summary>
    public static ResultType Result(TlsFailure failure) => failure switch
    {
        TlsFailure.NoStartTls => ResultType.StartTlsNotSupported,
        TlsFailure.WrongName => ResultType.CertificateHostMismatch,
        TlsFailure.Expired => ResultType.CertificateExpired,
        TlsFailure.NotTrusted => ResultType.CertificateNotTrusted,
        _ => ResultType.ValidationFailure,
    };
}
