using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Rules;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Decision;

/// <summary>
/// The decision for one host: the operator's word, then DANE, then MTA-STS, then the default. It is made from what is known, and
/// asks for what is missing; no look-up is asked for that could not change it.
/// </summary>
public static class HostDecision
{
    public static HostStep Decide(HostCase known)
    {
        if (known.Default == Requirement.Pin)
            throw new ArgumentException("a default cannot be a pin: keys belong to somebody", nameof(known));
        if (known.Addresses is not { } addresses)
            return HostStep.Next(new Question(QuestionKind.Addresses, known.Host));

        var draft = new VerdictDraft(known, addresses);
        draft.FireTable();

        // A rule that only watches leaves the decision to those behind it.
        OperatorRule? rule = known.Table.Rule is { Testing: false } enforced ? enforced : null;
        HostStep step = rule switch
        {
            { Require: Requirement.None or Requirement.Tls or Requirement.WebPki or Requirement.Pin } => ByOperator(draft, rule),
            _ => ByDane(draft, rule),
        };
        return step.Verdict is { } verdict ? HostStep.Done(draft.Finish(verdict)) : step;
    }

    /// <summary>The operator's word alone: neither DANE nor MTA-STS is asked, since neither could change it.</summary>
    private static HostStep ByOperator(VerdictDraft draft, OperatorRule rule)
    {
        if (draft.Undialable() is { } nobody)
            return HostStep.Done(nobody);
        if (draft.NotAmong(rule.Hosts) is { } stranger)
            return HostStep.Done(stranger);

        bool authenticated = draft.Known.Route.IsSecure || !rule.Hosts.IsEmpty;
        return HostStep.Done(rule.Require switch
        {
            Requirement.None => draft.Take(PolicySource.Operator, draft.IfOffered, AssuredLevel.Clear, authenticated),
            Requirement.Tls => draft.Take(PolicySource.Operator, draft.Encrypted, AssuredLevel.Encrypted, authenticated),
            Requirement.Pin => draft.Take(PolicySource.Operator, draft.Encrypted with { Proof = TlsProof.Pins, Pins = rule.Pins }, AssuredLevel.HostAuthenticated, authenticated),
            _ => draft.Take(PolicySource.Operator, draft.WebPki(rule.Hosts), AssuredLevel.HostAuthenticated, authenticated),
        });
    }

    private static HostStep ByDane(VerdictDraft draft, OperatorRule? rule)
    {
        HostCase known = draft.Known;
        DaneStep step = DaneHost.Decide(new DaneCase
        {
            Addresses = draft.Addresses,
            NextHopNames = known.Route.NextHopNames,
            Port = known.Port,
            AliasState = known.AliasState,
            Tlsa = known.Tlsa,
            Refused = known.Refused,
        });
        if (step.Finding is not { } finding)
            return HostStep.Next(step.Ask!);

        draft.Rules.AddRange(finding.Rules);
        if (draft.Undialable() is { } nobody)
            return HostStep.Done(nobody);
        if (finding.Outcome == DaneOutcome.LookupFailed)
        {
            var refusal = SmtpRefusal.NotAuthenticated($"whether {known.Host} for {known.Route.Domain} has TLSA records cannot be found out");
            return HostStep.Done(draft.Skip(PolicySource.Dane, refusal, ResultType.DnssecInvalid) with { Report = new ReportedPolicy(PolicyType.Tlsa, known.Host.Text, [], []) });
        }

        if (rule is not null && draft.NotAmong(rule.Hosts) is { } stranger)
            return HostStep.Done(stranger);

        bool authenticated = known.Route.IsSecure || rule is { Hosts.IsEmpty: false };
        if (finding.Outcome == DaneOutcome.Authenticated && authenticated)
            return HostStep.Done(draft.Take(rule is null ? PolicySource.Dane : PolicySource.Operator, draft.Dane(finding), AssuredLevel.Dane, true));

        // RFC 7672 §6: mandatory DANE. With an insecure MX it would be DANE of a host that anybody may have named.
        if (rule is { Require: Requirement.Dane })
        {
            string missing = finding.Outcome switch
            {
                DaneOutcome.Authenticated => "the MX is not secure",
                DaneOutcome.Unauthenticated => "no TLSA record is usable",
                _ => "there is no secure TLSA record",
            };
            return HostStep.Done(draft.Unmet(PolicySource.Operator, missing, ResultType.DaneRequired));
        }

        return BySts(draft, rule, finding);
    }

