using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Policy.Rules;

namespace Postern.Policy.Dane;

/// <summary>DANE for what is found by SRV: XMPP between servers above all (RFC 7673, RFC 7712).</summary>
public static class SrvDane
{
    /// <param name="service">The domain that the user named: the source of the SRV.</param>
    /// <param name="srv">What its SRV look-up brought; null: it has no record, and the target is the domain itself, which nobody else has named.</param>
    /// <param name="target">One of its targets, as far as it is known. Its names are found here.</param>
    /// <returns>
    /// With <see cref="DaneOutcome.NoDane"/>, the names are those that the WebPKI certificate must have (<see cref="WebPkiNames"/>).
    /// </returns>
    public static DaneStep Decide(DnsName service, DnsAnswer<SrvRecord>? srv, DaneCase target)
    {
        string inputs = $"SRV of {srv}";
        if (srv is { IsAnswer: false })
            return End(DaneOutcome.LookupFailed, [], RuleList.SrvLookupFailed.Fire(inputs, "the service is not tried"));

        ImmutableArray<DnsName> names = WebPkiNames(service, srv, target.Addresses.Host);
        if (srv is { State: not DnsState.Secure })
            return End(DaneOutcome.NoDane, names, RuleList.SrvInsecure.Fire(inputs, $"no DANE, the certificate must be for {service}"));

        DaneStep step = DaneHost.Decide(target with { NextHopNames = NamesOf(target.Addresses, service), IsSmtp = false });
        if (step.Finding is not { } finding)
            return step;

        FiredRule[] secure = srv is null ? [] : [RuleList.SrvSecure.Fire(inputs, $"the target {target.Addresses.Host} is the service's own")];
        return DaneStep.Done(finding with
        {
            Names = finding.Outcome == DaneOutcome.NoDane ? names : finding.Names,
            Rules = [.. secure, .. finding.Rules],
        });
    }

    /// <summary>
    /// RFC 7673 §4.1: the service's name alone when the SRV is insecure, since anybody may have named the target; when it is secure,
    /// the target's too.
    /// </summary>
    public static ImmutableArray<DnsName> WebPkiNames(DnsName service, DnsAnswer<SrvRecord>? srv, DnsName target) =>
        srv is { State: DnsState.Secure } && target != service ? [service, target] : [service];

    /// <summary>
    /// What a certificate of DANE may be for besides the TLSA base: the host as it is written or as SRV has it, its alias where that is
    /// secure (RFC 7672 §3.2.2), and the domain whose service it is (RFC 7673 §4.1).
    /// </summary>
    public static ImmutableArray<DnsName> NamesOf(HostAddresses addresses, DnsName? service)
    {
        ImmutableArray<DnsName> names = addresses is { State: DnsState.Secure, IsAlias: true } ? [addresses.Host, addresses.Expanded] : [addresses.Host];
        return service is null ? names : names.Add(service);
    }

    private static DaneStep End(DaneOutcome outcome, ImmutableArray<DnsName> names, FiredRule rule) =>
        DaneStep.Done(new DaneFinding { Outcome = outcome, Names = names, Rules = [rule] });
}
