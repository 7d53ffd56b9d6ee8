using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Ratchet;

namespace Postern.Policy.Decision;

/// <summary>All that is known of one host so far. What a <see cref="HostStep.Ask"/> brings is added, and the decision is made again.</summary>
public sealed record HostCase
{
    public required MailRoute Route { get; init; }

    public required DnsName Host { get; init; }

    /// <summary>What the operator's table says of the domain.</summary>
    public required TableEntry Table { get; init; }

    /// <summary>What holds where nothing else does; <see cref="Requirement.Pin"/> is no default.</summary>
    public Requirement Default { get; init; } = Requirement.None;

    public HostAddresses? Addresses { get; init; }

    public DnsState? AliasState { get; init; }

    public ImmutableArray<DnsAnswer<TlsaRecord>> Tlsa { get; init; } = [];

    /// <summary>Records that OpenSSL would not take (<see cref="DaneCase.Refused"/>).</summary>
    public ImmutableArray<TlsaRecord> Refused { get; init; } = [];

    public StsFinding? Sts { get; init; }

    /// <summary>What the domain was reached with before; null: never, or nobody wants to know.</summary>
    public RatchetMemory? Memory { get; init; }

    /// <summary>The operator wants mail deferred when a level is lost, and not only an alarm.</summary>
    public bool RefuseLoss { get; init; }

    public int Port { get; init; } = DaneCase.SmtpPort;
}
