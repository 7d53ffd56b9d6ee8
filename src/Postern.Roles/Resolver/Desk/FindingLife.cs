using System.Collections.Immutable;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Survey;

namespace Postern.Roles.Resolver.Desk;

/// <summary>For how long a finding holds, and what of it holds longer when nobody answers.</summary>
public static class FindingLife
{
    /// <summary>Zones with a TTL of nothing would have us ask for each message.</summary>
    public static readonly TimeSpan Floor = TimeSpan.FromMinutes(1);

    /// <summary>What a domain changes is seen within the hour, whatever its TTL is.</summary>
    public static readonly TimeSpan Ceiling = TimeSpan.FromHours(1);

    /// <summary>RFC 2308 §7.1: a failure may be remembered, not longer than five minutes. So many clients do not make so many surveys.</summary>
    public static readonly TimeSpan OfFailure = TimeSpan.FromSeconds(30);

    /// <summary>RFC 8767 §5: past its TTL data may be used when it cannot be refreshed, one to three days.</summary>
    public static readonly TimeSpan Stale = TimeSpan.FromDays(1);

    /// <param name="found">What was found.</param>
    /// <param name="now">The time.</param>
    /// <param name="rule">The operator's, which decided; null: none did.</param>
    public static DateTimeOffset Until(SurveyFinding found, DateTimeOffset now, OperatorRule? rule)
    {
        ArgumentNullException.ThrowIfNull(found);
        if (HasFailed(found.Replies))
            return now + OfFailure;

        DateTimeOffset until = Until(now + Of(found.Replies), rule);
        return PolicyUntil(found, now) is { } policy && policy < until ? policy : until;
    }

    /// <summary>What a rule has decided holds no longer than the rule.</summary>
    public static DateTimeOffset Until(DateTimeOffset otherwise, OperatorRule? rule) => rule?.Expires is { } end && end < otherwise ? end : otherwise;

    /// <summary>What was made of these answers holds for so long.</summary>
    public static TimeSpan Of(ImmutableArray<DnsReply> replies)
    {
        if (HasFailed(replies))
            return OfFailure;
        TimeSpan least = replies.Select(reply => TimeSpan.FromSeconds(reply.TimeToLive)).Append(Ceiling).Min();
        return least < Floor ? Floor : least;
    }

    private static bool HasFailed(ImmutableArray<DnsReply> replies) => replies.Any(reply => !reply.IsAnswer);

    /// <summary>When the policy of MTA-STS that is in force ends; null: there is none.</summary>
    public static DateTimeOffset? PolicyUntil(SurveyFinding found, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(found);
        return found.Memory?.Held is { } held && !held.IsExpired(now) && found.Sts?.Policy is not null ? held.FetchedAt + held.Policy.MaxAge : null;
    }

    /// <summary>Nobody answered. Forged answers are another thing: with those, nothing of yesterday is used.</summary>
    public static bool IsOutage(SurveyFinding found)
    {
        ArgumentNullException.ThrowIfNull(found);
        return found.Refusal is { IsPermanent: false }
            && found.Replies.Any(reply => reply.State is DnsState.Failed or DnsState.Indeterminate)
            && found.Replies.All(reply => reply.State != DnsState.Bogus);
    }

    /// <summary>
    /// What of a former finding holds on: hosts that a policy of MTA-STS authenticates, as long as that policy lasts (RFC 8461 §3.3),
    /// since the certificate proves who they are, however old their addresses. And only where there cannot be DANE, as the zone of
    /// the host is unsigned: TLSA records that cannot be looked up are no denial (RFC 7672 §2.1.2), and old ones are none at all.
    /// </summary>
    public static ImmutableArray<HostVerdict> Holding(Finding former, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(former);
        return former.PolicyUntil is { } policy && now < policy && now < former.Made + Stale
            ? [.. former.Verdicts.Where(verdict => verdict is { IsSkipped: false, Source: PolicySource.MtaSts, Addresses.State: DnsState.Insecure })]
            : [];
    }
}
