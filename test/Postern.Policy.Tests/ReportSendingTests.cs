using System.Text;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Tests;

/// <summary>When a report is sent, and how it looks on its way (RFC 8460 §4.1, §5).</summary>
public sealed class ReportSendingTests
{
    private static readonly ReportDay s_day = new(new DateOnly(2026, 11, 26));
    private static readonly DnsName s_domain = Zone.Name("example.org");
    private static readonly ReportAbout s_about = new(s_day, s_domain);
    private static readonly DateTimeOffset s_opens = ReportSchedule.Opens(s_day, s_domain.Text);

    [Fact]
    public void Domains_report_at_times_of_their_own_within_four_hours()
    {
        DateTimeOffset first = s_day.Start.AddDays(1) + ReportSchedule.Quiet;
        DateTimeOffset[] opens = [.. Enumerable.Range(0, 400).Select(i => ReportSchedule.Opens(s_day, $"d{i}.example"))];
        Assert.All(opens, moment => Assert.InRange(moment, first, first + ReportSchedule.Spread));
        for (int hour = 0; hour < 4; hour++)
            Assert.InRange(opens.Count(moment => (int)(moment - first).TotalHours == hour), 60, 140);

        // In each process, on each day.
        Assert.Equal(new DateTimeOffset(2026, 11, 27, 3, 11, 21, TimeSpan.Zero), s_opens);
        Assert.Equal(s_opens.AddDays(1), ReportSchedule.Opens(new ReportDay(s_day.Date.AddDays(1)), "example.org"));
    }

    /// <summary>Hours behind the opening: of the first try, of the last one, and now.</summary>
    [Theory]
    [InlineData(null, null, -0.01, false)]
    [InlineData(null, null, 0, true)]
    [InlineData(null, null, 95.9, true)]
    [InlineData(null, null, 96, false)]
    [InlineData(0.0, 0.0, 0.9, false)]
    [InlineData(0.0, 0.0, 1, true)]
    [InlineData(0.0, 22.5, 23.4, false)]
    [InlineData(0.0, 22.5, 23.6, true)]

    // Whoever comes when the day is over makes the last try.
    [InlineData(0.0, 23.5, 24.4, false)]
    [InlineData(0.0, 23.5, 24.5, true)]
    [InlineData(0.0, 23.5, 70, true)]

    // The machine was off: a day counts from the first try.
    [InlineData(90.0, 90.0, 91, true)]
    [InlineData(90.0, 113.0, 113.9, false)]

    // The clock was set back by some hours: neither at once, nor never.
    [InlineData(10.0, 10.0, 9.5, false)]
    [InlineData(10.0, 10.0, 8, true)]

    // It had been ahead by a year, in whole or in part.
    [InlineData(8760.0, 8760.0, 1, true)]
    [InlineData(0.0, 8760.0, 1, true)]
    [InlineData(8760.0, 8760.0, 97, false)]
    public void A_report_is_due(double? first, double? last, double now, bool due)
    {
        ReportTries? tries = first is { } began ? new ReportTries(s_opens.AddHours(began), s_opens.AddHours(last!.Value), 1, IsOver: false) : null;
        Assert.Equal(due, ReportSchedule.IsDue(s_day, "example.org", tries, s_opens.AddHours(now)));
        if (tries is { } had)
            Assert.False(ReportSchedule.IsDue(s_day, "example.org", had with { IsOver = true }, s_opens.AddHours(now)));
    }

    /// <summary>However it goes on, somebody tries for the last time and knows it.</summary>
    [Fact]
    public void Tries_of_a_day_end()
    {
        ReportTries? tries = null;
        int last = 0;
        for (DateTimeOffset now = s_day.Start; now < s_day.Start.AddDays(8); now = now.AddMinutes(5))
        {
            if (!ReportSchedule.IsDue(s_day, "example.org", tries, now))
                continue;
            tries = tries is { } had ? had with { Last = now, Count = had.Count + 1 } : new ReportTries(now, now, 1, IsOver: false);
            if (!ReportSchedule.IsLast(tries.Value.First, now))
                continue;
            last++;
            tries = tries.Value with { IsOver = true };
        }

        Assert.Equal((25, 1), (tries!.Value.Count, last));
    }

