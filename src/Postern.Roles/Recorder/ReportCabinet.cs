using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;
using Postern.Store;

namespace Postern.Roles.Recorder;

/// <summary>The recorder's side of sending reports: which are due, what is in one, what came of it.</summary>
/// <param name="settings">How reports are made.</param>
internal sealed class ReportCabinet(ReportSnapshot settings)
{
    /// <summary>Days back that a report may still be due of.</summary>
    private const int MostDays = 6;

    /// <summary>Of a report, of which something is written down: twice what a record names at a time. A stolen resolver does not fill the file.</summary>
    public const int MaxTargets = 2 * TlsRptRecord.MaxTargets;

    private readonly DnsName _submitter = DnsName.Read(settings.Submitter) ?? throw new ArgumentException("no mailbox: " + settings.Contact, nameof(settings));

    /// <summary>As many as fit into an answer.</summary>
    public static StoreFault? Due(StoreFile file, DateTimeOffset now, out ImmutableArray<ReportAbout> due)
    {
        var found = ImmutableArray.CreateBuilder<ReportAbout>();
        int length = 0;
        var today = ReportDay.Of(now);
        StoreFault? fault = file.Sessions.Open(new ReportDay(today.Date.AddDays(-MostDays)), today, (about, tries) =>
        {
            if (!ReportSchedule.IsDue(about.Day, about.Domain.Text, tries, now))
                return true;
            length += about.ToString().Length + 1;
            if (length > ReportMessage.MaxBody)
                return false;
            found.Add(about);
            return true;
        });
        due = fault is null ? found.ToImmutable() : [];
        return fault;
    }

    /// <summary>Begins a try. What it yields is not packed yet: that takes its time, and needs no file.</summary>
    /// <param name="file">Open.</param>
    /// <param name="about">Which report.</param>
    /// <param name="now">The time.</param>
    /// <param name="claim">Null: it is not due, or nothing was counted.</param>
    public StoreFault? Claim(StoreFile file, ReportAbout about, DateTimeOffset now, out (TlsReport Report, ImmutableArray<string> Taken, bool IsLast)? claim)
    {
        claim = null;
        if (file.Sessions.Read(about.Day, about.Domain.Text, out SessionTally tally) is { } unread)
            return unread;
        if (tally.ToReports(about.Day, settings.Organization, settings.Contact, domain => ReportNames.Id(about.Day, domain, _submitter)) is not [var report])
            return null;
        if (file.Reports.Claim(about, now, out ReportTries? tries) is { } unclaimed)
            return unclaimed;
        if (tries is not { } began)
            return null;
        StoreFault? fault = file.Reports.Taken(about, out ImmutableArray<string> taken);
        claim = (report, taken, ReportSchedule.IsLast(began.First, now));
        return fault;
    }

    /// <summary>Writes down what became of a try, if there is one.</summary>
    /// <param name="file">Open.</param>
    /// <param name="sent">As the resolver says.</param>
    /// <param name="now">The time.</param>
    /// <param name="written">False for what nobody has claimed, and for more targets than there can be.</param>
    public StoreFault? Sent(StoreFile file, SentMessage sent, DateTimeOffset now, out bool written)
    {
        written = false;
        ReportAbout about = sent.About;
        if (file.Reports.Tries(about, out ReportTries? tries) is { } unread)
            return unread;
        if (tries is null)
            return null;

        if (sent.End == SendingEnd.Over)
        {
            written = true;
            return file.Reports.End(about, sent.Outcome);
        }

        if (file.Reports.Find(about.Day, about.Domain.Text, sent.Target, out SentReport? before) is { } fault)
            return fault;
        if (file.Reports.Targets(about, out long targets) is { } uncounted)
            return uncounted;
        if (before is null && targets >= MaxTargets)
            return null;
        written = true;
        string id = ReportNames.Id(about.Day, about.Domain.Text, _submitter);
        return file.Reports.Keep(about.Day, about.Domain.Text, sent.Target, new SentReport(id, now, (before?.Tries ?? 0) + 1, sent.End == SendingEnd.Taken, sent.Outcome));
    }
}
