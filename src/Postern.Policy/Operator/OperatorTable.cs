using System.Collections.Frozen;
using System.Collections.Immutable;
using Postern.Policy.Dns;

namespace Postern.Policy.Operator;

/// <summary>What the table says of a domain.</summary>
/// <param name="Rule">The rule in force; null: none.</param>
/// <param name="Expired">Closer rules whose time is over: each an alarm, since the operator believes that they hold.</param>
public sealed record TableEntry(OperatorRule? Rule, ImmutableArray<OperatorRule> Expired);

/// <summary>The operator's table. The longest match decides: the domain itself, then the nearest suffix.</summary>
public sealed class OperatorTable
{
    /// <summary>Several for a scope where lists speak of it too: the first that holds is meant.</summary>
    private readonly FrozenDictionary<(DnsName Domain, bool IsSuffix), ImmutableArray<OperatorRule>> _rules;

    private OperatorTable(IEnumerable<OperatorRule> rules) =>
        _rules = rules.GroupBy(rule => (rule.Scope.Domain, rule.Scope.IsSuffix)).ToFrozenDictionary(same => same.Key, same => same.ToImmutableArray());

    public static OperatorTable Empty { get; } = new([]);

    /// <param name="rules">The operator's own rows, in any order.</param>
    /// <param name="wrong">What is wrong with them, a sentence each; empty when the table is good.</param>
    /// <param name="lists">Rows that he imported: each list counts where those before it, and he himself, say nothing that still holds.</param>
    /// <returns>Null when anything is wrong.</returns>
    public static OperatorTable? Make(IEnumerable<OperatorRule> rules, out ImmutableArray<string> wrong, params ReadOnlySpan<IEnumerable<OperatorRule>> lists)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        List<OperatorRule> all = [];
        Check(rules, all, problems);
        foreach (IEnumerable<OperatorRule> list in lists)
            Check(list, all, problems);
        wrong = problems.ToImmutable();
        return wrong.IsEmpty ? new OperatorTable(all) : null;
    }

    private static void Check(IEnumerable<OperatorRule> rules, List<OperatorRule> all, ImmutableArray<string>.Builder problems)
    {
        var seen = new HashSet<RuleScope>();
        foreach (OperatorRule rule in rules)
        {
            all.Add(rule);
            if (!seen.Add(rule.Scope))
                problems.Add($"{rule.Scope}: there are two rules for it");
            if (rule.Require == Requirement.Pin && rule.Pins.IsEmpty)
                problems.Add($"{rule.Scope}: require = \"pin\" needs a pin");
            if (rule.Require != Requirement.Pin && !rule.Pins.IsEmpty)
                problems.Add($"{rule.Scope}: pins are for require = \"pin\"");
            if (rule.Require is Requirement.None or Requirement.Tls && !rule.Hosts.IsEmpty)
                problems.Add($"{rule.Scope}: hosts say nothing where no certificate is looked at");
            if (rule.Testing && rule.Require != Requirement.WebPki)
                problems.Add($"{rule.Scope}: only require = \"webpki\" can be watched without being enforced");
            if (rule.NextHop is not null && (rule.Testing || rule.Require == Requirement.Sts || !rule.Hosts.IsEmpty))
                problems.Add($"{rule.Scope}: a next hop is no matter of hosts that others name");
        }
    }

    /// <summary>An expired rule is passed over, and the next longer match looked for.</summary>
    public TableEntry Find(DnsName domain, DateTimeOffset now)
    {
        ImmutableArray<OperatorRule> expired = [];
        for (DnsName? name = domain; name is not null; name = name.Parent)
        {
            // The domain itself first; behind it, each suffix that it is below.
            if (!_rules.TryGetValue((name, name != domain), out ImmutableArray<OperatorRule> rules))
                continue;
            foreach (OperatorRule rule in rules)
            {
                if (!rule.IsExpired(now))
                    return new TableEntry(rule, expired);
                expired = expired.Add(rule);
            }
        }

        return new TableEntry(null, expired);
    }
}
