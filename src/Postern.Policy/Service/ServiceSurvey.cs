using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Policy.Survey;

namespace Postern.Policy.Service;

/// <summary>
/// A domain from its name to what each of its XMPP servers has to show (docs/adr/0029). As with mail it is made from what is known and
/// asks for what is missing, each time from the beginning; servers do not wait for each other.
/// </summary>
public static class ServiceSurvey
{
    /// <summary>No survey has more: SRV, addresses, alias or TLSA, TLSA of the second name.</summary>
    public const int MaxSteps = 6;

    public static ServiceStep Decide(ServiceCase known)
    {
        ArgumentNullException.ThrowIfNull(known);
        var decision = new ServiceDecision(known);
        DnsAnswer<SrvRecord>? direct = Srv(known, ServiceRoute.DirectTls, decision.Missing), startTls = Srv(known, ServiceRoute.StartTls, decision.Missing);
        if (decision.Missing.Count > 0)
            return new ServiceStep { Ask = [.. decision.Missing] };

        var route = ServiceRoute.From(known.Domain, direct, startTls, known.Mix);
        ImmutableArray<ServiceTarget?> targets = [.. route.Endpoints.Select(decision.Decide)];
        if (decision.Missing.Count > 0)
            return new ServiceStep { Ask = [.. decision.Missing.Distinct()] };

        ImmutableArray<ServiceTarget> decided = [.. targets.OfType<ServiceTarget>()];
        ServiceRefusal? refusal = route.Refusal
            ?? (decided.All(target => target.Refusal is not null) ? ServiceRefusal.NobodyLeft([.. decided.Select(target => target.Refusal!)]) : null);
        return new ServiceStep { Finding = new ServiceFinding(decided, refusal, [.. route.Rules.Concat(decision.Rules).Distinct()], known.Replies) };
    }

    /// <summary>Null when it is missing, or when the domain is too long to have a name below it.</summary>
    private static DnsAnswer<SrvRecord>? Srv(ServiceCase known, string labels, List<DnsQuestion> missing) =>
        known.Domain.Below(labels) is { } name ? KnownReplies.Look(known.Replies, name, RecordType.Srv, missing)?.Srv() : null;
}
