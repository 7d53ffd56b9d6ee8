using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;

namespace Postern.Configuration.Reading;

/// <summary>Reads <c>[policy]</c> and each <c>[[policy.rule]]</c>.</summary>
internal static class PolicyReader
{
    /// <summary>What <see cref="Requirement.None"/> is called where it is for everybody.</summary>
    public const string Opportunistic = "opportunistic";

    private static readonly ImmutableArray<(string, Requirement)> Defaults =
    [
        (Opportunistic, Requirement.None),
        .. ((Requirement[])[Requirement.Tls, Requirement.WebPki, Requirement.Sts, Requirement.Dane]).Select(each => (RequirementWords.Of(each), each)),
    ];

    private static readonly ImmutableArray<(string, Requirement)> Requirements =
    [
        .. ((Requirement[])[Requirement.Dane, Requirement.Sts, Requirement.WebPki, Requirement.Pin, Requirement.Tls, Requirement.None])
            .Select(each => (RequirementWords.Of(each), each)),
    ];

    private static readonly ImmutableArray<(string, bool)> Losses = [("alarm", false), ("refuse", true)];

    public static PolicyDraft Read(TableReader table, string folder)
    {
        table.CheckKeys(KnownKeys.Policy);
        return new PolicyDraft
        {
            Table = table,
            Default = table.Word("default", Defaults),
            RefusesLoss = table.Word("on-loss", Losses),
            Import = table.FilePaths("import", folder),
            AllowPrivate = table.Flag("allow-private"),
            State = table.FilePath("state", folder),
            Rules = [.. (table.Tables("rule") ?? []).Select(ReadRule)],
        };
    }

    /// <summary>A word of <c>default</c>.</summary>
    public static string WordOf(Requirement byDefault) => byDefault == Requirement.None ? Opportunistic : RequirementWords.Of(byDefault);

    private static PolicyRuleDraft ReadRule(TableReader table)
    {
        table.CheckKeys(KnownKeys.PolicyRule);
        return new PolicyRuleDraft
        {
            Table = table,
            Domain = table.Parsed<RuleScope>("domain", ParseScope),
            Require = table.Word("require", Requirements),
            Pins = table.Each<Pin>("pins", ParsePin),
            Hosts = table.Each<MxPattern>("hosts", ParseHost),
            NextHop = table.Parsed<DnsName>("next-hop", ParseNextHop),
            Expires = table.Date("expires"),
        };
    }

    private static RuleScope? ParseScope(string text, out string wrong)
    {
        RuleScope? scope = RuleScope.Read(text);
        string hint = text.StartsWith("*.", StringComparison.Ordinal) && RuleScope.Read(text.AsSpan(1)) is { } suffix
            ? $": write \"{suffix}\" for every domain below it"
            : InternationalName.Hint(text);
        wrong = scope is null ? $"{Quoted.Word(text)} is neither a domain nor a dot and a domain{hint}" : "";
        return scope;
    }

    private static DnsName? ParseNextHop(string text, out string wrong)
    {
        DnsName? host = DnsName.Read(text);
        wrong = host is null ? $"{Quoted.Word(text)} is no host name{InternationalName.Hint(text)}" : "";
        return host;
    }

    private static Pin? ParsePin(string text, out string wrong)
    {
        Pin? pin = Pin.Read(text);
        wrong = pin is null ? BackendTlsReader.NoPin(text) : "";
        return pin;
    }

    private static MxPattern? ParseHost(string text, out string wrong)
    {
        MxPattern? host = MxPattern.Read(text);
        string hint = text.StartsWith('.') && MxPattern.Read("*" + text) is { } pattern ? $": write \"{pattern}\"" : InternationalName.Hint(text);
        wrong = host is null ? $"{Quoted.Word(text)} is neither a host name nor a pattern like \"*.example.org\"{hint}" : "";
        return host;
    }
}
