using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;

namespace Postern.Policy.Operator;

/// <summary>What an operator can require: the words of <c>require</c>.</summary>
public enum Requirement
{
    /// <summary>TLS when it is offered, else in the clear: for domains whose own policy is broken, and for nobody else.</summary>
    None,

    /// <summary>TLS with anybody.</summary>
    Tls,

    /// <summary>A certificate of the WebPKI for the right name.</summary>
    WebPki,

    /// <summary>One of the known keys.</summary>
    Pin,

    /// <summary>A policy of MTA-STS that is enforced, or DANE, which is more.</summary>
    Sts,

    /// <summary>DANE, from a secure MX down to usable records (RFC 7672 §6).</summary>
    Dane,
}

/// <summary>For which domains a rule is.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="IsSuffix">Written with a dot before it: every domain below it, at any depth, and not itself.</param>
public sealed record RuleScope(DnsName Domain, bool IsSuffix)
{
    /// <summary><c>example.org</c> or <c>.example.org</c>.</summary>
    public static RuleScope? Read(ReadOnlySpan<char> text)
    {
        bool suffix = text is ['.', ..];
        return DnsName.Read(suffix ? text[1..] : text) is { } domain ? new RuleScope(domain, suffix) : null;
    }

    public override string ToString() => IsSuffix ? "." + Domain.Text : Domain.Text;
}

/// <summary>One row of the operator's table.</summary>
public sealed record OperatorRule(RuleScope Scope, Requirement Require)
{
    /// <summary>With <see cref="Requirement.Pin"/>: any one of them.</summary>
    public ImmutableArray<Pin> Pins { get; init; } = [];

    /// <summary>Which hosts the domain has; empty: those that its MX names. It authenticates what an insecure MX does not.</summary>
    public ImmutableArray<MxPattern> Hosts { get; init; } = [];

    /// <summary>Where the domain's mail goes in place of its mail exchangers; null: to those.</summary>
    public DnsName? NextHop { get; init; }

    /// <summary>Watch and report only: the <c>testing</c> of an imported list.</summary>
    public bool Testing { get; init; }

    /// <summary>From then on it is as if it were not there, and an alarm.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Where it stands: a file and a line, or the list that it was imported from. In our words.</summary>
    public string Origin { get; init; } = "";

    public bool IsExpired(DateTimeOffset now) => Expires is { } end && now >= end;

    public override string ToString() =>
        $"{Scope}: require {RequirementWords.Of(Require)}{(NextHop is null ? "" : $", next hop {NextHop}")}{(Testing ? ", testing" : "")}{(Origin.Length > 0 ? $" ({Origin})" : "")}";
}

/// <summary>The words of the configuration.</summary>
public static class RequirementWords
{
    private static readonly ImmutableArray<(string Word, Requirement Requirement)> Words =
    [
        ("none", Requirement.None), ("tls", Requirement.Tls), ("webpki", Requirement.WebPki), ("pin", Requirement.Pin),
        ("sts", Requirement.Sts), ("dane", Requirement.Dane),
    ];

    public static string Of(Requirement requirement) => Words.First(pair => pair.Requirement == requirement).Word;

    public static Requirement? Read(string word)
    {
        foreach ((string known, Requirement requirement) in Words)
        {
            if (known == word)
                return requirement;
        }

        return null;
    }
}
