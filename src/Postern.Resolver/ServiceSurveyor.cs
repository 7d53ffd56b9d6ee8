using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.Service;
using Postern.Resolver.Dns;

namespace Postern.Resolver;

/// <summary>Surveys the XMPP servers of domains.</summary>
/// <param name="dns">Who is asked.</param>
/// <param name="takes">As in <see cref="Surveyor"/>.</param>
public sealed class ServiceSurveyor(IDnsSource dns, Func<TlsaRecord, bool>? takes = null)
{
    private readonly LookUps _lookUps = new(dns, takes);

    /// <param name="known">The domain, and the operator's word.</param>
    /// <param name="limit">Nothing is begun after it. What was begun has time limits of its own.</param>
    /// <returns>Null when that was not enough.</returns>
    public ServiceFinding? Run(ServiceCase known, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(known);
        return _lookUps.Run(
            known,
            Decide,
            (each, replies, refused) => each with { Replies = each.Replies.AddRange(replies), Refused = each.Refused.AddRange(refused) },
            ServiceSurvey.MaxSteps,
            limit,
            each => new ServiceFinding(
                [], new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, $"the look-ups of {each.Domain} do not come to an end"), [], each.Replies));
    }

    private static (ImmutableArray<DnsQuestion> Ask, ServiceFinding? Finding) Decide(ServiceCase known)
    {
        ServiceStep step = ServiceSurvey.Decide(known);
        return (step.Ask, step.Finding);
    }
}
