using System.Collections.Immutable;
using Postern.Interop.LibSqlite;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;

namespace Postern.Store;

/// <summary>Sessions of each day, counted for the reports (RFC 8460). Bounded as <see cref="SessionTally"/> is: peers choose hosts and addresses, not our disk.</summary>
public sealed class SessionTable
{
    /// <summary>Days that are kept: a report that cannot be delivered is tried again for a day, an operator may want more.</summary>
    public const int KeptDays = 30;

    /// <summary>In characters, of policies and failures: more does not go into a report, however many policies a domain makes of itself in a day.</summary>
    public const int MaxReportText = 4 * 1024 * 1024;

    private const string FindPolicy = "SELECT id FROM policy WHERE day = ?1 AND text = ?2";
    private const string AddPolicy = "INSERT INTO policy (day, text, domain) VALUES (?1, ?2, ?3)";
    private const string CountPolicies = "SELECT count(*) FROM policy WHERE day = ?1";
    private const string AddOne = "UPDATE session SET sessions = sessions + 1 WHERE policy = ?1 AND failure = ?2";
    private const string AddFirst = "INSERT INTO session (policy, failure, sessions) VALUES (?1, ?2, 1)";
    private const string CountFailures = "SELECT count(*) FROM session WHERE policy = ?1 AND failure <> ''";
    private const string SumsOfDay = "SELECT p.id, " + Sums + "WHERE p.day = ?1 " + LargestFirst;
    private const string SumsOfDomain = "SELECT p.id, " + Sums + "WHERE p.day = ?1 AND p.domain = ?2 " + LargestFirst;

    /// <summary>Of sessions that were as they should be, and of others. total() has no overflow, which a file that was tampered with could make.</summary>
    private const string Sums =
        "CAST(total(CASE WHEN s.failure = '' THEN max(s.sessions, 0) ELSE 0 END) AS INTEGER) AS good, CAST(total(CASE WHEN s.failure <> '' THEN max(s.sessions, 0) ELSE 0 END) AS INTEGER) AS bad "
        + "FROM policy AS p JOIN session AS s ON s.policy = p.id ";

    /// <summary>What is too much is left out from the end.</summary>
    private const string LargestFirst = "GROUP BY p.id ORDER BY good + bad DESC, p.id";
    private const string TextOf = "SELECT text FROM policy WHERE id = ?1";
    private const string FailuresOf = "SELECT failure, sessions FROM session WHERE policy = ?1 AND failure <> '' ORDER BY failure";
    private const string DomainsOfDays =
        "SELECT DISTINCT p.day, p.domain, r.first_at, r.tried_at, r.tries FROM policy AS p LEFT JOIN report AS r ON r.day = p.day AND r.domain = p.domain AND r.target = '' "
        + "WHERE p.day >= ?1 AND p.day < ?2 AND coalesce(r.sent, 0) = 0 ORDER BY coalesce(r.tries, 0), p.day, p.domain";
    private const string AllDays = "SELECT DISTINCT day FROM policy ORDER BY day";
    private const string DeleteSessions = "DELETE FROM session WHERE policy IN (SELECT id FROM policy WHERE day < ?1)";
    private const string DeleteLongest = "DELETE FROM policy WHERE id IN (SELECT id FROM policy WHERE day = ?1 ORDER BY length(text) DESC LIMIT (SELECT (count(*) + 1) / 2 FROM policy WHERE day = ?1))";
    private const string DeleteOrphans = "DELETE FROM session WHERE policy NOT IN (SELECT id FROM policy)";
    private const string DeletePolicies = "DELETE FROM policy WHERE day < ?1";

    private readonly StoreFile _file;
    private readonly int _mostPolicies;

    internal SessionTable(StoreFile file, int mostPolicies = SessionTally.MaxPolicies)
    {
        _file = file;
        _mostPolicies = mostPolicies;
    }

    /// <summary>Sessions that were not counted, for want of room below the bounds.</summary>
    public long Dropped { get; private set; }

    /// <param name="day">In UTC.</param>
    /// <param name="policy">Under which the session was.</param>
    /// <param name="failure">Null: it was as it should be.</param>
    public StoreFault? Count(ReportDay day, ReportedPolicy policy, SessionFailure? failure) =>
        _file.WithRoom(() => _file.Together(() => Add(NumberOf(day), SessionText.Write(policy), policy.Domain, failure)));