    private static HostStep BySts(VerdictDraft draft, OperatorRule? rule, DaneFinding dane)
    {
        // DANE of a host behind an insecure MX does not say whose host it is. MTA-STS does, where there is one, and must not be
        // passed over: else a forged MX to a stranger who has DANE would get round an enforced policy.
        HostCase known = draft.Known;
        if (known.Sts is not { } sts)
            return HostStep.Next(new Question(QuestionKind.MtaSts, known.Route.Domain));

        StsMode mode = draft.FireSts(sts);
        bool enforced = mode == StsMode.Enforce || (mode == StsMode.Testing && rule is { Require: Requirement.Sts });
        bool allowed = mode != StsMode.None && sts.Policy!.Allows(known.Host);
        if (enforced && !allowed)
        {
            var refusal = SmtpRefusal.NotAuthenticated($"{known.Host} is not among the hosts that the MTA-STS policy of {known.Route.Domain} names");
            return HostStep.Done(draft.Skip(PolicySource.MtaSts, refusal, ResultType.ValidationFailure));
        }

        if (enforced)
        {
            draft.Rules.Add(dane.Outcome == DaneOutcome.Authenticated
                ? RuleList.DaneBeforeSts.Fire($"{known.Host} has usable TLSA records", "MTA-STS says which host, DANE what it must show")
                : RuleList.StsEnforce.Fire($"MTA-STS of {known.Route.Domain}", $"a trusted certificate for {known.Host}"));
            TlsDemand demand = dane.Outcome == DaneOutcome.Authenticated ? draft.Dane(dane) : draft.WebPkiFor(known.Host);
            PolicySource source = rule is not null ? PolicySource.Operator : dane.Outcome == DaneOutcome.Authenticated ? PolicySource.Dane : PolicySource.MtaSts;
            return HostStep.Done(draft.Take(source, demand, AssuredLevel.MtaSts, true));
        }

        if (rule is { Require: Requirement.Sts })
            return HostStep.Done(draft.Unmet(PolicySource.Operator, "there is neither DANE from end to end nor MTA-STS", sts.Failure?.Type ?? ResultType.ValidationFailure));

        HostVerdict verdict = dane.Outcome switch
        {
            DaneOutcome.Authenticated => draft.Take(PolicySource.Dane, draft.Dane(dane), AssuredLevel.HostAuthenticated, false),
            _ => ByDefault(draft, dane),
        };
        return HostStep.Done(mode == StsMode.Testing ? draft.Watched(verdict, allowed) : verdict);
    }

    private static HostVerdict ByDefault(VerdictDraft draft, DaneFinding dane)
    {
        bool secure = draft.Known.Route.IsSecure;
        Requirement requirement = draft.Known.Default;
        if (dane.Outcome == DaneOutcome.Unauthenticated)
        {
            // RFC 7672 §2.2: TLS is a must then, whatever the default is; a stricter default stays what it is.
            HostVerdict verdict = requirement is Requirement.None or Requirement.Tls
                ? draft.Take(PolicySource.Dane, draft.Encrypted, AssuredLevel.Encrypted, secure)
                : Default(draft, requirement, secure);
            return verdict with { Report = draft.ReportOf(dane), Failure = ResultType.TlsaInvalid };
        }

        return Default(draft, requirement, secure);
    }

    private static HostVerdict Default(VerdictDraft draft, Requirement requirement, bool secure)
    {
        draft.Rules.Add(RuleList.Default.Fire($"no policy for {draft.Known.Host}", $"require {RequirementWords.Of(requirement)}"));
        return requirement switch
        {
            Requirement.None => draft.Take(PolicySource.Default, draft.IfOffered, AssuredLevel.Clear, secure),
            Requirement.Tls => draft.Take(PolicySource.Default, draft.Encrypted, AssuredLevel.Encrypted, secure),
            Requirement.WebPki => draft.Take(PolicySource.Default, draft.WebPki([]), AssuredLevel.HostAuthenticated, secure),
            Requirement.Dane => draft.Unmet(PolicySource.Default, "there is neither DANE nor MTA-STS", ResultType.DaneRequired),
            _ => draft.Unmet(PolicySource.Default, "there is neither DANE nor MTA-STS", ResultType.ValidationFailure),
        };
    }
}
