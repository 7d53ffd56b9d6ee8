using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Policy.Rules;

namespace Postern.Policy.Decision;

/// <summary>Where mail for a domain goes, and how sure that is.</summary>
public sealed record MailRoute
{
    /// <summary>RFC 5321 §5.1 wants at least two to be tried; no domain needs more than these, whoever owns it.</summary>
    public const int MaxHosts = 32;

    /// <summary>The recipient's domain, or the next hop that the operator set.</summary>
    public required DnsName Domain { get; init; }

    /// <summary>In the order in which they are tried; those of one preference stand in the order of the answer, for the caller to shuffle.</summary>
    public ImmutableArray<MxRecord> Hosts { get; init; } = [];

    /// <summary>Nobody could have put another host there: DNSSEC says so, or the operator.</summary>
    public bool IsSecure { get; init; }

    /// <summary>Names of the next hop that a certificate of DANE-TA may have (RFC 7672 §3.2.2).</summary>
    public ImmutableArray<DnsName> NextHopNames { get; init; } = [];

    /// <summary>Why there is no host to try; null when there is.</summary>
    public SmtpRefusal? Refusal { get; init; }

    public ImmutableArray<FiredRule> Rules { get; init; } = [];

    /// <summary>The operator names the host, with or without a port: RFC 7672 §2.2.2, his word counts as a secure answer does.</summary>
    public static MailRoute ToNextHop(DnsName host) => new()
    {
        Domain = host,
        Hosts = [new MxRecord(0, host)],
        IsSecure = true,
        NextHopNames = [host],
        Rules = [RuleList.NextHopSet.Fire($"the operator's next hop is {host}", "no MX is asked for, the host counts as secure")],
    };

    /// <summary>From the answer to the MX look-up.</summary>
    public static MailRoute From(DnsAnswer<MxRecord> mx)
    {
        DnsName domain = mx.Owner;
        string inputs = $"MX of {mx}";
        MailRoute route = new()
        {
            Domain = domain,
            IsSecure = mx.State == DnsState.Secure,

            // What an insecure alias leads to is anybody's word.
            NextHopNames = mx.IsAlias && mx.State == DnsState.Secure ? [domain, mx.Expanded] : [domain],
        };
        switch (mx)
        {
            case { IsAnswer: false }:
                return route.Refuse(RuleList.MxLookupFailed.Fire(inputs, "deferred"),
                    SmtpRefusal.NoDirectory($"the mail exchangers of {domain} cannot be looked up ({DnsWords.Of(mx.State)})"));
            case { Content: DnsContent.NoName }:
                return route.Refuse(RuleList.NoSuchDomain.Fire(inputs, "refused"), new SmtpRefusal(550, "5.1.2", $"{domain} does not exist"));

            // RFC 5321 §5.1: the domain itself, at preference 0.
            case { Content: DnsContent.NoData }:
                return route with { Hosts = [new MxRecord(0, mx.Expanded)], Rules = [RuleList.NoMx.Fire(inputs, $"{mx.Expanded} itself is the host")] };

            // RFC 7505 §3: alone, or it is no null MX. Beside others it is a host that cannot be dialled.
            case { Records: [{ IsNull: true }] }:
                return route.Refuse(RuleList.NullMx.Fire(inputs, "refused"), new SmtpRefusal(556, "5.1.10", $"{domain} takes no mail (null MX)"));
        }

        ImmutableArray<MxRecord> hosts = [.. mx.Records.Where(record => !record.IsNull).OrderBy(record => record.Preference).DistinctBy(record => record.Host).Take(MaxHosts)];
        if (hosts.IsEmpty)
        {
            return route.Refuse(RuleList.NoUsableMx.Fire(inputs, "deferred"),
                SmtpRefusal.NoRoute($"no mail exchanger of {domain} has a name that a host can have"));
        }

        return route with
        {
            Hosts = hosts,
            Rules = [route.IsSecure
                ? RuleList.MxSecure.Fire(inputs, "its hosts are the domain's own")
                : RuleList.MxInsecure.Fire(inputs, "its hosts are not authenticated as the domain's")],
        };
    }

    private MailRoute Refuse(FiredRule rule, SmtpRefusal refusal) => this with { Refusal = refusal, Rules = [rule] };
}
