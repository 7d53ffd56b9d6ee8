namespace Postern.Policy.Decision;

/// <summary>How sure it is that mail reaches the right server and nobody else, from nothing upwards. Kept on disk by its name.</summary>
public enum AssuredLevel
{
    /// <summary>It may go in the clear.</summary>
    Clear,

    /// <summary>Nobody on the way can read it who does not stand in the middle.</summary>
    Encrypted,

    /// <summary>It is the host that the MX names; whether that MX is the domain's, nothing says.</summary>
    HostAuthenticated,

    /// <summary>It is a host of the domain, by MTA-STS.</summary>
    MtaSts,

    /// <summary>It is a host of the domain, by DNSSEC from end to end.</summary>
    Dane,
}
