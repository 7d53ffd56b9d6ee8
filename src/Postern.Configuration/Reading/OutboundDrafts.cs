using Postern.Configuration.Settings;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;

namespace Postern.Configuration.Reading;

// The drafts of mail that goes out to the world: as in Drafts.cs, null is "absent, or wrong and said so".

/// <summary>What an [[outbound]] has and a gate has not.</summary>
internal sealed class OutboundDraft
{
    public Setting<bool>? AllowOpenRelay { get; init; }

    public Setting<int>? Port { get; init; }

    /// <summary><c>backend-certificate</c>.</summary>
    public SettingList<string>? Certificates { get; init; }
}

internal sealed class PolicyDraft
{
    /// <summary>Null when the file has no [policy].</summary>
    public TableReader? Table { get; init; }

    public Setting<Requirement>? Default { get; init; }

    public Setting<bool>? RefusesLoss { get; init; }

    public SettingList<string>? Import { get; init; }

    public Setting<bool>? AllowPrivate { get; init; }

    public Setting<string>? State { get; init; }

    public IReadOnlyList<PolicyRuleDraft> Rules { get; init; } = [];
}

internal sealed class PolicyRuleDraft
{
    public required TableReader Table { get; init; }

    public Setting<RuleScope>? Domain { get; init; }

    public Setting<Requirement>? Require { get; init; }

    public SettingList<Pin>? Pins { get; init; }

    public SettingList<MxPattern>? Hosts { get; init; }

    public Setting<DnsName>? NextHop { get; init; }

    public Setting<DateTimeOffset>? Expires { get; init; }
}

internal sealed class TlsRptDraft
{
    /// <summary>Null when the file has no [tlsrpt].</summary>
    public TableReader? Table { get; init; }

    public Setting<string>? Organization { get; init; }

    public Setting<string>? Contact { get; init; }

    public Setting<string>? From { get; init; }

    public Setting<EndpointAddress>? Relay { get; init; }
}

internal sealed class ResolverDraft
{
    /// <summary>Null when the file has no [resolver].</summary>
    public TableReader? Table { get; init; }

    public Setting<EndpointAddress>? TrustAd { get; init; }

    public Setting<EndpointAddress>? Forward { get; init; }

    public Setting<string>? Anchor { get; init; }
}
