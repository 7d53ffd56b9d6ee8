namespace Postern.Policy.Dns;

/// <summary>What DNSSEC says of an answer, or why there is none.</summary>
public enum DnsState
{
    /// <summary>Validated up to a trust anchor: every CNAME on the way, and the records or their denial.</summary>
    Secure,

    /// <summary>
    /// Proven to be unsigned, or below no trust anchor. RFC 7672 §2.1.3: one insecure CNAME on the way makes all that follows insecure.
    /// </summary>
    Insecure,

    /// <summary>Signed, and wrong: forged, expired, or broken by its owner. Never an answer, whatever came with it.</summary>
    Bogus,

    /// <summary>RFC 4035 §4.3: whether it ought to be signed could not be found out.</summary>
    Indeterminate,

    /// <summary>SERVFAIL, a time-out, or anything else that is no answer.</summary>
    Failed,
}

/// <summary>What an answer holds.</summary>
public enum DnsContent
{
    Records,

    /// <summary>The name is there, records of the type are not.</summary>
    NoData,

    /// <summary>NXDOMAIN: there is no such name.</summary>
    NoName,

    /// <summary>There is no answer.</summary>
    Nothing,
}
