using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Policy.Operator;
using Postern.Protocols.Xmpp;

namespace Postern.Configuration.Validation;

/// <summary>
/// Of the words of [policy], some say where mail goes and how MTA-STS proves it. Beside an outbound for mail they are for that alone;
/// where only XMPP goes out they would be checks that never happen.
/// </summary>
internal sealed class PolicyOfMailNeedsMail : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        GateDraft[] outbounds = [.. file.Gates.Where(gate => gate.Outbound is not null)];
        if (outbounds.Length == 0 || outbounds.Any(outbound => outbound.Protocol is not { Value: XmppProtocol }))
            return;

        const string NoMail = "and there is no [[outbound]] for mail";
        if (file.Policy.Default is { Value: Requirement.Sts } everybody)
            problems.Error(everybody.At, "policy.default", $"\"sts\" is MTA-STS, which is for mail, {NoMail}: write \"dane\" or \"webpki\"");
        if (file.Policy.Table is { } policy)
        {
            Idle(policy, "import", "lists of STARTTLS Everywhere are for mail", problems);
            Idle(policy, "on-loss", "levels are remembered of mail", problems);
        }

        foreach (PolicyRuleDraft rule in file.Policy.Rules)
        {
            if (rule.Require is { Value: Requirement.Sts } require)
                problems.Error(require.At, rule.Table.Name("require"), $"\"sts\" is MTA-STS, which is for mail, {NoMail}: write \"dane\" or \"webpki\"");
            foreach (string key in (ReadOnlySpan<string>)["hosts", "next-hop"])
            {
                if (rule.Table.Has(key))
                    problems.Error(rule.Table.Place(key), rule.Table.Name(key), $"says where mail goes, {NoMail}");
            }
        }

        static void Idle(TableReader table, string key, string why, ProblemList problems)
        {
            if (table.Has(key))
                problems.Warning(table.Place(key), table.Name(key), $"has no effect: {why}, {NoMail}");
        }
    }
}
