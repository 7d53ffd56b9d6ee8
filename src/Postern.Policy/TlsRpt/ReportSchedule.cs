using Postern.Policy.Rules;

namespace Postern.Policy.TlsRpt;

/// <summary>What was tried of a day's report about a domain.</summary>
/// <param name="First">For the first time.</param>
/// <param name="Last">For the last time.</param>
/// <param name="Count">How often.</param>
/// <param name="IsOver">Each target has it, or nobody wants it.</param>
public readonly record struct ReportTries(DateTimeOffset First, DateTimeOffset Last, int Count, bool IsOver);

/// <summary>
/// When a report is sent, and how often it is tried. A clock that was set back, by however much, neither sends a report twice that
/// is over nor holds up one that is not for longer than two pauses.
/// </summary>
public static class ReportSchedule
{
    /// <summary>Behind the end of a day: what was counted at its last moment, by the generation before too, is written down by then.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    /// <summary>RFC 8460 §4.1: not all the world is to report at midnight; "up to four hours" of delay are proposed.</summary>
    public static readonly TimeSpan Spread = TimeSpan.FromHours(4);

    /// <summary>Between two tries, and before what was claimed by a process that died is another's.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    /// <summary>RFC 8460 §5.5: delivery is tried again "for up to 24 hours after the initial attempt". Who comes then, or later, tries for the last time.</summary>
    public static readonly TimeSpan Persistence = TimeSpan.FromHours(24);

    /// <summary>What nobody began to send in so long, as this machine was off, is of no use to anybody.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(4);

    /// <summary>A domain's place in the hours behind each day: its own, and the same each day.</summary>
    public static DateTimeOffset Opens(ReportDay day, string domain) =>
        day.Start.AddDays(1) + Quiet + TimeSpan.FromSeconds(Lot.Draw(domain) % (ulong)Spread.TotalSeconds);

    /// <summary>Whether it is to be tried now.</summary>
    /// <param name="day">Which it is about.</param>
    /// <param name="domain">Whose it is.</param>
    /// <param name="tries">Null: it was never tried.</param>
    /// <param name="now">By the clock that days are counted by.</param>
    public static bool IsDue(ReportDay day, string domain, ReportTries? tries, DateTimeOffset now)
    {
        DateTimeOffset opens = Opens(day, domain);
        if (now < opens || tries is { IsOver: true })
            return false;
        return Believed(tries, now) is { } had ? (now - had.Last).Duration() >= Pause : now < opens + MaxAge;
    }

    /// <summary>What was tried, as far as it can be so: what a clock wrote down that was ahead by more than a pause counts for nothing.</summary>
    /// <param name="tries">As they are written down.</param>
    /// <param name="now">The same clock, set right.</param>
    public static ReportTries? Believed(ReportTries? tries, DateTimeOffset now) =>
        tries is { IsOver: false } had && (had.First - now >= Pause || had.Last - now >= Pause) ? null : tries;

    /// <summary>Whether a try that begins now is the last one.</summary>
    /// <param name="first">When the first one began.</param>
    /// <param name="now">The same clock.</param>
    public static bool IsLast(DateTimeOffset first, DateTimeOffset now) => now - first >= Persistence;
}
