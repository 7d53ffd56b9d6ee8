using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.StartTlsEverywhere;

namespace Postern.Configuration;

/// <summary>The operator's table out of what a snapshot holds in texts: his own rows, and those of the lists that he imported.</summary>
public static class PolicyTable
{
    /// <summary>How many sentences are told of a table that is wrong.</summary>
    private const int MaxShown = 3;

    /// <summary>Of a domain that several speak of, the operator's own row counts, then that of the first list; one that has expired makes way for the next.</summary>
    /// <param name="snapshot">What the configuration's reader found good.</param>
    /// <param name="problem">Why there is none; empty when there is.</param>
    /// <returns>Null when something cannot be read, which is a bug, or a snapshot that nobody has checked.</returns>
    public static OperatorTable? Read(ResolverSnapshot snapshot, out string problem)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var rules = new List<OperatorRule>();
        var lists = new List<IEnumerable<OperatorRule>>();
        foreach (PolicyRuleText text in snapshot.Rules)
        {
            if (Read(text) is not { } rule)
            {
                problem = $"{text.Origin}: the rule for {text.Domain} cannot be read";
                return null;
            }

            rules.Add(rule);
        }

        foreach (PolicyListText text in snapshot.Lists)
        {
            PolicyListResult read = PolicyListReader.Read(text.Json);
            if (read.List is not { } list)
            {
                problem = $"{text.Path}: {read.Reason}";
                return null;
            }

            lists.Add(list.Rules.Select(rule => rule with { Origin = text.Path }));
        }

        OperatorTable? table = OperatorTable.Make(rules, out ImmutableArray<string> wrong, [.. lists]);
        problem = string.Join("; ", wrong.Take(MaxShown));
        return table;
    }

    /// <summary>A row as a snapshot has it.</summary>
    public static PolicyRuleText Write(OperatorRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return new PolicyRuleText(
            rule.Scope.ToString(), RequirementWords.Of(rule.Require), [.. rule.Pins.Select(pin => pin.ToString())],
            [.. rule.Hosts.Select(host => host.ToString())], rule.Expires, rule.Origin) { NextHop = rule.NextHop?.Text };
    }

    private static OperatorRule? Read(PolicyRuleText text)
    {
        Pin?[] pins = [.. text.Pins.Select(Pin.Read)];
        MxPattern?[] hosts = [.. text.Hosts.Select(host => MxPattern.Read(host))];
        DnsName? hop = text.NextHop is null ? null : DnsName.Read(text.NextHop);
        if (text.NextHop is not null && hop is null)
            return null;
        if (RuleScope.Read(text.Domain) is not { } scope || RequirementWords.Read(text.Require) is not { } require || pins.Contains(null) || hosts.Contains(null))
            return null;

        return new OperatorRule(scope, require) { Pins = [.. pins.OfType<Pin>()], Hosts = [.. hosts.OfType<MxPattern>()], Expires = text.Expires, NextHop = hop, Origin = text.Origin };
    }
}
