using System.Collections.Immutable;

namespace Postern.Policy.TlsRpt;

/// <summary>How a session failed: what is equal is counted together.</summary>
public sealed record SessionFailure(ResultType Type)
{
    public string? SendingIp { get; init; }

    public string? ReceivingHost { get; init; }

    public string? ReceivingIp { get; init; }

    public string? ReasonCode { get; init; }
}

/// <summary>Counts the sessions of a day. It is bounded: peers choose hosts and addresses, not our memory.</summary>
public sealed class SessionTally
{
    /// <summary>Policies a day, over all domains. Beyond, sessions of new policies are not counted.</summary>
    public const int MaxPolicies = 20_000;

    /// <summary>Ways to fail, for each policy. Beyond, they are counted by their type alone.</summary>
    public const int MaxFailures = 200;

    private readonly Dictionary<ReportedPolicy, Counts> _policies = [];

    /// <summary>Sessions that were not counted, for want of room.</summary>
    public long Dropped { get; private set; }

    public bool IsEmpty => _policies.Count == 0;

    /// <param name="policy">Under which the session was.</param>
    /// <param name="failure">Null: it met the policy.</param>
    /// <param name="sessions">How many.</param>
    public void Count(ReportedPolicy policy, SessionFailure? failure, long sessions = 1)
    {
        if (Of(policy, sessions) is not { } counts)
            return;
        if (failure is null)
        {
            counts.Successful += sessions;
            return;
        }

        SessionFailure key = counts.Failures.ContainsKey(failure) || counts.Failures.Count < MaxFailures ? failure : new SessionFailure(failure.Type);
        counts.Failed += sessions;
        counts.Failures[key] = counts.Failures.GetValueOrDefault(key) + sessions;
    }

    /// <summary>Sessions that failed in ways for which there is no room: they are in the sum.</summary>
    public void CountUntold(ReportedPolicy policy, long sessions)
    {
        if (Of(policy, sessions) is { } counts)
            counts.Failed += sessions;
    }

    /// <summary>One report for each domain that a policy belongs to, in the order of the domains.</summary>
    /// <param name="day">Which day was counted.</param>
    /// <param name="organization">Whose reports they are.</param>
    /// <param name="contact">A mailbox.</param>
    /// <param name="idOf">Makes the id of a domain's report.</param>
    public ImmutableArray<TlsReport> ToReports(ReportDay day, string organization, string contact, Func<string, string> idOf) =>
    [
        .. _policies.GroupBy(pair => pair.Key.Domain, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new TlsReport(organization, day.Start, day.End, contact, idOf(group.Key), [.. group.Select(pair => Report(pair.Key, pair.Value))])),
    ];

    /// <summary>Null: there is no room for another policy.</summary>
    private Counts? Of(ReportedPolicy policy, long sessions)
    {
        if (_policies.TryGetValue(policy, out Counts? counts))
            return counts;
        if (_policies.Count == MaxPolicies)
        {
            Dropped += sessions;
            return null;
        }

        _policies.Add(policy, counts = new Counts());
        return counts;
    }

    private static PolicyReport Report(ReportedPolicy policy, Counts counts) => new(policy, counts.Successful, counts.Failed,
    [
        .. counts.Failures.OrderByDescending(pair => pair.Value).Select(pair => new FailureDetail(ReportWords.Of(pair.Key.Type), pair.Value)
        {
            SendingIp = pair.Key.SendingIp,
            ReceivingHost = pair.Key.ReceivingHost,
            ReceivingIp = pair.Key.ReceivingIp,
            ReasonCode = pair.Key.ReasonCode,
        }),
    ]);

    private sealed class Counts
    {
        public long Successful { get; set; }

        public long Failed { get; set; }

        public Dictionary<SessionFailure, long> Failures { get; } = [];
    }
}
