using Postern.Configuration.Reading;
using Postern.Policy.Operator;

namespace Postern.Configuration.Validation;

/// <summary>What <see cref="OperatorTable.Make"/> demands of the operator's rows, each said at its key, and that no list is empty where that would mean nothing.</summary>
internal sealed class PolicyRulesFit : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        Dictionary<RuleScope, Setting<RuleScope>> seen = [];
        foreach (PolicyRuleDraft rule in file.Policy.Rules)
        {
            if (rule.Domain is { } domain && !seen.TryAdd(domain.Value, domain))
                problems.Error(domain.At, rule.Table.Name("domain"), $"there is a rule for {domain.Value} already, on line {seen[domain.Value].At.Line}");

            CheckLists(rule.Table, problems);
            if (rule.Require is { } require)
                CheckRequirement(rule.Table, require, problems);
        }
    }

    private static void CheckLists(TableReader table, ProblemList problems)
    {
        if (table.ListIsEmpty("pins"))
            problems.Error(table.ValuePlace("pins"), table.Name("pins"), "is empty: then nobody would be trusted");
        if (table.ListIsEmpty("hosts"))
            problems.Error(table.ValuePlace("hosts"), table.Name("hosts"), "is empty: then no host would be the domain's; leave it out, and its MX says which are");
    }

    private static void CheckRequirement(TableReader table, Setting<Requirement> require, ProblemList problems)
    {
        bool pin = require.Value == Requirement.Pin;
        if (pin && !table.Has("pins"))
            problems.Error(require.At, table.Name("require"), "\"pin\" needs pins = [\"sha256:…\"], the public keys that the domain's hosts may have");
        if (!pin && table.Has("pins"))
            problems.Error(table.Place("pins"), table.Name("pins"), "has no effect without require = \"pin\"");
        if (require.Value is Requirement.None or Requirement.Tls && table.Has("hosts"))
            problems.Error(table.Place("hosts"), table.Name("hosts"), $"has no effect with require = \"{RequirementWords.Of(require.Value)}\": no certificate is looked at, so that anybody could be that host");
        if (!table.Has("next-hop"))
            return;
        if (table.Has("hosts"))
            problems.Error(table.Place("hosts"), table.Name("hosts"), "does not go with next-hop, which is the one host");
        if (require.Value == Requirement.Sts)
            problems.Error(require.At, table.Name("require"), "\"sts\" does not go with next-hop: MTA-STS says which hosts a domain has, and here you do");
    }
}