    /// <summary>All that was counted on a day. Policies that cannot be read are left out, and so are ways to fail, whose sessions are in the sum.</summary>
    public StoreFault? Read(ReportDay day, out SessionTally tally)
    {
        tally = new SessionTally();
        return _file.Statement(SumsOfDay, out StoreFault? fault) is { } rows ? Read(rows.Bind(1, NumberOf(day)), tally, long.MaxValue) : fault;
    }

    /// <summary>The same of one domain, for its report: as much as <see cref="MaxReportText"/>. Sums are of all sessions of a policy.</summary>
    public StoreFault? Read(ReportDay day, string domain, out SessionTally tally)
    {
        tally = new SessionTally();
        return _file.Statement(SumsOfDomain, out StoreFault? fault) is { } rows ? Read(rows.Bind(1, NumberOf(day)).Bind(2, domain), tally, MaxReportText) : fault;
    }

    /// <summary>Reports that are not over, of the days from one on and before another, those first that were tried least.</summary>
    /// <param name="from">The first day.</param>
    /// <param name="before">The day behind the last.</param>
    /// <param name="take">Each, with what was tried of it; null: nothing. False: enough.</param>
    public StoreFault? Open(ReportDay from, ReportDay before, Func<ReportAbout, ReportTries?, bool> take)
    {
        if (_file.Statement(DomainsOfDays, out StoreFault? fault) is not { } rows)
            return fault;
        SqliteOutcome outcome = rows.Bind(1, NumberOf(from)).Bind(2, NumberOf(before)).Step();
        for (; outcome == SqliteOutcome.Row; outcome = rows.Step())
        {
            ReportTries? tries = rows.Number(4) > 0 && ReportTable.TimeOf(rows.Number(2)) is { } first && ReportTable.TimeOf(rows.Number(3)) is { } last
                ? new ReportTries(first, last, (int)Math.Min(rows.Number(4), int.MaxValue), IsOver: false)
                : null;
            if (DayOf(rows.Number(0)) is { } day && DnsName.Read(rows.Text(1)) is { } domain && domain.Text == rows.Text(1) && !take(new ReportAbout(day, domain), tries))
            {
                outcome = SqliteOutcome.Done;
                break;
            }
        }

        fault = _file.Fault(outcome);
        rows.Reset();
        return fault;
    }

    private StoreFault? Read(SqliteStatement rows, SessionTally tally, long mostText)
    {
        List<(long Id, long Successful, long Failed)> policies = [];
        SqliteOutcome outcome = rows.Step();
        for (; outcome == SqliteOutcome.Row; outcome = rows.Step())
            policies.Add((rows.Number(0), rows.Number(1), rows.Number(2)));
        StoreFault? fault = _file.Fault(outcome);
        rows.Reset();

        long left = mostText;
        foreach ((long id, long successful, long failed) in policies)
        {
            if (fault is not null || (fault = Text(id, out string text)) is not null)
                return fault;

            // A policy's text is read once, however many ways to fail it has; one always is.
            left -= text.Length;
            if (left < 0 && !tally.IsEmpty)
                return null;
            if (SessionText.ReadPolicy(text) is { } policy)
                fault = Add(tally, policy, id, successful, failed, ref left);
        }

        return fault;
    }

    private StoreFault? Add(SessionTally tally, ReportedPolicy policy, long id, long successful, long failed, ref long left)
    {
        if (successful > 0)
            tally.Count(policy, null, successful);
        if (failed <= 0)
            return null;
        if (_file.Statement(FailuresOf, out StoreFault? fault) is not { } rows)
            return fault;

        long told = 0;
        SqliteOutcome outcome = rows.Bind(1, id).Step();
        for (; outcome == SqliteOutcome.Row; outcome = rows.Step())
        {
            string words = rows.Text(0);
            left -= words.Length;
            if (left < 0)
            {
                outcome = SqliteOutcome.Done;
                break;
            }

            if (rows.Number(1) <= 0 || SessionText.ReadFailure(words) is not { } failure)
                continue;
            tally.Count(policy, failure, rows.Number(1));
            told += rows.Number(1);
        }

        fault = _file.Fault(outcome);
        rows.Reset();
        if (failed > told)
            tally.CountUntold(policy, failed - told);
        return fault;
    }