    [Fact]
    public void A_clock_that_was_set_back_by_a_day_sends_nothing_of_a_day_that_is_not_over()
    {
        var tries = new ReportTries(s_opens, s_opens, 1, IsOver: false);
        Assert.False(ReportSchedule.IsDue(s_day, "example.org", tries, s_opens.AddDays(-1)));
        Assert.True(ReportSchedule.IsDue(s_day, "example.org", tries, s_opens.AddHours(2)));
    }

    [Fact]
    public void A_letter_as_the_standard_has_it()
    {
        byte[] report = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i * 7))];
        byte[] mail = ReportLetter.Write(s_about, report, "reports@gate.example", "tls@example.org", "postmaster@gate.example", s_opens);
        string text = Encoding.ASCII.GetString(mail);
        string[] lines = text.Split("\r\n");
        Assert.DoesNotContain(lines, line => line.Contains('\n', StringComparison.Ordinal) || line.Contains('\r', StringComparison.Ordinal) || line.Length > 998);
        string header = text[..text.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Replace("\r\n ", " ", StringComparison.Ordinal);
        Assert.Equal(
            [
                "From: <reports@gate.example>", "To: <tls@example.org>", "Date: Fri, 27 Nov 2026 03:11:21 +0000", "Message-ID: <2026-11-26.example.org@gate.example>",
                "Subject: Report Domain: example.org Submitter: gate.example Report-ID: <2026-11-26.example.org@gate.example>",
                "TLS-Report-Domain: example.org", "TLS-Report-Submitter: gate.example", "TLS-Required: No", "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
                "Content-Type: multipart/report; report-type=\"tlsrpt\"; boundary=\"=_tlsrpt_\"",
            ],
            header.Split("\r\n"));
        Assert.Contains("Content-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n filename=\"gate.example!example.org!1795651200!1795737599.json.gz\"\r\n\r\n", text, StringComparison.Ordinal);

        // The reader of such mails finds what was put in.
        MailedReport found = ReportMail.Find(mail)!;
        Assert.True(found.IsGzip);
        Assert.Equal(report, found.Bytes);
    }

    [Fact]
    public void Names_as_long_as_can_be_fit_into_lines()
    {
        string label = new('a', 60);
        string longest = string.Join('.', label, label, label, label, "example");
        byte[] mail = ReportLetter.Write(new ReportAbout(s_day, Zone.Name(longest)), "x"u8, "a@b.example", "c@" + longest, "d@" + longest, s_opens);
        Assert.All(Encoding.ASCII.GetString(mail).Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
    }

    [Fact]
    public void A_request_as_the_standard_has_it()
    {
        byte[] request = ReportPost.Write(new Uri("https://reports.example.org:8443/v1/tls?x=1"), "zip"u8);
        Assert.Equal(
            "POST /v1/tls?x=1 HTTP/1.1\r\nHost: reports.example.org:8443\r\nUser-Agent: Postern (TLSRPT, RFC 8460)\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Length: 3\r\nConnection: close\r\n\r\nzip",
            Encoding.ASCII.GetString(request));
        Assert.Contains("\r\nHost: reports.example.org\r\n", Encoding.ASCII.GetString(ReportPost.Write(new Uri("https://reports.example.org/"), "zip"u8)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://a.example/x y", false)]
    [InlineData("https://a.example/%0d%0aHost:b", true)]
    [InlineData("https://a.example/x|y", true)]
    public void No_address_ends_a_line_of_the_request(string address, bool isTarget)
    {
        ReportTarget? target = ReportTarget.Read(address);
        Assert.Equal(isTarget, target is not null);
        if (target is not null)
            Assert.Equal(7, Encoding.ASCII.GetString(ReportPost.Write(new Uri(target.Address), [])).Split("\r\n").Count(line => line.Length > 0) + 1);
    }

    /// <summary>What is written down is longer than the record: three letters for one. Taken out: the bound of the plain form.</summary>
    [Fact]
    public void An_address_is_bounded_in_its_plain_form()
    {
        Assert.Null(ReportTarget.Read("https://a.example/" + new string('|', 1000)));
        Assert.Equal(18 + (3 * 300), ReportTarget.Read("https://a.example/" + new string('|', 300))!.Address.Length);
        Assert.NotNull(ReportTarget.Read("https://a.example/" + new string('x', 1000)));
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, true)]
    [InlineData(204, true)]
    [InlineData(299, true)]
    [InlineData(301, false)]
    [InlineData(307, false)]
    [InlineData(404, false)]
    [InlineData(503, false)]
    [InlineData(0, false)]
    public void Any_2xx_is_success(int status, bool taken)
    {
        Assert.Equal(taken, ReportPost.IsTaken(status, out string outcome));
        Assert.NotEqual("", outcome);
    }

    [Fact]
    public void A_mail_is_said_word_by_word()
    {
        var dialogue = new RelayDialogue("gate.example", "reports@gate.example", "tls@example.org", "From: <a@b.example>\r\n\r\n.\r\n..x\r\n"u8.ToArray());
        Assert.Equal("EHLO gate.example\r\n", Say(dialogue, "220-mta.example\r\n220 here\r\n"));
        Assert.Equal("", Say(dialogue, "250-mta.example\r\n250-PIPE"));
        Assert.Equal("MAIL FROM:<reports@gate.example>\r\n", Say(dialogue, "LINING\r\n250 8BITMIME\r\n"));
        Assert.Equal("RCPT TO:<tls@example.org>\r\n", Say(dialogue, "250 ok\n"));
        Assert.Equal("DATA\r\n", Say(dialogue, "250 ok\r\n"));
        Assert.False(dialogue.IsSaid);
        Assert.Equal("From: <a@b.example>\r\n\r\n..\r\n...x\r\n.\r\n", Say(dialogue, "354 go on\r\n"));
        Assert.Equal((true, false), (dialogue.IsSaid, dialogue.IsTaken));
        Assert.Equal("QUIT\r\n", Say(dialogue, "250 2.0.0 queued as \u00e91\u001b\r\n"));
        Assert.Equal((true, true, @"250 2.0.0 queued as \xe91\x1b"), (dialogue.IsOver, dialogue.IsTaken, dialogue.Outcome));
    }

    [Theory]
    [InlineData(0, "554 go away\r\n", "554 go away")]
    [InlineData(2, "550-no\r\n550 sender\r\n", "550 sender")]
    [InlineData(3, "451 4.7.1 later\r\n", "451 4.7.1 later")]
    [InlineData(4, "250 what\r\n", "250 what")]
    [InlineData(5, "452 full\r\n", "452 full")]
    public void A_refusal_at_any_word_ends_it(int step, string answer, string outcome)
    {
        var dialogue = new RelayDialogue("g.example", "a@g.example", "b@example.org", "x\r\n"u8.ToArray());
        foreach (string good in ((string[])["220 a\r\n", "250 a\r\n", "250 a\r\n", "250 a\r\n", "354 a\r\n"])[..step])
            Assert.NotEqual("", Say(dialogue, good));
        Assert.Equal("QUIT\r\n", Say(dialogue, answer));
        Assert.Equal((true, false, outcome), (dialogue.IsOver, dialogue.IsTaken, dialogue.Outcome));
    }

    [Fact]
    public void What_is_no_SMTP_has_an_end()
    {
        var dialogue = new RelayDialogue("g.example", "a@g.example", "b@example.org", "x\r\n"u8.ToArray());
        Assert.Equal("", Say(dialogue, "HTTP/1.1 200 OK\r\n"));
        Assert.True(dialogue is { IsOver: true, IsTaken: false });

        dialogue = new RelayDialogue("g.example", "a@g.example", "b@example.org", "x\r\n"u8.ToArray());
        _ = Say(dialogue, new string('2', 100_000));
        Assert.True(dialogue is { IsOver: true, IsTaken: false });

        dialogue = new RelayDialogue("g.example", "a@g.example", "b@example.org", "x\r\n"u8.ToArray());
        _ = Say(dialogue, string.Concat(Enumerable.Repeat("220-x\r\n", 10_000)));
        Assert.True(dialogue is { IsOver: true, IsTaken: false });
    }

    [Theory]
    [InlineData("2026-11-26 example.org", true)]
    [InlineData("2026-11-26 Example.org", false)]
    [InlineData("2026-11-26  example.org", false)]
    [InlineData("2026-11-26", false)]
    [InlineData("26-11-26 example.org", false)]
    [InlineData("", false)]
    public void What_a_report_is_about_as_text(string text, bool good)
    {
        Assert.Equal(good ? s_about : null, ReportAbout.Read(text));
        if (good)
            Assert.Equal(text, s_about.ToString());
    }

    private static string Say(RelayDialogue dialogue, string words) => Encoding.Latin1.GetString(dialogue.Feed(Encoding.Latin1.GetBytes(words)));
}
