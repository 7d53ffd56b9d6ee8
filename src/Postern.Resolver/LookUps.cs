using System.Collections.Immutable;
using System.Diagnostics;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Resolver.Dns;

namespace Postern.Resolver;

/// <summary>Brings a survey that asks the DNS alone the answers that it asks for, until it has its finding.</summary>
/// <param name="dns">Who is asked.</param>
/// <param name="takes">As in <see cref="Surveyor"/>.</param>
internal sealed class LookUps(IDnsSource dns, Func<TlsaRecord, bool>? takes)
{
    /// <param name="known">What is known before.</param>
    /// <param name="decide">What is missing, or what was found.</param>
    /// <param name="learn">The same with these replies, and these records that OpenSSL does not take.</param>
    /// <param name="steps">No survey has more.</param>
    /// <param name="limit">Nothing is begun after it. What was begun has time limits of its own.</param>
    /// <param name="endless">It has more: a mistake of ours, which is no reason for the resolver to end.</param>
    /// <returns>Null when the time was not enough.</returns>
    public TFinding? Run<TCase, TFinding>(
        TCase known,
        Func<TCase, (ImmutableArray<DnsQuestion> Ask, TFinding? Finding)> decide,
        Func<TCase, ImmutableArray<DnsReply>, ImmutableArray<TlsaRecord>, TCase> learn,
        int steps,
        TimeSpan limit,
        Func<TCase, TFinding> endless)
        where TFinding : class
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < steps; i++)
        {
            (ImmutableArray<DnsQuestion> ask, TFinding? finding) = decide(known);
            if (finding is not null)
                return finding;
            if (Stopwatch.GetElapsedTime(start) >= limit)
                return null;
            ImmutableArray<DnsReply> replies = dns.Look(ask);
            known = learn(known, replies, TlsaSieve.Refused(replies, takes));
        }

        return endless(known);
    }
}
