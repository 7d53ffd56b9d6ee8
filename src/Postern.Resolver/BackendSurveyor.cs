using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.Survey;
using Postern.Resolver.Dns;

namespace Postern.Resolver;

/// <summary>Surveys backends.</summary>
/// <param name="dns">Who is asked.</param>
/// <param name="takes">As in <see cref="Surveyor"/>.</param>
public sealed class BackendSurveyor(IDnsSource dns, Func<TlsaRecord, bool>? takes = null)
{
    private readonly LookUps _lookUps = new(dns, takes);

    /// <param name="known">Whom it is about.</param>
    /// <param name="limit">Nothing is begun after it. What was begun has time limits of its own.</param>
    /// <returns>Null when that was not enough.</returns>
    public BackendFinding? Run(BackendCase known, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(known);
        return _lookUps.Run(
            known,
            Decide,
            (each, replies, refused) => each with { Replies = each.Replies.AddRange(replies), Refused = each.Refused.AddRange(refused) },
            BackendSurvey.MaxSteps,
            limit,
            each => new BackendFinding(null, "its look-ups do not come to an end", each.Replies));
    }

    private static (ImmutableArray<DnsQuestion> Ask, BackendFinding? Finding) Decide(BackendCase known)
    {
        BackendStep step = BackendSurvey.Decide(known);
        return (step.Ask, step.Finding);
    }
}
