using System.Collections.Immutable;
using Postern.Interop.LibSqlite;
using Postern.Policy.Decision;
using Postern.Policy.Memory;
using Postern.Policy.TlsRpt;

namespace Postern.Store.Tests;

/// <summary>The tables: memories, figures, reports, each within its bounds.</summary>
public sealed class TableTests : IDisposable
{
    private static readonly ReportDay s_day = new(new DateOnly(2026, 11, 27));
    private static readonly ReportedPolicy s_sts = new(PolicyType.Sts, "example.org", ["version: STSv1", "mode: enforce", "mx: mx.example.org", "max_age: 86400"], ["mx.example.org"]);
    private static readonly ReportedPolicy s_none = new(PolicyType.NoPolicyFound, "example.net", [], []);

    private readonly string _directory = Directory.CreateTempSubdirectory("postern-table").FullName;
    private readonly StoreFile _file;

    public TableTests()
    {
        _file = StoreFile.Open(_directory, out StoreFault? fault)!;
        Assert.True(fault is null, fault?.Text);
    }

    public void Dispose()
    {
        _file.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void Who_knows_little_takes_nothing_away()
    {
        Assert.Null(_file.Domains.Keep(Memories.Of("example.org", Memories.Now.AddDays(-30))));
        Assert.Null(_file.Domains.Keep(Memories.Of("example.org", Memories.Now, level: null)));
        Assert.Null(_file.Domains.Find(Memories.Name("example.org"), out DomainMemory? memory));
        Assert.Equal((Memories.Now.AddDays(-30), Memories.Now), (memory!.FirstSeen, memory.LastSeen));
        Assert.Equal(AssuredLevel.Dane, memory.Ratchet!.Hosts[0].Level);
    }

    [Fact]
    public void What_is_forgotten_is_not_known()
    {
        Assert.Null(_file.Domains.Keep(Memories.Of("example.org")));
        Assert.Null(_file.Domains.Forget(Memories.Name("example.org"), out bool first));
        Assert.Null(_file.Domains.Forget(Memories.Name("example.org"), out bool second));
        Assert.Equal((true, false), (first, second));
        Assert.Null(_file.Domains.Find(Memories.Name("example.org"), out DomainMemory? memory));
        Assert.Null(memory);
    }

    [Fact]
    public void All_are_told_in_the_order_of_their_names()
    {
        foreach (string domain in (string[])["b.example", "c.example", "a.example"])
            Assert.Null(_file.Domains.Keep(Memories.Of(domain)));
        List<string> names = [];
        Assert.Null(_file.Domains.Each(memory => names.Add(memory.Domain.Text)));
        Assert.Equal(["a.example", "b.example", "c.example"], names);
    }

    [Fact]
    public void A_row_that_is_damaged_is_a_domain_that_nothing_is_known_of()
    {
        Assert.Null(_file.Domains.Keep(Memories.Of("example.org")));
        Assert.Null(_file.Domains.Keep(Memories.Of("example.net")));
        Assert.Null(_file.Execute("UPDATE domain SET memory = (SELECT memory FROM domain WHERE name = 'example.net') WHERE name = 'example.org'; UPDATE domain SET memory = x'00ff' WHERE name = 'example.net'"));
        foreach (string domain in (string[])["example.org", "example.net"])
        {
            Assert.Null(_file.Domains.Find(Memories.Name(domain), out DomainMemory? memory));
            Assert.Null(memory);
            Assert.Null(_file.Domains.Keep(Memories.Of(domain)));
            Assert.Null(_file.Domains.Find(Memories.Name(domain), out memory));
            Assert.NotNull(memory);
        }
    }

    [Fact]
    public void Those_that_know_nothing_and_then_the_longest_unseen_make_room()
    {
        const int Most = 20;
        var table = new DomainTable(_file, Most);
        for (int i = 0; i < 15; i++)
            Assert.Null(table.Keep(Memories.Of($"known{i:00}.example", Memories.Now.AddDays(i - 100))));
        for (int i = 0; i < DomainTable.TrimEvery + 5; i++)
            Assert.Null(table.Keep(Memories.Of($"made-up{i}.example", Memories.Now, level: null)));
        Assert.Null(_file.Execute("PRAGMA wal_checkpoint"));
        List<string> left = [];
        Assert.Null(new DomainTable(_file, Most).Keep(Memories.Of("last.example")));
        Assert.Null(table.Each(memory => left.Add(memory.Domain.Text)));
        Assert.Equal(Most, left.Count);
        Assert.Equal(15, left.Count(name => name.StartsWith("known", StringComparison.Ordinal)));

        Assert.Null(new DomainTable(_file, 5).Keep(Memories.Of("last.example")));
        left.Clear();
        Assert.Null(table.Each(memory => left.Add(memory.Domain.Text)));
        Assert.Equal(["known11.example", "known12.example", "known13.example", "known14.example", "last.example"], left);
    }

    [Fact]
    public void Sessions_are_counted_by_day_policy_and_failure()
    {
        var failure = new SessionFailure(ResultType.CertificateExpired) { ReceivingHost = "mx.example.org", ReceivingIp = "192.0.2.1" };
        for (int i = 0; i < 3; i++)
            Assert.Null(_file.Sessions.Count(s_day, s_sts, null));
        Assert.Null(_file.Sessions.Count(s_day, s_sts, failure));
        Assert.Null(_file.Sessions.Count(s_day, s_sts, failure));
        Assert.Null(_file.Sessions.Count(s_day, s_sts, failure with { ReceivingIp = "192.0.2.2" }));
        Assert.Null(_file.Sessions.Count(s_day, s_none, null));
        Assert.Null(_file.Sessions.Count(new ReportDay(s_day.Date.AddDays(1)), s_none, null));

        ImmutableArray<TlsReport> reports = Reports(s_day);
        Assert.Equal(["example.net", "example.org"], reports.Select(report => report.Policies[0].Policy.Domain));
        PolicyReport sts = reports[1].Policies.Single();
        Assert.Equal(s_sts, sts.Policy);
        Assert.Equal((3, 3), (sts.Successful, sts.Failed));
        Assert.Equal([("certificate-expired", "192.0.2.1", 2L), ("certificate-expired", "192.0.2.2", 1L)], sts.Failures.Select(detail => (detail.Result, detail.ReceivingIp!, detail.Count)));
        Assert.Equal(1, Reports(new ReportDay(s_day.Date.AddDays(1))).Single().Policies.Single().Successful);

        Assert.Null(_file.Sessions.Days(out ImmutableArray<ReportDay> days));
        Assert.Equal([s_day, new ReportDay(s_day.Date.AddDays(1))], days);
    }

    [Fact]
    public void Ways_to_fail_are_bounded_and_policies_too()
    {
        for (int i = 0; i < SessionTally.MaxFailures + 50; i++)
            Assert.Null(_file.Sessions.Count(s_day, s_sts, new SessionFailure(ResultType.ValidationFailure) { ReceivingIp = $"192.0.2.{i}" }));
        PolicyReport report = Reports(s_day).Single().Policies.Single();
        Assert.Equal(SessionTally.MaxFailures + 50, report.Failed);
        Assert.Equal(50, report.Failures.Single(failure => failure.ReceivingIp is null).Count);

        var few = new SessionTable(_file, mostPolicies: 3);
        for (int i = 0; i < 5; i++)
            Assert.Null(few.Count(s_day, s_none with { Domain = $"d{i}.example" }, null));
        Assert.Equal(3, few.Dropped);
        Assert.Null(few.Count(s_day, s_sts, null));
        Assert.Equal(3, Reports(s_day).Length);
    }

    [Fact]
    public void Days_that_are_over_are_forgotten()
    {
        for (int i = 0; i < 4; i++)
            Assert.Null(_file.Sessions.Count(new ReportDay(s_day.Date.AddDays(i)), s_sts, null));
        Assert.Null(_file.Sessions.Forget(new ReportDay(s_day.Date.AddDays(2))));
        Assert.Null(_file.Sessions.Days(out ImmutableArray<ReportDay> days));
        Assert.Equal([s_day.Date.AddDays(2), s_day.Date.AddDays(3)], days.Select(day => day.Date));
        Assert.Empty(Reports(s_day));
        Assert.Equal(1, Reports(new ReportDay(s_day.Date.AddDays(2))).Single().Policies.Single().Successful);
    }

    [Fact]
    public void A_report_that_was_sent_is_known_to_be()
    {
        Assert.Null(_file.Reports.Find(s_day, "example.org", "mailto:a@example.org", out SentReport? none));
        Assert.Null(none);
        var tried = new SentReport("1@mx.example.net", Memories.Now, 1, false, "503");
        Assert.Null(_file.Reports.Keep(s_day, "example.org", "mailto:a@example.org", tried));
        Assert.Null(_file.Reports.Keep(s_day, "example.org", "mailto:a@example.org", tried with { Tries = 2, Sent = true, Outcome = "200" }));
        Assert.Null(_file.Reports.Find(s_day, "example.org", "mailto:a@example.org", out SentReport? sent));
        Assert.Equal(tried with { Tries = 2, Sent = true, Outcome = "200" }, sent);
        Assert.Null(_file.Reports.Find(s_day, "example.org", "https://example.org/", out none));
        Assert.Null(none);
        Assert.Null(_file.Reports.Forget(new ReportDay(s_day.Date.AddDays(1))));
        Assert.Null(_file.Reports.Find(s_day, "example.org", "mailto:a@example.org", out none));
        Assert.Null(none);
    }

    [Fact]
    public void Tables_that_are_gone_are_a_fault_and_no_exception()
    {
        Assert.Null(_file.Execute("DROP TABLE session; DROP TABLE domain"));
        Assert.Equal(SqliteOutcome.Failed, _file.Sessions.Count(s_day, s_sts, null)!.Outcome);
        Assert.Equal(SqliteOutcome.Failed, _file.Domains.Keep(Memories.Of("example.org"))!.Outcome);

        // The transaction of what failed is over.
        Assert.Null(_file.Execute("BEGIN; COMMIT"));
    }

    private ImmutableArray<TlsReport> Reports(ReportDay day)
    {
        Assert.Null(_file.Sessions.Read(day, out SessionTally tally));
        return tally.ToReports(day, "Example", "tls@example.net", domain => domain);
    }
}
