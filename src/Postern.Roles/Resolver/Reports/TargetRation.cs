using Postern.Policy.TlsRpt;

namespace Postern.Roles.Resolver.Reports;

/// <summary>
/// How many reports go to one mailbox or host in a day. Whoever has a domain has any number below it, and may name a mailbox of
/// somebody else in the records of all: without a bound, we would be his mail bomb. It is remembered in the process.
/// </summary>
/// <param name="clock">The time.</param>
public sealed class TargetRation(TimeProvider clock)
{
    /// <summary>Who has more domains than this has them reported to more than one address.</summary>
    public const int MostInADay = 200;

    /// <summary>What all domains of a day can have; with more, it begins anew.</summary>
    private const int MaxRemembered = SessionTally.MaxPolicies * TlsRptRecord.MaxTargets;

    private readonly Dictionary<string, HashSet<(ReportAbout About, string Address)>> _reports = new(StringComparer.Ordinal);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private DateOnly _day;
    private int _remembered;

    /// <summary>Whether it may go there. Another try of one that may is the same report.</summary>
    /// <param name="target">Where it goes.</param>
    /// <param name="about">Which report.</param>
    /// <param name="isFirst">The first one of the day that may not.</param>
    public bool Allows(ReportTarget target, ReportAbout about, out bool isFirst)
    {
        isFirst = false;
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        if (today != _day || _remembered >= MaxRemembered)
        {
            _reports.Clear();
            _told.Clear();
            _remembered = 0;
            _day = today;
        }

        string key = KeyOf(target);
        if (!_reports.TryGetValue(key, out HashSet<(ReportAbout About, string Address)>? reports))
            _reports.Add(key, reports = []);
        if (reports.Contains((about, target.Address)))
            return true;
        if (reports.Count >= MostInADay)
        {
            isFirst = _told.Add(key);
            return false;
        }

        _remembered++;
        return reports.Add((about, target.Address));
    }

    /// <summary>What most MTAs deliver to the same mailbox is the same: small letters and large ones, and what is behind a plus.</summary>
    private static string KeyOf(ReportTarget target)
    {
        if (!target.IsMail)
            return new Uri(target.Address).IdnHost;
        int at = target.Address.LastIndexOf('@'), plus = target.Address.IndexOf('+', StringComparison.Ordinal);
        return (plus > 0 && plus < at ? target.Address[..plus] + target.Address[at..] : target.Address).ToLowerInvariant();
    }
}
