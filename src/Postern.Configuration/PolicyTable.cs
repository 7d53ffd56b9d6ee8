using System.Collections.Immutable;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.StartTlsEverywhere;

namespace Postern.Configuration;

/// <summary>The operator's table out of what a snapshot holds in texts: his own rows, and those of the lists that he imported.</summary>
public static class PolicyTable
{
    /// <summary>
    /// Reads what the configuration's reader found good; a failure is a bug and throws. Of a domain that several speak of, the
    /// operator's own row counts, then that of the list that was written last.
    /// </summary>
    public static OperatorTable Read(ResolverSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        IEnumerable<OperatorRule> lists = snapshot.Lists
            .Select(list => (list.Path, List: PolicyListReader.Read(list.Json).List ?? throw new InvalidDataException($"{list.Path} is no list")))
            .OrderByDescending(each => each.List.Written)
            .SelectMany(each => each.List.Rules.Select(rule => rule with { Origin = each.Path }));
        IEnumerable<OperatorRule> rules = snapshot.Rules.Select(Read).Concat(lists).DistinctBy(rule => rule.Scope);
        return OperatorTable.Make(rules, out ImmutableArray<string> wrong) ?? throw new InvalidDataException(string.Join("; ", wrong));
    }

    /// <summary>A row as a snapshot has it.</summary>
    public static PolicyRuleText Write(OperatorRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return new PolicyRuleText(
            rule.Scope.ToString(), RequirementWords.Of(rule.Require), [.. rule.Pins.Select(pin => pin.ToString())],
            [.. rule.Hosts.Select(host => host.ToString())], rule.Expires, rule.Origin);
    }

    private static OperatorRule Read(PolicyRuleText text) => new(
        RuleScope.Read(text.Domain) ?? throw Bad(text), RequirementWords.Read(text.Require) ?? throw Bad(text))
    {
        Pins = [.. text.Pins.Select(pin => Pin.Read(pin) ?? throw Bad(text))],
        Hosts = [.. text.Hosts.Select(host => MxPattern.Read(host) ?? throw Bad(text))],
        Expires = text.Expires,
        Origin = text.Origin,
    };

    private static InvalidDataException Bad(PolicyRuleText text) => new($"the rule of {text.Origin} cannot be read");
}
