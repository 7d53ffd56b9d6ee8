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
        return _file.Fault(upsert.Bind(1, SessionTable.NumberOf(day)).Bind(2, domain).Bind(3, target).Bind(4, report.Id)
            .Bind(5, report.TriedAt.ToUnixTimeSeconds()).Bind(6, report.Tries).Bind(7, report.Sent ? 1 : 0).Bind(8, report.Outcome).Run());
    }

    /// <summary>Forgets all days before this one.</summary>
    public StoreFault? Forget(ReportDay before) =>
        _file.Statement(Delete, out StoreFault? fault) is { } delete ? _file.Fault(delete.Bind(1, SessionTable.NumberOf(before)).Run()) : fault;

    private static DateTimeOffset? TimeOf(long seconds) =>
        seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
