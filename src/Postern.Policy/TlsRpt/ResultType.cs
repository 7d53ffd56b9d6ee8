using System.Collections.Immutable;

namespace Postern.Policy.TlsRpt;

/// <summary>Why a session failed (RFC 8460 §4.3).</summary>
public enum ResultType
{
    StartTlsNotSupported,
    CertificateHostMismatch,
    CertificateExpired,
    CertificateNotTrusted,
    ValidationFailure,
    TlsaInvalid,
    DnssecInvalid,
    DaneRequired,
    StsPolicyFetchError,
    StsPolicyInvalid,
    StsWebPkiInvalid,
}

/// <summary>Which policy a session was under (RFC 8460 §4.4).</summary>
public enum PolicyType
{
    NoPolicyFound,
    Sts,
    Tlsa,
}

/// <summary>The words of reports.</summary>
public static class ReportWords
{
    private static readonly ImmutableArray<(ResultType Type, string Word)> Results =
    [
        (ResultType.StartTlsNotSupported, "starttls-not-supported"),
        (ResultType.CertificateHostMismatch, "certificate-host-mismatch"),
        (ResultType.CertificateExpired, "certificate-expired"),
        (ResultType.CertificateNotTrusted, "certificate-not-trusted"),
        (ResultType.ValidationFailure, "validation-failure"),
        (ResultType.TlsaInvalid, "tlsa-invalid"),
        (ResultType.DnssecInvalid, "dnssec-invalid"),
        (ResultType.DaneRequired, "dane-required"),
        (ResultType.StsPolicyFetchError, "sts-policy-fetch-error"),
        (ResultType.StsPolicyInvalid, "sts-policy-invalid"),
        (ResultType.StsWebPkiInvalid, "sts-webpki-invalid"),
    ];

    private static readonly ImmutableArray<(PolicyType Type, string Word)> Policies =
        [(PolicyType.NoPolicyFound, "no-policy-found"), (PolicyType.Sts, "sts"), (PolicyType.Tlsa, "tlsa")];

    public static string Of(ResultType type) => Results.First(pair => pair.Type == type).Word;

    public static string Of(PolicyType type) => Policies.First(pair => pair.Type == type).Word;

    /// <returns>Null for a word of somebody else's: the list "is expected to grow over time" (RFC 8460 §4.3).</returns>
    public static ResultType? Result(string word) => Find(Results, word);

    public static PolicyType? Policy(string word) => Find(Policies, word);

    private static T? Find<T>(ImmutableArray<(T Type, string Word)> pairs, string word)
        where T : struct
    {
        foreach ((T type, string known) in pairs)
        {
            if (known == word)
                return type;
        }

        return null;
    }
}
