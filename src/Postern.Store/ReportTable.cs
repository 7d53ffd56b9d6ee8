using System.Collections.Immutable;
using Postern.Interop.LibSqlite;
using Postern.Policy.TlsRpt;

namespace Postern.Store;

/// <summary>What was sent of a day's report to one target, or tried.</summary>
/// <param name="Id">The report's.</param>
/// <param name="TriedAt">For the last time.</param>
/// <param name="Tries">How often.</param>
/// <param name="Sent">It was taken.</param>
/// <param name="Outcome">In our words.</param>
public sealed record SentReport(string Id, DateTimeOffset TriedAt, int Tries, bool Sent, string Outcome);

/// <summary>Reports that were sent (RFC 8460): a restart sends none again.</summary>
public sealed class ReportTable
{
    private const string FindOne = "SELECT id, tried_at, tries, sent, outcome FROM report WHERE day = ?1 AND domain = ?2 AND target = ?3";
    private const string Upsert = "INSERT OR REPLACE INTO report (day, domain, target, id, tried_at, tries, sent, outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    private const string FindTries = "SELECT first_at, tried_at, tries, sent FROM report WHERE day = ?1 AND domain = ?2 AND target = ''";
    private const string KeepTries =
        "INSERT OR REPLACE INTO report (day, domain, target, id, tried_at, tries, sent, outcome, first_at) VALUES (?1, ?2, '', '', ?3, ?4, 0, '', ?5)";
    private const string Over = "UPDATE report SET sent = 1, outcome = ?3 WHERE day = ?1 AND domain = ?2 AND target = ''";
    private const string TargetsThatHaveIt = "SELECT target FROM report WHERE day = ?1 AND domain = ?2 AND target <> '' AND sent = 1 ORDER BY target";
    private const string CountTargets = "SELECT count(*) FROM report WHERE day = ?1 AND domain = ?2 AND target <> ''";
    private const string Delete = "DELETE FROM report WHERE day < ?1";

    private readonly StoreFile _file;

    internal ReportTable(StoreFile file) => _file = file;

    /// <param name="day">Which it is about.</param>
    /// <param name="domain">Whose it is.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="report">Null: it was never tried.</param>
    public StoreFault? Find(ReportDay day, string domain, string target, out SentReport? report)
    {
        report = null;
        if (_file.Statement(FindOne, out StoreFault? fault) is not { } find)
            return fault;
        SqliteOutcome outcome = find.Bind(1, SessionTable.NumberOf(day)).Bind(2, domain).Bind(3, target).Step();
        if (outcome == SqliteOutcome.Row && TimeOf(find.Number(1)) is { } tried)
            report = new SentReport(find.Text(0), tried, (int)Math.Clamp(find.Number(2), 0, int.MaxValue), find.Number(3) != 0, find.Text(4));
        fault = _file.Fault(outcome);
        find.Reset();
        return fault;
    }

    public StoreFault? Keep(ReportDay day, string domain, string target, SentReport report)
    {
        if (_file.Statement(Upsert, out StoreFault? fault) is not { } upsert)
            return fault;
        return _file.WithRoom(() => _file.Fault(upsert.Bind(1, SessionTable.NumberOf(day)).Bind(2, domain).Bind(3, target).Bind(4, report.Id)
            .Bind(5, report.TriedAt.ToUnixTimeSeconds()).Bind(6, report.Tries).Bind(7, report.Sent ? 1 : 0).Bind(8, report.Outcome).Run()));
    }

    /// <summary>
    /// A try begins: for nobody else is the report due until <see cref="ReportSchedule.Pause"/> is over. Of several processes that ask
    /// at the same time one gets it.
    /// </summary>
    /// <param name="about">Which report.</param>
    /// <param name="now">The time.</param>
    /// <param name="tries">With this one; null: it is not due.</param>
    public StoreFault? Claim(ReportAbout about, DateTimeOffset now, out ReportTries? tries)
    {
        ReportTries? claimed = null;
        StoreFault? fault = _file.WithRoom(() => _file.Together(() =>
        {
            if (Tries(about, out ReportTries? had) is { } wrong)
                return wrong;
            if (!ReportSchedule.IsDue(about.Day, about.Domain.Text, had, now))
                return null;
            ReportTries next = ReportSchedule.Believed(had, now) is { } before ? before with { Last = now, Count = before.Count + 1 } : new ReportTries(now, now, 1, IsOver: false);
            if (_file.Statement(KeepTries, out StoreFault? fault) is not { } keep)
                return fault;
            fault = _file.Fault(Bound(keep, about).Bind(3, now.ToUnixTimeSeconds()).Bind(4, next.Count).Bind(5, next.First.ToUnixTimeSeconds()).Run());
            claimed = fault is null ? next : null;
            return fault;
        }));
        tries = fault is null ? claimed : null;
        return fault;
    }

    /// <summary>It is tried no more.</summary>
    /// <param name="about">Which report, of which a try began.</param>
    /// <param name="outcome">In our words.</param>
    public StoreFault? End(ReportAbout about, string outcome) =>
        _file.Statement(Over, out StoreFault? fault) is { } over ? _file.Fault(Bound(over, about).Bind(3, outcome).Run()) : fault;

    /// <summary>What was tried; null: nothing.</summary>
    public StoreFault? Tries(ReportAbout about, out ReportTries? tries)
    {
        tries = null;
        if (_file.Statement(FindTries, out StoreFault? fault) is not { } find)
            return fault;
        SqliteOutcome outcome = Bound(find, about).Step();
        if (outcome == SqliteOutcome.Row && TimeOf(find.Number(0)) is { } first && TimeOf(find.Number(1)) is { } last)
            tries = new ReportTries(first, last, (int)Math.Clamp(find.Number(2), 0, int.MaxValue - 1), find.Number(3) != 0);
        fault = _file.Fault(outcome);
        find.Reset();
        return fault;
    }

    /// <summary>Targets that have it already.</summary>
    public StoreFault? Taken(ReportAbout about, out ImmutableArray<string> targets)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        targets = [];
        if (_file.Statement(TargetsThatHaveIt, out StoreFault? fault) is not { } rows)
            return fault;
        SqliteOutcome outcome = Bound(rows, about).Step();
        for (; outcome == SqliteOutcome.Row; outcome = rows.Step())
            found.Add(rows.Text(0));
        fault = _file.Fault(outcome);
        rows.Reset();
        targets = found.ToImmutable();
        return fault;
    }

    /// <summary>Of how many targets something is written down.</summary>
    public StoreFault? Targets(ReportAbout about, out long count)
    {
        count = 0;
        if (_file.Statement(CountTargets, out StoreFault? fault) is not { } row)
            return fault;
        fault = _file.Number(Bound(row, about), out long? found);
        count = found ?? 0;
        return fault;
    }

    /// <summary>Forgets all days before this one.</summary>
    public StoreFault? Forget(ReportDay before) =>
        _file.Statement(Delete, out StoreFault? fault) is { } delete ? _file.Fault(delete.Bind(1, SessionTable.NumberOf(before)).Run()) : fault;

    private static SqliteStatement Bound(SqliteStatement statement, ReportAbout about) =>
        statement.Bind(1, SessionTable.NumberOf(about.Day)).Bind(2, about.Domain.Text);

    internal static DateTimeOffset? TimeOf(long seconds) =>
        seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
