using System.Collections.Immutable;
using Postern.Policy.Dns;

namespace Postern.Policy.Dane;

/// <summary>What is known of one host so far.</summary>
public sealed record DaneCase
{
    /// <summary>RFC 7672 §2.2.3: the records of SMTP stand at <c>_25._tcp</c>.</summary>
    public const int SmtpPort = 25;

    public required HostAddresses Addresses { get; init; }

    /// <summary>Other names that a certificate of usage 2 may have: of the next hop.</summary>
    public required ImmutableArray<DnsName> NextHopNames { get; init; }

    public int Port { get; init; } = SmtpPort;

    /// <summary>False for what goes by SRV: all four usages.</summary>
    public bool IsSmtp { get; init; } = true;

    /// <summary>What the question for the host's CNAME brought; null: not asked.</summary>
    public DnsState? AliasState { get; init; }

    /// <summary>The answers so far, in any order.</summary>
    public ImmutableArray<DnsAnswer<TlsaRecord>> Tlsa { get; init; } = [];

    /// <summary>
    /// Records that <c>SSL_dane_tlsa_add</c> called unusable (0): what looks like a certificate and is none. The decision is then
    /// made again without them.
    /// </summary>
    public ImmutableArray<TlsaRecord> Refused { get; init; } = [];
}
