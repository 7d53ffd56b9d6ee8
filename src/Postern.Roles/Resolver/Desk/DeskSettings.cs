using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Policy.Dane;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.StartTlsEverywhere;

namespace Postern.Roles.Resolver.Desk;

/// <summary>The operator's word on mail to the world, read.</summary>
public sealed record DeskSettings
{
    private const string Opportunistic = "opportunistic";

    public OperatorTable Table { get; init; } = OperatorTable.Empty;

    public Requirement Default { get; init; } = Requirement.None;

    /// <summary>A level that was lost is a refusal.</summary>
    public bool RefusesLoss { get; init; }

    /// <summary>Hosts and policy hosts in private networks may be connected to.</summary>
    public bool AllowsPrivate { get; init; }

    public int Port { get; init; } = DaneCase.SmtpPort;

    /// <summary>Null, and why: check has found them good, so that this is a bug or a file that changed.</summary>
    public static DeskSettings? Read(ResolverSnapshot snapshot, out string problem)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        problem = "";
        Requirement? byDefault = snapshot.Default == Opportunistic ? Requirement.None : RequirementWords.Read(snapshot.Default);
        if (byDefault is null or Requirement.Pin)
        {
            problem = "the default of the policy is none: " + snapshot.Default;
            return null;
        }

        var rules = new List<OperatorRule>();
        foreach (PolicyRuleText text in snapshot.Rules)
        {
            if (Rule(text) is not { } rule)
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

            rules.AddRange(list.Rules.Select(rule => rule with { Origin = text.Path }));
        }

        // What the operator wrote himself goes before what he imported, and the first list before the second.
        OperatorRule[] first = [.. rules.Take(snapshot.Rules.Length), .. rules.Skip(snapshot.Rules.Length).ExceptBy(rules.Take(snapshot.Rules.Length).Select(rule => rule.Scope), rule => rule.Scope).DistinctBy(rule => rule.Scope)];
        if (OperatorTable.Make(first, out ImmutableArray<string> wrong) is not { } table)
        {
            problem = string.Join("; ", wrong.Take(3));
            return null;
        }

        return new DeskSettings
        {
            Table = table,
            Default = byDefault.Value,
            RefusesLoss = snapshot.RefusesLoss,
            AllowsPrivate = snapshot.AllowsPrivate,
            Port = snapshot.Port,
        };
    }

    private static OperatorRule? Rule(PolicyRuleText text)
    {
        Pin?[] pins = [.. text.Pins.Select(Pin.Read)];
        MxPattern?[] hosts = [.. text.Hosts.Select(host => MxPattern.Read(host))];
        if (RuleScope.Read(text.Domain) is not { } scope || RequirementWords.Read(text.Require) is not { } require || pins.Contains(null) || hosts.Contains(null))
            return null;
        return new OperatorRule(scope, require) { Pins = [.. pins.OfType<Pin>()], Hosts = [.. hosts.OfType<MxPattern>()], Expires = text.Expires, Origin = text.Origin };
    }
}
