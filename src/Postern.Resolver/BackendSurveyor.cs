using System.Collections.Immutable;
using System.Diagnostics;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.Survey;
using Postern.Resolver.Dns;

namespace Postern.Resolver;

/// <summary>Brings a survey of a backend the answers that it asks for, until it has its finding.</summary>
/// <param name="dns">Who is asked.</param>
/// <param name="takes">As in <see cref="Surveyor"/>.</param>
public sealed class BackendSurveyor(IDnsSource dns, Func<TlsaRecord, bool>? takes = null)
{
    /// <param name="known">Whom it is about.</param>
    /// <param name="limit">Nothing is begun after it. What was begun has time limits of its own.</param>
    /// <returns>Null when that was not enough.</returns>
    public BackendFinding? Run(BackendCase known, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(known);
        long start = Stopwatch.GetTimestamp();
        for (int steps = 0; steps < BackendSurvey.MaxSteps; steps++)
        {
            BackendStep step = BackendSurvey.Decide(known);
            if (step.Finding is { } finding)
                return finding;
            if (Stopwatch.GetElapsedTime(start) >= limit)
                return null;
            ImmutableArray<DnsReply> replies = dns.Look(step.Ask);
            known = known with { Replies = known.Replies.AddRange(replies), Refused = known.Refused.AddRange(TlsaSieve.Refused(replies, takes)) };
        }

        // A mistake of ours, which is no reason for the resolver to end.
        return new BackendFinding(null, "its look-ups do not come to an end", known.Replies);
    }
}
