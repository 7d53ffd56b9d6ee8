using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Ratchet;
using Postern.Policy.Rules;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Decision;

/// <summary>A verdict while it is made: the rules so far, and the forms that its demand can take.</summary>
internal sealed class VerdictDraft(HostCase known, HostAddresses addresses)
{
    private DaneFinding? _dane;
    private StsFinding? _sts;

    public HostCase Known { get; } = known;

    public HostAddresses Addresses { get; } = addresses;

    public List<FiredRule> Rules { get; } = [.. known.Route.Rules];

    public TlsDemand IfOffered => new(TlsProof.IfOffered, Known.Host);

    public TlsDemand Encrypted => new(TlsProof.Encrypted, Known.Host);

    public TlsDemand WebPkiFor(params ImmutableArray<DnsName> names) => new(TlsProof.WebPki, Known.Host) { Names = names };

    public TlsDemand Dane(DaneFinding finding)
    {
        _dane = finding;
        return new TlsDemand(TlsProof.Dane, finding.Base!) { Names = finding.Names, Tlsa = finding.Records };
    }

    /// <summary>
    /// For which names a certificate of the WebPKI counts. The host's, when nobody could have named another; else only what the
    /// sender wrote himself, or is below it: RFC 6125 §1.8, a name that came by an insecure way proves nothing.
    /// </summary>
    public TlsDemand WebPki(ImmutableArray<MxPattern> hosts)
    {
        DnsName domain = Known.Route.Domain;
        if (Known.Route.IsSecure || !hosts.IsEmpty)
            return WebPkiFor(Known.Host);
        return Known.Host.IsBelow(domain) ? WebPkiFor(domain, Known.Host) : WebPkiFor(domain);
    }

    public void FireTable()
    {
        foreach (OperatorRule expired in Known.Table.Expired)
            Rules.Add(RuleList.OperatorRuleExpired.Fire(expired.ToString(), $"it expired at {expired.Expires:u} and does not hold: an alarm"));
        if (Known.Table.Rule is { } rule)
            Rules.Add(RuleList.OperatorRule.Fire(rule.ToString(), rule.Testing ? "watched only" : $"require {RequirementWords.Of(rule.Require)}"));
    }

    /// <returns>The mode that holds.</returns>
    public StsMode FireSts(StsFinding sts)
    {
        _sts = sts;
        string inputs = $"MTA-STS of {sts.Domain}";
        if (sts.Failure is { } failure)
            Rules.Add(RuleList.StsFetchFailed.Fire($"{inputs}, policy {failure.Id}: {failure.Reason}", sts.Policy is null ? "as if there were none" : "the kept policy holds"));
        if (sts is not { Policy: { } policy, Mode: not StsMode.None })
        {
            Rules.Add(sts.Policy is null ? RuleList.StsAbsent.Fire(inputs, "there is none") : RuleList.StsOff.Fire($"{inputs}: mode none", "as if there were none"));
            return StsMode.None;
        }

        string patterns = string.Join(", ", policy.Hosts.Take(8));
        Rules.Add(policy.Allows(Known.Host)
            ? RuleList.StsMatch.Fire($"{Known.Host} and {patterns}", "it is a host of the domain")
            : RuleList.StsMismatch.Fire($"{Known.Host} and {patterns}", "it is no host of the domain"));
        return sts.Mode;
    }

    public HostVerdict? Undialable()
    {
        if (Addresses.HasFailed)
            return Skip(PolicySource.Dane, SmtpRefusal.NoDirectory($"the addresses of {Known.Host} for {Known.Route.Domain} cannot be looked up ({DnsWords.Of(Addresses.State)})"), null);
        return Addresses.Addresses.IsEmpty
            ? Skip(PolicySource.Dane, SmtpRefusal.NoRoute($"{Known.Host} for {Known.Route.Domain} has no address"), null)
            : null;
    }

    public HostVerdict? NotAmong(ImmutableArray<MxPattern> hosts)
    {
        if (hosts.IsEmpty || hosts.Any(pattern => pattern.Matches(Known.Host)))
            return null;

        Rules.Add(RuleList.OperatorHosts.Fire($"{Known.Host} and {string.Join(", ", hosts.Take(8))}", "it is none of the operator's hosts for the domain"));
        return Skip(PolicySource.Operator, SmtpRefusal.NotAuthenticated($"{Known.Host} is not among the hosts that the operator names for {Known.Route.Domain}"), ResultType.ValidationFailure);
    }

    public HostVerdict Unmet(PolicySource source, string missing, ResultType result)
    {
        Requirement requirement = source == PolicySource.Operator ? Known.Table.Rule!.Require : Known.Default;
        Rules.Add(RuleList.RequirementUnmet.Fire($"require {RequirementWords.Of(requirement)}, and {missing}", "this host is not tried"));
        return Skip(source, SmtpRefusal.NotAuthenticated($"{Known.Host} for {Known.Route.Domain}: {missing}, and \"{RequirementWords.Of(requirement)}\" is required"), result);
    }

