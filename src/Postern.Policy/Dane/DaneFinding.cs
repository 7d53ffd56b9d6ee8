using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Policy.Rules;

namespace Postern.Policy.Dane;

/// <summary>What DANE says of one host.</summary>
public enum DaneOutcome
{
    /// <summary>Nothing: other policies may apply.</summary>
    NoDane,

    /// <summary>There are records and none of use: TLS is a must, and nobody can be authenticated by it (RFC 7672 §2.2).</summary>
    Unauthenticated,

    /// <summary>The chain has to match one of <see cref="DaneFinding.Records"/>.</summary>
    Authenticated,

    /// <summary>A look-up failed: this host is not for now (RFC 7672 §2.1.2).</summary>
    LookupFailed,

    /// <summary>There is nobody to dial.</summary>
    NoAddress,
}

/// <summary>What DANE says of one host, and what the match has to be made with.</summary>
public sealed record DaneFinding
{
    public required DaneOutcome Outcome { get; init; }

    /// <summary>The TLSA base domain: the SNI too (RFC 7672 §8.1). Null where there are no records.</summary>
    public DnsName? Base { get; init; }

    /// <summary>
    /// For <c>SSL_dane_tlsa_add</c>; any one is enough. With usage 3 the key decides, and neither names nor dates count (RFC 7672
    /// §3.1.1): <c>SSL_dane_set_flags</c> with <c>DANE_FLAG_NO_DANE_EE_NAMECHECKS</c>. No root of the WebPKI is ever asked for
    /// with usage 2, whose anchor the record itself is.
    /// </summary>
    public ImmutableArray<TlsaRecord> Records { get; init; } = [];

    /// <summary>The whole RRset, as reports want it.</summary>
    public ImmutableArray<TlsaRecord> Published { get; init; } = [];

    /// <summary>
    /// For usage 2, one of these in the certificate: the base, the next hop as it was asked for, and as it was expanded (RFC 7672
    /// §3.2.2). The first is for <c>SSL_dane_enable</c>, the others for <c>SSL_add1_host</c>.
    /// </summary>
    public ImmutableArray<DnsName> Names { get; init; } = [];

    public ImmutableArray<FiredRule> Rules { get; init; } = [];
}

/// <summary>What is to be looked up next, or what was found.</summary>
public sealed record DaneStep
{
    private DaneStep()
    {
    }

    /// <summary>Null when it is done.</summary>
    public Question? Ask { get; private init; }

    public DaneFinding? Finding { get; private init; }

    internal static DaneStep Next(QuestionKind kind, DnsName name) => new() { Ask = new Question(kind, name) };

    internal static DaneStep Done(DaneFinding finding) => new() { Finding = finding };
}
