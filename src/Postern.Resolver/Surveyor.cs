using System.Collections.Immutable;
using System.Diagnostics;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Survey;
using Postern.Resolver.Dns;
using Postern.Resolver.Policies;

namespace Postern.Resolver;

/// <summary>Brings a survey what it asks for, until it has its finding.</summary>
/// <param name="dns">Who is asked.</param>
/// <param name="policies">Who fetches.</param>
/// <param name="takes">Whether OpenSSL can match a TLSA record; null: all that look usable. It is decided without those that it cannot.</param>
public sealed class Surveyor(IDnsSource dns, IPolicySource policies, Func<TlsaRecord, bool>? takes = null)
{
    /// <param name="known">What is known from before: memories, the operator's table. Its time is the survey's.</param>
    public SurveyFinding Run(SurveyCase known) => Run(known, Timeout.InfiniteTimeSpan)!;

    /// <param name="known">As above.</param>
    /// <param name="limit">Nothing is begun after it. What was begun has time limits of its own.</param>
    /// <returns>Null when that was not enough.</returns>
    public SurveyFinding? Run(SurveyCase known, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(known);
        long start = Stopwatch.GetTimestamp();
        for (int steps = 0; steps < MailSurvey.MaxSteps; steps++)
        {
            SurveyStep step = MailSurvey.Decide(known);
            if (step.Finding is { } finding)
                return finding;
            if (limit != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(start) >= limit)
                return null;
            ImmutableArray<DnsReply> replies = step.Ask.IsEmpty ? [] : dns.Look(step.Ask);
            StsFetchResult? policy = step.Fetch is { } request ? policies.Fetch(request) : null;
            known = known with
            {
                Replies = known.Replies.AddRange(replies),
                Refused = known.Refused.AddRange(TlsaSieve.Refused(replies, takes)),
                Policy = policy ?? known.Policy,
            };
        }

        throw new InvalidOperationException("the survey asks on without end");
    }
}