    public HostVerdict Skip(PolicySource source, SmtpRefusal refusal, ResultType? failure) =>
        Take(source, Encrypted, AssuredLevel.Clear, Known.Route.IsSecure) with { Refusal = refusal, Failure = failure };

    public HostVerdict Take(PolicySource source, TlsDemand demand, AssuredLevel level, bool mxAuthenticated) => new()
    {
        Domain = Known.Route.Domain,
        Host = Known.Host,
        Addresses = Addresses,
        Source = source,
        Demand = demand,
        Level = level,
        MxAuthenticated = mxAuthenticated,
        Report = ReportOf(_dane),
        Failure = _sts?.Failure?.Type,
        Rules = [],
    };

    /// <summary>RFC 8461 §5: <c>testing</c> delivers, and tells of what would have failed.</summary>
    public HostVerdict Watched(HostVerdict verdict, bool allowed)
    {
        Rules.Add(RuleList.StsTesting.Fire($"MTA-STS of {Known.Route.Domain}", allowed ? "verified and reported, not enforced" : "reported, not enforced"));
        if (!allowed)
            return verdict with { Failure = verdict.Failure ?? ResultType.ValidationFailure };
        return verdict.IsSkipped || verdict.Demand.IsAuthenticated ? verdict : verdict with { Watch = WebPkiFor(Known.Host) };
    }

    /// <summary>
    /// RFC 8460 §4.4: by the base domain of TLSA, or by the domain. Records that hold a certificate of several kilobytes are left out:
    /// no reader of reports takes such a text, ours neither.
    /// </summary>
    public ReportedPolicy ReportOf(DaneFinding? dane)
    {
        if (dane is { Base: { } found })
            return new ReportedPolicy(PolicyType.Tlsa, found.Text, [.. dane.Published.Select(record => record.ToString()).Where(text => text.Length <= JsonText.MaxText)], []);
        return _sts is { Policy: { } policy, Mode: not StsMode.None }
            ? new ReportedPolicy(PolicyType.Sts, Known.Route.Domain.Text, policy.ToLines(), [.. policy.Hosts.Select(pattern => pattern.ToString())])
            : new ReportedPolicy(PolicyType.NoPolicyFound, Known.Route.Domain.Text, [], []);
    }

    /// <summary>What every verdict goes through at its end: the operator's watching rule, the ratchet, the list of rules.</summary>
    public HostVerdict Finish(HostVerdict verdict)
    {
        if (Known.Table.Rule is { Testing: true } watched && verdict is { IsSkipped: false, Watch: null, Demand.IsAuthenticated: false })
        {
            bool among = watched.Hosts.IsEmpty || watched.Hosts.Any(pattern => pattern.Matches(Known.Host));
            verdict = among ? verdict with { Watch = WebPki(watched.Hosts) } : verdict with { Failure = verdict.Failure ?? ResultType.ValidationFailure };
        }

        // A policy that was there is looked for now; what only a connection can show (encryption, a certificate that nobody
        // demands) is judged when it has been made. The operator's own word is no loss.
        if (verdict is { IsSkipped: false, Source: not PolicySource.Operator } && Known.Memory is { } memory
            && LevelRatchet.Judge(memory, Known.Host, verdict.Level) is { Had.Level: >= AssuredLevel.MtaSts } loss)
        {
            Rules.Add(RuleList.LevelLost.Fire(loss.ToString(), Known.RefuseLoss ? "deferred, and an alarm" : "an alarm"));
            verdict = verdict with { Loss = loss };
            if (Known.RefuseLoss)
            {
                string text = $"{Known.Host} for {Known.Route.Domain}: it had {LevelWords.Of(loss.Had.Level)} until {loss.Had.Last:u} and has it no more";
                verdict = verdict with { Refusal = SmtpRefusal.NotAuthenticated(text) };
            }
        }

        // What only a connection shows can be demanded of it: a host that had TLS is not spoken to in the clear again.
        if (Known.RefuseLoss && verdict is { IsSkipped: false, Source: not PolicySource.Operator, Demand.Proof: TlsProof.IfOffered } && Known.Memory is { } reached
            && LevelRatchet.Judge(reached, Known.Host, AssuredLevel.Clear) is { } had)
        {
            Rules.Add(RuleList.LevelKept.Fire($"{had.Had.Host} had {LevelWords.Of(had.Had.Level)}", "TLS with anybody"));
            verdict = verdict with { Demand = Encrypted, Level = AssuredLevel.Encrypted };
        }

        return verdict with { Rules = [.. Rules] };
    }
}
