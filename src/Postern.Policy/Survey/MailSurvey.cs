using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Rules;

namespace Postern.Policy.Survey;

/// <summary>
/// A domain from its name to a verdict for each of its hosts: which look-ups the questions of <see cref="HostDecision"/> and of
/// <see cref="StsControl"/> come to. It is made from what is known and asks for what is missing, each time from the beginning, as
/// they do; hosts do not wait for each other.
/// </summary>
public static class MailSurvey
{
    /// <summary>
    /// No survey has more steps: MX, addresses, alias or TLSA, TLSA of the second name, the TXT of MTA-STS, the policy host's addresses, the policy.
    /// </summary>
    public const int MaxSteps = 10;

    public static SurveyStep Decide(SurveyCase known)
    {
        ArgumentNullException.ThrowIfNull(known);
        TableEntry entry = known.Table.Find(known.Domain, known.Now);
        if (RouteOf(known, entry, out DnsQuestion? mx) is not { } route)
            return new SurveyStep { Ask = [mx!] };

        var sts = new StsInquiry(known, route.Domain);
        var missing = new List<DnsQuestion>();
        var verdicts = ImmutableArray.CreateBuilder<HostVerdict>();
        ImmutableArray<DnsName> hosts = route.Refusal is null ? [.. route.Hosts.Select(record => record.Host!)] : [];
        bool isWhole = true;
        foreach (DnsName host in hosts.Take(known.MostHosts))
        {
            if (Decide(known, entry, route, host, sts, missing) is { } verdict)
                verdicts.Add(verdict);
            else
                isWhole = false;
        }

        if (!isWhole)
            return new SurveyStep { Ask = [.. missing.Concat(sts.Missing).Distinct()], Fetch = sts.Fetch };

        // Only when nobody is left who was not looked at.
        bool nobody = hosts.Length == verdicts.Count && verdicts.Count > 0 && verdicts.All(verdict => verdict.IsSkipped);
        return new SurveyStep
        {
            Finding = new SurveyFinding
            {
                Route = route,
                Hosts = verdicts.ToImmutable(),
                Refusal = route.Refusal ?? (nobody ? SmtpRefusal.NoHostLeft([.. verdicts.Select(verdict => verdict.Refusal!)]) : null),
                Sts = sts.Finding,
                Memory = sts.Memory,
                WantsRefresh = sts.WantsRefresh,
                Replies = known.Replies,
                Policy = known.Policy,
            },
        };
    }

    private static MailRoute? RouteOf(SurveyCase known, TableEntry entry, out DnsQuestion? ask)
    {
        ask = null;
        if ((known.NextHop ?? entry.Rule?.NextHop) is { } hop)
            return MailRoute.ToNextHop(hop);

        ask = new DnsQuestion(known.Domain, RecordType.Mx);
        return known.Find(ask) is { } reply ? Mixed(MailRoute.From(reply.Mx()), known.Mix) : null;
    }

    /// <summary>RFC 5321 §5.1: hosts of one preference are to be tried in a random order, to spread the load.</summary>
    private static MailRoute Mixed(MailRoute route, ulong mix) => mix == 0
        ? route
        : route with { Hosts = [.. route.Hosts.OrderBy(record => record.Preference).ThenBy(record => Lot.Draw(record.Host?.Text ?? "", mix))] };

    /// <returns>Null when something is missing, which is then asked for.</returns>
    private static HostVerdict? Decide(SurveyCase known, TableEntry entry, MailRoute route, DnsName host, StsInquiry sts, List<DnsQuestion> missing)
    {
        HostCase each = new()
        {
            Route = route,
            Host = host,
            Table = entry,
            Default = known.Default,
            Memory = known.Memory,
            RefuseLoss = known.RefusesLoss,
            Refused = known.Refused,
            Port = known.Port,
        };
        while (true)
        {
            HostStep step = HostDecision.Decide(each);
            if (step.Verdict is { } verdict)
                return Dialable(known, verdict);
            if (Answer(known, each, step.Ask!, sts, missing) is not { } next)
                return null;
            each = next;
        }
    }

    /// <summary>
    /// Without the addresses that a stranger may not send us to (<see cref="PublicAddress.Is"/>): 127.0.0.1 in an MX would be a
    /// loop, and 10.0.0.1 somebody who never asked for the world's mail. The operator's own next hop is no stranger's.
    /// </summary>
    private static HostVerdict Dialable(SurveyCase known, HostVerdict verdict)
    {
        if (known.DialsPrivateHosts || known.NextHop is not null || verdict.Addresses.Addresses.IsEmpty)
            return verdict;

        HostAddresses allowed = verdict.Addresses.Only(PublicAddress.Is);
        return allowed.Addresses.IsEmpty && !verdict.IsSkipped
            ? verdict with { Addresses = allowed, Refusal = SmtpRefusal.NoRoute($"{verdict.Host} for {verdict.Domain} has addresses of private networks only") }
            : verdict with { Addresses = allowed };
    }

    /// <summary>The case with one thing more in it; null when that is not known yet.</summary>
    private static HostCase? Answer(SurveyCase known, HostCase each, Question question, StsInquiry sts, List<DnsQuestion> missing)
    {
        switch (question.Kind)
        {
            case QuestionKind.Addresses:
                return Addresses(known, question.Name, missing) is { } addresses ? each with { Addresses = addresses } : null;
            case QuestionKind.Alias:
                return Look(known, question.Name, RecordType.Cname, missing) is { } alias ? each with { AliasState = alias.State } : null;
            case QuestionKind.Tlsa:
                return Look(known, question.Name, RecordType.Tlsa, missing) is { } tlsa ? each with { Tlsa = each.Tlsa.Add(tlsa.Tlsa()) } : null;
            default:
                return sts.Ask() is { } finding ? each with { Sts = finding } : null;
        }
    }

    internal static HostAddresses? Addresses(SurveyCase known, DnsName host, List<DnsQuestion> missing) =>
        KnownReplies.Addresses(known.Replies, known.HasV6, known.HasV4, host, missing);

    internal static DnsReply? Look(SurveyCase known, DnsName name, RecordType type, List<DnsQuestion> missing) =>
        KnownReplies.Look(known.Replies, name, type, missing);
}
