namespace Postern.Policy.Rules;

/// <summary>Every rule that a decision can name. The man page of <c>postern explain</c> lists them.</summary>
public static class RuleList
{
    // Where mail for a domain goes.
    public static readonly Rule MxLookupFailed = new("mx-lookup-failed", "RFC 7672 §2.2.1");
    public static readonly Rule MxSecure = new("mx-secure", "RFC 7672 §2.2.1");
    public static readonly Rule MxInsecure = new("mx-insecure", "RFC 7672 §2.2.1");
    public static readonly Rule NoMx = new("no-mx", "RFC 5321 §5.1");
    public static readonly Rule NullMx = new("null-mx", "RFC 7505 §3");
    public static readonly Rule NoSuchDomain = new("no-such-domain", "RFC 5321 §5.1");
    public static readonly Rule NoUsableMx = new("no-usable-mx", "RFC 5321 §5.1");
    public static readonly Rule NextHopSet = new("next-hop-set", "RFC 7672 §2.2.2");

    // Who a host is, by DANE.
    public static readonly Rule AddressLookupFailed = new("address-lookup-failed", "RFC 7672 §2.1.2");
    public static readonly Rule NoAddress = new("no-address", "RFC 5321 §5.1");
    public static readonly Rule AddressInsecure = new("address-insecure", "RFC 7672 §2.2.2");
    public static readonly Rule AliasSecure = new("alias-secure", "RFC 7672 §2.2.2");
    public static readonly Rule AliasInsecure = new("alias-insecure", "RFC 7672 §2.2.2");
    public static readonly Rule AliasLookupFailed = new("alias-lookup-failed", "RFC 7672 §2.1.2");
    public static readonly Rule TlsaLookupFailed = new("tlsa-lookup-failed", "RFC 7672 §2.1.2");
    public static readonly Rule TlsaAbsent = new("tlsa-absent", "RFC 7672 §2.2");
    public static readonly Rule TlsaInsecure = new("tlsa-insecure", "RFC 7672 §2.2");
    public static readonly Rule TlsaUnusable = new("tlsa-unusable", "RFC 7672 §2.2");
    public static readonly Rule TlsaUsable = new("tlsa-usable", "RFC 7672 §3.1");
    public static readonly Rule SrvSecure = new("srv-secure", "RFC 7673 §3.1");
    public static readonly Rule SrvInsecure = new("srv-insecure", "RFC 7673 §3.1");
    public static readonly Rule SrvLookupFailed = new("srv-lookup-failed", "RFC 7673 §3.1");

    // Which servers a domain has, by SRV.
    public static readonly Rule NoSrv = new("no-srv", "RFC 6120 §3.2.2");
    public static readonly Rule ServiceAbsent = new("service-absent", "RFC 2782");
    public static readonly Rule NoUsableSrv = new("no-usable-srv", "RFC 2782");
    public static readonly Rule SrvMerged = new("srv-merged", "XEP-0368 §3");

    // Which hosts a domain has, by MTA-STS.
    public static readonly Rule StsAbsent = new("sts-absent", "RFC 8461 §3.3");
    public static readonly Rule StsOff = new("sts-none", "RFC 8461 §5");
    public static readonly Rule StsFetchFailed = new("sts-fetch-failed", "RFC 8461 §3.3");
    public static readonly Rule StsMatch = new("sts-mx-match", "RFC 8461 §4.1");
    public static readonly Rule StsMismatch = new("sts-mx-mismatch", "RFC 8461 §4.1");
    public static readonly Rule StsEnforce = new("sts-enforce", "RFC 8461 §5");
    public static readonly Rule StsTesting = new("sts-testing", "RFC 8461 §5");
    public static readonly Rule DaneBeforeSts = new("dane-before-sts", "RFC 8461 §2");

    // The operator's word.
    public static readonly Rule OperatorRule = new("operator-rule", "operator");
    public static readonly Rule OperatorRuleExpired = new("operator-rule-expired", "operator");
    public static readonly Rule OperatorHosts = new("operator-hosts", "operator");
    public static readonly Rule RequirementUnmet = new("requirement-unmet", "operator");
    public static readonly Rule Default = new("default", "operator");

    // The memory of what was reached before, and the sender's wish.
    public static readonly Rule LevelLost = new("level-lost", "ratchet");
    public static readonly Rule LevelKept = new("level-kept", "ratchet");
    public static readonly Rule RequireTls = new("requiretls", "RFC 8689 §4.2.1");
}
