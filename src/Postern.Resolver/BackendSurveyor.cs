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
    /// <summary>Taking records out asks for nothing new, and happens once.</summary>
    private const int MaxSteps = BackendSurvey.MaxSteps + 2;

    /// <param name="known">Whom it is about.</param>
    /// <param name="limit">Nothing is begun after it. What was begun has time limits of its own.</param>
    /// <returns>Null when that was not enough.</returns>
    public BackendFinding? Run(BackendCase known, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(known);
        long start = Stopwatch.GetTimestamp();
        for (int steps = 0; steps < MaxSteps; steps++)
        {
            BackendStep step = BackendSurvey.Decide(known);
            if (step.Finding is { } finding)
            {
                ImmutableArray<TlsaRecord> refused = takes is null || finding.Demand is not { } demand ? [] : [.. demand.Tlsa.Where(record => !takes(record))];
                if (refused.IsEmpty)
                    return finding;
                known = known with { Refused = known.Refused.AddRange(refused) };
                continue;
            }

            if (Stopwatch.GetElapsedTime(start) >= limit)
                return null;
            known = known with { Replies = known.Replies.AddRange(dns.Look(step.Ask)) };
        }

        throw new InvalidOperationException("the survey of a backend asks on without end");
    }
}
