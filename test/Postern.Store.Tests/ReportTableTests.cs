using System.Collections.Immutable;
using Postern.Interop.LibSqlite;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;

namespace Postern.Store.Tests;

/// <summary>What is written down of sending reports, and that files of before have room for it.</summary>
public sealed class ReportTableTests : IDisposable
{
    private static readonly ReportDay s_day = new(new DateOnly(2026, 11, 26));
    private static readonly ReportAbout s_about = new(s_day, DnsName.Read("example.org")!);
    private static readonly DateTimeOffset s_due = ReportSchedule.Opens(s_day, "example.org");

    private readonly string _directory = Directory.CreateTempSubdirectory("postern-reports").FullName;
    private readonly StoreFile _file;

    public ReportTableTests() => _file = Open();

    public void Dispose()
    {
        _file.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void A_claim_is_one_process_s_until_the_pause_is_over()
    {
        using StoreFile other = Open();
        Assert.Null(Claim(_file, s_due.AddMinutes(-1)));
        Assert.Equal(new ReportTries(s_due, s_due, 1, false), Claim(_file, s_due));
        Assert.Null(Claim(other, s_due.AddMinutes(59)));
        Assert.Equal(new ReportTries(s_due, s_due.AddHours(1), 2, false), Claim(other, s_due.AddHours(1)));
        Assert.Null(Claim(_file, s_due.AddHours(1)));
        Assert.Null(_file.Reports.End(s_about, "sent"));
        Assert.Null(Claim(_file, s_due.AddHours(5)));
        Assert.Null(_file.Reports.Tries(s_about, out ReportTries? tries));
        Assert.Equal((2, true), (tries!.Value.Count, tries.Value.IsOver));
    }

    /// <summary>Taken out: ReportSchedule.Believed.</summary>
    [Fact]
    public void What_a_clock_wrote_down_that_was_ahead_by_a_year_holds_up_nothing()
    {
        long ahead = s_due.AddDays(365).ToUnixTimeSeconds();
        Assert.Null(_file.Execute($"INSERT INTO report (day, domain, target, id, tried_at, tries, sent, outcome, first_at) VALUES ({SessionTable.NumberOf(s_day)}, 'example.org', '', '', {ahead}, 3, 0, '', {ahead})"));
        DateTimeOffset now = s_due.AddHours(1);
        Assert.Equal(new ReportTries(now, now, 1, false), Claim(_file, now));
        Assert.Null(Claim(_file, now.AddMinutes(59)));
        Assert.Equal(new ReportTries(now, now.AddHours(1), 2, false), Claim(_file, now.AddHours(1)));
    }

    [Fact]
    public void Of_many_who_claim_at_the_same_time_one_has_it()
    {
        int had = 0;
        using var together = new Barrier(4);
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            using StoreFile file = Open();
            together.SignalAndWait();
            for (int i = 0; i < 20; i++)
            {
                var about = new ReportAbout(s_day, DnsName.Read($"d{i}.example.org")!);
                if (file.Reports.Claim(about, s_due.AddHours(6), out ReportTries? tries) is null && tries is not null)
                    _ = Interlocked.Increment(ref had);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.Equal(20, had);
    }

    [Fact]
    public void Those_that_have_it_are_told()
    {
        var sent = new SentReport("1@x.example", s_due, 1, true, "HTTP 200");
        Assert.Null(_file.Reports.Keep(s_day, "example.org", "https://a.example/", sent));
        Assert.Null(_file.Reports.Keep(s_day, "example.org", "mailto:b@example.org", sent with { Sent = false }));
        Assert.Null(_file.Reports.Keep(s_day, "example.net", "mailto:c@example.org", sent));
        Assert.NotNull(Claim(_file, s_due));
        Assert.Null(_file.Reports.Taken(s_about, out ImmutableArray<string> taken));
        Assert.Equal(["https://a.example/"], taken);
    }

    [Fact]
    public void Open_reports_are_those_of_days_with_figures_that_are_not_over()
    {
        foreach ((int day, string domain) in (ReadOnlySpan<(int, string)>)[(0, "a.example"), (0, "b.example"), (1, "a.example"), (1, "c.example"), (2, "a.example")])
        {
            for (int i = 0; i < 2; i++)
                Assert.Null(_file.Sessions.Count(new ReportDay(s_day.Date.AddDays(day)), new ReportedPolicy(i == 0 ? PolicyType.Tlsa : PolicyType.Sts, domain, [], []), null));
        }

        Assert.Null(_file.Reports.Claim(new ReportAbout(s_day, DnsName.Read("b.example")!), s_due.AddDays(1), out ReportTries? tries));
        Assert.NotNull(tries);
        var over = new ReportAbout(new ReportDay(s_day.Date.AddDays(1)), DnsName.Read("a.example")!);
        Assert.Null(_file.Reports.Claim(over, s_due.AddDays(2), out _));
        Assert.Null(_file.Reports.End(over, "sent"));

        List<string> open = [];
        Assert.Null(_file.Sessions.Open(s_day, new ReportDay(s_day.Date.AddDays(2)), (about, had) =>
        {
            open.Add($"{about} {had?.Count}");
            return true;
        }));

        // Those first that were tried least.
        Assert.Equal(["2026-11-26 a.example ", "2026-11-27 c.example ", "2026-11-26 b.example 1"], open);
    }

    [Fact]
    public void A_domain_s_figures_are_read_alone_and_within_a_bound()
    {
        var policy = new ReportedPolicy(PolicyType.NoPolicyFound, "example.org", [], []);
        Assert.Null(_file.Sessions.Count(s_day, policy, null));
        Assert.Null(_file.Sessions.Count(s_day, policy with { Domain = "example.net" }, null));
        Assert.Null(_file.Sessions.Read(s_day, "example.org", out SessionTally tally));
        Assert.Equal("example.org", Assert.Single(tally.ToReports(s_day, "o", "c", domain => domain)).Id);

        // Of policies that are as long as can be, not all are read.
        for (int i = 0; i < 40; i++)
            Assert.Null(_file.Sessions.Count(s_day, policy with { Strings = [.. Enumerable.Range(0, 45).Select(n => $"{i} {n} {new string('x', 4000)}")] }, null));
        Assert.Null(_file.Sessions.Read(s_day, "example.org", out tally));
        Assert.InRange(tally.ToReports(s_day, "o", "c", domain => domain)[0].Policies.Length, 20, 30);
    }

    /// <summary>However many ways a policy has to fail, its text counts once. Taken out: the one reading of it.</summary>
    [Fact]
    public void A_long_policy_that_fails_in_many_ways_is_whole()
    {
        ReportedPolicy policy = Long(1) with { Domain = "example.org" };
        for (int i = 0; i < 100; i++)
            Assert.Null(_file.Sessions.Count(s_day, policy, new SessionFailure(ResultType.ValidationFailure) { ReceivingIp = $"192.0.2.{i}" }));
        PolicyReport report = OnlyPolicy();
        Assert.Equal((100, 100), (report.Failed, report.Failures.Length));
    }

    /// <summary>What is left out stays in the sum. Taken out: SessionTally.CountUntold.</summary>
    [Fact]
    public void Failures_that_are_left_out_are_in_the_sum()
    {
        var policy = new ReportedPolicy(PolicyType.NoPolicyFound, "example.org", [], []);
        for (int i = 0; i < 4; i++)
            Assert.Null(_file.Sessions.Count(s_day, policy, new SessionFailure(ResultType.ValidationFailure) { ReceivingIp = $"192.0.2.{i}" }));
        Assert.Null(_file.Sessions.Count(s_day, policy, null));
        Assert.Null(_file.Execute("UPDATE session SET failure = 'no JSON' WHERE failure LIKE '%192.0.2.3%'"));
        PolicyReport report = OnlyPolicy();
        Assert.Equal((1, 4, 3), (report.Successful, report.Failed, report.Failures.Length));
    }

    /// <summary>Policies are bounded by their number; what makes them long fills the file. Taken out: WithRoom, each of MakeRoom's two ways.</summary>
    [Fact]
    public void A_file_that_has_reached_its_bound_loses_its_oldest_day_and_then_its_longest_policies()
    {
        Assert.Null(_file.Execute("PRAGMA max_page_count=2000"));
        var plain = new ReportedPolicy(PolicyType.NoPolicyFound, "example.org", [], []);
        for (int day = 0; day < 3; day++)
            Assert.Null(_file.Sessions.Count(new ReportDay(s_day.Date.AddDays(day)), plain, null));
        Assert.Null(_file.Domains.Keep(Memories.Of("example.org")));
        for (int i = 0; i < 300; i++)
        {
            StoreFault? fault = _file.Sessions.Count(new ReportDay(s_day.Date.AddDays(2)), Long(i), null);
            Assert.True(fault is null, $"{i}: {fault?.Text}");
        }

        Assert.True(_file.RoomsMade >= 3, $"room was made {_file.RoomsMade} times");
        Assert.Null(_file.Sessions.Days(out ImmutableArray<ReportDay> days));
        Assert.Equal([s_day.Date.AddDays(2)], days.Select(day => day.Date));
        Assert.Null(_file.Sessions.Read(days[0], out SessionTally tally));
        ImmutableArray<TlsReport> reports = tally.ToReports(days[0], "o", "c", domain => domain);

        // Whoever has a short one keeps it, and so do memories; the newest long one is there.
        Assert.Contains(reports, report => report.Id == "example.org");
        Assert.Contains(reports, report => report.Id == "d299.example");
        Assert.Null(_file.Domains.Keep(Memories.Of("example.net")));
        Assert.Null(_file.Domains.Find(Memories.Name("example.org"), out var memory));
        Assert.NotNull(memory);
    }

    [Fact]
    public void A_file_of_the_version_before_is_taken_over()
    {
        _file.Dispose();
        Directory.GetFiles(_directory).ToList().ForEach(File.Delete);
        using (SqliteDatabase old = SqliteDatabase.Open(Path.Combine(_directory, StoreFile.Name), TimeSpan.FromSeconds(1), out _, out _)!)
        {
            Assert.Equal(SqliteOutcome.Done, old.Execute("""
                CREATE TABLE domain (name TEXT NOT NULL PRIMARY KEY, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, known INTEGER NOT NULL, memory BLOB NOT NULL);
                CREATE INDEX domain_age ON domain (known, last_seen);
                CREATE TABLE policy (id INTEGER PRIMARY KEY, day INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (day, text));
                CREATE TABLE session (policy INTEGER NOT NULL, failure TEXT NOT NULL, sessions INTEGER NOT NULL, PRIMARY KEY (policy, failure)) WITHOUT ROWID;
                CREATE TABLE report (day INTEGER NOT NULL, domain TEXT NOT NULL, target TEXT NOT NULL, id TEXT NOT NULL, tried_at INTEGER NOT NULL, tries INTEGER NOT NULL, sent INTEGER NOT NULL, outcome TEXT NOT NULL, PRIMARY KEY (day, domain, target)) WITHOUT ROWID;
                INSERT INTO policy (id, day, text) VALUES (7, 20783, '{"policy-type":"no-policy-found","policy-domain":"example.org"}');
                INSERT INTO session VALUES (7, '', 3);
                INSERT INTO policy (id, day, text) VALUES (8, 20783, 'no JSON'), (9, 20776, '{"policy-type":"no-policy-found","policy-domain":"old.example"}');
                INSERT INTO session VALUES (8, '', 4), (9, '', 5);
                PRAGMA application_id=1349743726;
                PRAGMA user_version=1
                """));
        }

        using StoreFile file = Open();
        List<ReportAbout> open = [];
        Assert.Null(file.Sessions.Open(s_day, new ReportDay(s_day.Date.AddDays(1)), (about, _) =>
        {
            open.Add(about);
            return true;
        }));
        Assert.Equal([s_about], open);
        Assert.NotNull(Claim(file, s_due));
        Assert.Null(file.Sessions.Read(s_day, "example.org", out SessionTally tally));
        Assert.Equal(3, tally.ToReports(s_day, "o", "c", domain => domain).Single().Policies.Single().Successful);

        // Of what is no JSON no domain is known; days of which no report is due any more made room.
        Assert.Null(file.Sessions.Days(out ImmutableArray<ReportDay> days));
        Assert.Equal([s_day], days);
    }

    private PolicyReport OnlyPolicy()
    {
        Assert.Null(_file.Sessions.Read(s_day, "example.org", out SessionTally tally));
        return tally.ToReports(s_day, "o", "c", domain => domain).Single().Policies.Single();
    }

    private static ReportedPolicy Long(int i) => new(PolicyType.Sts, $"d{i}.example", [.. Enumerable.Range(0, 30).Select(n => $"{i} {n} {new string('x', 4000)}")], []);

    private static ReportTries? Claim(StoreFile file, DateTimeOffset now)
    {
        StoreFault? fault = file.Reports.Claim(s_about, now, out ReportTries? tries);
        Assert.True(fault is null, fault?.Text);
        return tries;
    }

    private StoreFile Open()
    {
        StoreFile? file = StoreFile.Open(_directory, out StoreFault? fault);
        Assert.True(file is not null, fault?.Text);
        return file;
    }
}
