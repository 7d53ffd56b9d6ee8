using System.Collections.Immutable;
using Postern.Policy.Operator;

namespace Postern.Configuration.Settings;

/// <summary><c>[policy]</c>: what a host has to show before mail goes to it.</summary>
public sealed record PolicySettings
{
    public const string DefaultState = "/var/lib/postern";

    /// <summary>Where nobody says anything; <see cref="Requirement.None"/> is <c>opportunistic</c>.</summary>
    public Requirement Default { get; init; } = Requirement.None;

    /// <summary>A level that was lost is a refusal, and not an alarm only.</summary>
    public bool RefusesLoss { get; init; }

    /// <summary>Files: lists of STARTTLS Everywhere. What the first one of several says of a domain counts.</summary>
    public ImmutableArray<string> Import { get; init; } = [];

    /// <summary>Hosts and policy hosts in private networks may be connected to.</summary>
    public bool AllowsPrivate { get; init; }

    /// <summary>The directory of what outlives the process; absolute.</summary>
    public string State { get; init; } = DefaultState;

    /// <summary><c>[[policy.rule]]</c>, in the order of the file, which is of no account: the longest match decides.</summary>
    public ImmutableArray<OperatorRule> Rules { get; init; } = [];
}

/// <summary><c>[resolver]</c>: whom the DNS is learned from, and why that is believed.</summary>
public sealed record ResolverSettings
{
    /// <summary>A resolver of this machine whose word about DNSSEC is believed; null: libunbound validates.</summary>
    public EndpointAddress? TrustedResolver { get; init; }

    /// <summary>Whom libunbound asks; null: the domains' own servers.</summary>
    public EndpointAddress? Forwarder { get; init; }

    /// <summary>File of DS or DNSKEY records in place of the root's; null: the root's.</summary>
    public string? Anchor { get; init; }
}
