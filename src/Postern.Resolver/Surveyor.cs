using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Survey;
using Postern.Resolver.Dns;
using Postern.Resolver.Policies;

namespace Postern.Resolver;

/// <summary>Brings a survey what it asks for, until it has its finding.</summary>
/// <param name="dns">Who is asked.</param>
/// <param name="policies">Who fetches.</param>
public sealed class Surveyor(IDnsSource dns, IPolicySource policies)
{
    /// <param name="known">What is known from before: memories, the operator's table. Its time is the survey's.</param>
    public SurveyFinding Run(SurveyCase known)
    {
        ArgumentNullException.ThrowIfNull(known);
        for (int steps = 0; steps < MailSurvey.MaxSteps; steps++)
        {
            SurveyStep step = MailSurvey.Decide(known);
            if (step.Finding is { } finding)
                return finding;

            ImmutableArray<DnsReply> replies = step.Ask.IsEmpty ? [] : dns.Look(step.Ask);
            StsFetchResult? policy = step.Fetch is { } request ? policies.Fetch(request) : null;
            known = known with { Replies = known.Replies.AddRange(replies), Policy = policy ?? known.Policy };
        }

        throw new InvalidOperationException("the survey asks on without end");
    }
}
