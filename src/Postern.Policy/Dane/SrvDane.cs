using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Policy.Rules;

namespace Postern.Policy.Dane;

/// <summary>One target of a service (RFC 2782).</summary>
public sealed record SrvTarget(DnsName Host, int Port);

/// <summary>DANE for what is found by SRV: XMPP between servers above all (RFC 7673, RFC 7712).</summary>
public static class SrvDane
{
    /// <param name="service">The domain that the user named: the source of the SRV.</param>
    /// <param name="srv">What its SRV look-up brought.</param>
    /// <param name="target">One of its targets.</param>
    /// <param name="addresses">Of the target.</param>
    /// <param name="tlsa">The answers so far.</param>
    /// <param name="aliasState">What the target's CNAME brought; null: not asked.</param>
    /// <returns>
    /// With <see cref="DaneOutcome.NoDane"/>, the names are those that the WebPKI certificate must have: the service's alone when
    /// the SRV is insecure, since anybody may have named the target (RFC 7673 §4.1).
    /// </returns>
    public static DaneStep Decide(
        DnsName service,
        DnsAnswer<SrvTarget> srv,
        SrvTarget target,
        HostAddresses addresses,
        ImmutableArray<DnsAnswer<TlsaRecord>> tlsa,
        DnsState? aliasState = null)
    {
        string inputs = $"SRV of {srv}";
        if (!srv.IsAnswer)
            return End(DaneOutcome.LookupFailed, [], RuleList.SrvLookupFailed.Fire(inputs, "the service is not tried"));
        if (srv.State != DnsState.Secure)
            return End(DaneOutcome.NoDane, [service], RuleList.SrvInsecure.Fire(inputs, $"no DANE, the certificate must be for {service}"));

        DaneStep step = DaneHost.Decide(new DaneCase
        {
            Addresses = addresses,
            NextHopNames = [service],
            Port = target.Port,
            IsSmtp = false,
            AliasState = aliasState,
            Tlsa = tlsa,
        });
        if (step.Finding is not { } finding)
            return step;

        FiredRule rule = RuleList.SrvSecure.Fire(inputs, $"the target {target.Host} is the service's own");
        return DaneStep.Done(finding with
        {
            Names = finding.Outcome == DaneOutcome.NoDane ? [service, target.Host] : finding.Names,
            Rules = finding.Rules.Insert(0, rule),
        });
    }

    private static DaneStep End(DaneOutcome outcome, ImmutableArray<DnsName> names, FiredRule rule) =>
        DaneStep.Done(new DaneFinding { Outcome = outcome, Names = names, Rules = [rule] });
}