    private StoreFault? Text(long id, out string text)
    {
        text = "";
        if (_file.Statement(TextOf, out StoreFault? fault) is not { } row)
            return fault;
        SqliteOutcome outcome = row.Bind(1, id).Step();
        if (outcome == SqliteOutcome.Row)
            text = row.Text(0);
        fault = _file.Fault(outcome);
        row.Reset();
        return fault;
    }

    /// <summary>Of which there are figures, the oldest first.</summary>
    public StoreFault? Days(out ImmutableArray<ReportDay> days)
    {
        var found = ImmutableArray.CreateBuilder<ReportDay>();
        days = [];
        if (_file.Statement(AllDays, out StoreFault? fault) is not { } rows)
            return fault;
        SqliteOutcome outcome;
        while ((outcome = rows.Step()) == SqliteOutcome.Row)
        {
            if (DayOf(rows.Number(0)) is { } day)
                found.Add(day);
        }

        fault = _file.Fault(outcome);
        rows.Reset();
        days = found.ToImmutable();
        return fault;
    }

    /// <summary>Forgets all days before this one.</summary>
    public StoreFault? Forget(ReportDay before) => _file.Together(() =>
        Run(DeleteSessions, NumberOf(before)) ?? Run(DeletePolicies, NumberOf(before)));

    /// <summary>
    /// The file has come to its bound: the oldest day goes. Where there is but one, half of its policies go, those with the longest texts:
    /// they filled it.
    /// </summary>
    /// <returns>False when that was not possible, or nothing was there.</returns>
    internal bool MakeRoom()
    {
        if (Days(out ImmutableArray<ReportDay> days) is not null || days.IsEmpty)
            return false;
        return days.Length > 1
            ? Forget(days[1]) is null
            : _file.Together(() => Run(DeleteLongest, NumberOf(days[0])) ?? _file.Execute(DeleteOrphans)) is null;
    }

    /// <summary>Since 1970.</summary>
    internal static long NumberOf(ReportDay day) => day.Date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    internal static ReportDay? DayOf(long number)
    {
        long days = number + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        return days >= 0 && days <= DateOnly.MaxValue.DayNumber ? new ReportDay(DateOnly.FromDayNumber((int)days)) : null;
    }

    private StoreFault? Add(long day, string policy, string domain, SessionFailure? failure)
    {
        StoreFault? fault = Number(FindPolicy, day, policy, out long? id);
        if (fault is null && id is null)
        {
            fault = Number(CountPolicies, day, null, out long? policies);
            if (fault is null && policies >= _mostPolicies)
            {
                Dropped++;
                return null;
            }

            fault ??= Run(AddPolicy, day, policy, domain) ?? Number(FindPolicy, day, policy, out id);
        }

        if (fault is not null || id is not { } known)
            return fault;

        string words = failure is null ? "" : SessionText.Write(failure);
        fault = Run(AddOne, known, words);
        if (fault is not null || _file.Changes > 0)
            return fault;

        // One more way to fail. Beyond the bound they are counted by their type alone, of which there are eleven.
        if (failure is not null)
        {
            fault = Number(CountFailures, known, null, out long? failures);
            if (fault is null && failures >= SessionTally.MaxFailures)
            {
                words = SessionText.Write(new SessionFailure(failure.Type));
                fault = Run(AddOne, known, words);
                if (fault is not null || _file.Changes > 0)
                    return fault;
            }
        }

        return fault ?? Run(AddFirst, known, words);
    }

    private StoreFault? Run(string sql, long first, string? second = null, string? third = null)
    {
        if (_file.Statement(sql, out StoreFault? fault) is not { } statement)
            return fault;
        _ = statement.Bind(1, first);
        if (second is not null)
            _ = statement.Bind(2, second);
        if (third is not null)
            _ = statement.Bind(3, third);
        return _file.Fault(statement.Run());
    }

    private StoreFault? Number(string sql, long first, string? second, out long? number)
    {
        number = null;
        if (_file.Statement(sql, out StoreFault? fault) is not { } statement)
            return fault;
        _ = statement.Bind(1, first);
        if (second is not null)
            _ = statement.Bind(2, second);
        return _file.Number(statement, out number);
    }
}
