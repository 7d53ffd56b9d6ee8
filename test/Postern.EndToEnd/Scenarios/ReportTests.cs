using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Postern.Policy.TlsRpt;
using Postern.Resolver.Tests;
using Postern.Store;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Reports on TLS (RFC 8460), from real sessions with real servers to those who want them: each type of result, by HTTPS and by mail,
/// once; and a report on its way to a domain whose TLS is broken.
/// </summary>
public sealed class ReportTests : IDisposable
{
    private const string Https = "https://reports.test/v1";
    private const string From = "tlsrpt@gate.example.test";

    /// <summary>The domain, what its report is about, the kind of policy, the result, and whether the host was connected to.</summary>
    private static readonly (MailDomain Domain, string About, string Policy, string? Result, bool Connected)[] s_rows =
    [
        (new("dane-strip.test") { Tlsa = "3 1 1 right", Host = MailWorld.Stripped }, "mx.dane-strip.test", "tlsa", "starttls-not-supported", true),
        (new("sts-strip.test") { Delegation = Delegation.Unsigned, Host = MailWorld.Stripped, Policy = Enforce("sts-strip") }, "sts-strip.test", "sts", "starttls-not-supported", true),
        (new("plain.test") { Host = MailWorld.Stripped }, "plain.test", "no-policy-found", "starttls-not-supported", true),
        (new("sts-other.test") { Delegation = Delegation.Unsigned, Host = MailWorld.Other, Policy = Enforce("sts-other") }, "sts-other.test", "sts", "certificate-host-mismatch", true),
        (new("sts-expired.test") { Delegation = Delegation.Unsigned, Host = MailWorld.Expired, Policy = Enforce("sts-expired") }, "sts-expired.test", "sts", "certificate-expired", true),
        (new("sts-self.test") { Delegation = Delegation.Unsigned, Host = MailWorld.SelfSigned, Policy = Enforce("sts-self") }, "sts-self.test", "sts", "certificate-not-trusted", true),
        (new("sts-testing.test") { Delegation = Delegation.Unsigned, Host = MailWorld.Other, Policy = Enforce("sts-testing").Replace("enforce", "testing", StringComparison.Ordinal) }, "sts-testing.test", "sts", "certificate-host-mismatch", true),
        (new("sts-foreign.test") { Delegation = Delegation.Unsigned, Policy = Enforce("elsewhere") }, "sts-foreign.test", "sts", "validation-failure", false),
        (new("dane-wrong.test") { Tlsa = "3 1 1 wrong" }, "mx.dane-wrong.test", "tlsa", "validation-failure", true),
        (new("usage.test") { Tlsa = "0 0 1 wrong", Host = MailWorld.SelfSigned }, "mx.usage.test", "tlsa", "tlsa-invalid", true),
        (new("tlsa-bogus.test"), "mx.tlsa-bogus.test", "tlsa", "dnssec-invalid", false),
        (new("required.test"), "required.test", "no-policy-found", "dane-required", false),
        (new("sts-gone.test") { Delegation = Delegation.Unsigned, Policy = "gone" }, "sts-gone.test", "no-policy-found", "sts-policy-fetch-error", true),
        (new("sts-bad.test") { Delegation = Delegation.Unsigned, Policy = "version: STSv9\r\n" }, "sts-bad.test", "no-policy-found", "sts-policy-invalid", true),
        (new("sts-strange.test") { Delegation = Delegation.Unsigned, Policy = Enforce("sts-strange"), PolicyHost = PolicyHosts.Foreign }, "sts-strange.test", "no-policy-found", "sts-webpki-invalid", true),
        (new("sts.test") { Delegation = Delegation.Unsigned, Policy = Enforce("sts") }, "sts.test", "sts", null, true),
        (new("dane.test") { Tlsa = "3 1 1 right" }, "mx.dane.test", "tlsa", null, true),
    ];

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Every_type_of_result_comes_to_those_who_want_to_know() => OwnNetwork.Run(_place, MailWorld.Files, () =>
    {
        using var sink = new SmtpSink();
        using var world = new MailWorld(_place, [
            .. s_rows.Select(row => row.Domain with { Rua = row.Domain.Name == "sts-self.test" ? $"mailto:tls@{MailWorld.ReportHost}" : $"{Https}/{row.Domain.Name},mailto:tls@{MailWorld.ReportHost}" }),

            // The host is in a zone that is signed as it should be, and its TLSA records in one that is not.
            new("_tcp.mx.tlsa-bogus.test") { Delegation = Delegation.WrongDs, Records = $"_25 TLSA 3 1 1 {new string('0', 64)}" },
        ]);
        _ = world.Policies.Answers.Remove("sts-gone.test");
        int port = Workplace.FreePort();
        using PosternRig gate = world.Gate(port, Tables(sink.Address.Port) + "[[policy.rule]]\ndomain = \"required.test\"\nrequire = \"dane\"\n");
        foreach ((MailDomain domain, _, _, _, _) in s_rows)
            Send(port, domain.Name, domain.Name == "dane-wrong.test" ? 2 : 1);
        ReportDay day = EndOfTheDay(s_rows.Select(row => row.About));

        // A new generation looks at once.
        gate.Signal("HUP");
        Workplace.WaitFor(() => Notes(gate).Length >= (2 * s_rows.Length) - 1, () => $"{Notes(gate).Length} notes, {world.Reports.Count} reports: {gate.Log}");

        foreach ((MailDomain domain, string about, string policy, string? result, bool connected) in s_rows)
        {
            string subject = $"{about} {day}";
            byte[] letter = Assert.Single(sink.Mails, mail => Is(mail, about)).Text;
            byte[] packed = ReportMail.Find(letter)!.Bytes;
            (string Head, byte[] Body)[] posted = [.. world.Reports.Where(report => report.Head.StartsWith($"POST /v1/{domain.Name} ", StringComparison.Ordinal))];
            if (domain.Name == "sts-self.test")
                Assert.Empty(posted);
            else
                Assert.Equal(packed, Assert.Single(posted).Body);
            Assert.All(posted, post => Assert.Contains("\r\nContent-Type: application/tlsrpt+gzip\r\n", post.Head, StringComparison.Ordinal));

            int sessions = domain.Name == "dane-wrong.test" ? 2 : 1;
            string failures = result is null ? "" :
                $" {result} x{sessions} of mx.{domain.Name}" + (connected ? $" at {domain.Host}" : "");
            Assert.Equal(
                $"{subject}: Test organization, postmaster@gate.example.test, {day}.{about}@gate.example.test, {day}T00:00:00Z to {day}T23:59:59Z, {policy} of {about}, {(result is null ? sessions : 0)} good, {(result is null ? 0 : sessions)} not:{failures}",
                $"{subject}: {Words(packed)}");
        }

        Assert.Equal((2 * s_rows.Length) - 1, Notes(gate).Count(note => note.Contains(" went to ", StringComparison.Ordinal)));
        Assert.Contains(Notes(gate), note => note == $"the resolver: the report on mx.dane-wrong.test of {day} went to {Https}/dane-wrong.test: HTTP 201");
        Assert.All(sink.Mails, mail => Assert.Equal((From, $"tls@{MailWorld.ReportHost}"), (mail.From, mail.To)));

        // Once: another look finds what is new and nothing else.
        (int mails, int posts) = (sink.Mails.Length, world.Reports.Count);
        using (StoreFile file = Records())
            Assert.Null(file.Sessions.Count(day, new ReportedPolicy(PolicyType.NoPolicyFound, "dane.test", [], []), null));
        gate.Signal("HUP");
        Workplace.WaitFor(() => sink.Mails.Length > mails, () => gate.Log);
        Assert.Equal((mails + 1, posts + 1), (sink.Mails.Length, world.Reports.Count));
    });

    /// <summary>
    /// RFC 8460 §3: the report goes by a real MTA and through the gate to the very host whose TLS it tells of, and makes no other. Other
    /// mail there still waits.
    /// </summary>
    [Fact]
    public void A_report_is_delivered_in_spite_of_what_it_reports() => OwnNetwork.Run(_place, MailWorld.Files, () =>
    {
        using var world = new MailWorld(_place, new MailDomain("dane-wrong.test") { Tlsa = "3 1 1 wrong", Rua = "mailto:tls@dane-wrong.test" });
        int port = Workplace.FreePort();
        int postfix = world.StartSender(port);
        using PosternRig gate = world.Gate(port, Tables(postfix));
        Send(port, "dane-wrong.test", 1);
        _ = EndOfTheDay(["mx.dane-wrong.test"]);
        gate.Signal("HUP");
        Workplace.WaitFor(
            () => world.SenderLog.Split('\n').Any(line => line.Contains("to=<tls@dane-wrong.test>", StringComparison.Ordinal) && line.Contains("status=sent (250", StringComparison.Ordinal)),
            () => world.SenderLog + gate.Log);
        Assert.Contains($"from=<{From}>", world.ReceiverLog, StringComparison.Ordinal);

        ToolResult other = Tool.Run("swaks", "--server", $"127.0.0.1:{port}", "--helo", "client.test", "--from", "me@sender.test", "--to", "user@dane-wrong.test", "--timeout", "60");
        Assert.Contains("<** 451 4.7.5", other.Output, StringComparison.Ordinal);
        Workplace.WaitFor(() => Counted().Contains(("mx.dane-wrong.test", 0, 2)), () => string.Join(' ', Counted()));
        Assert.DoesNotContain(Counted(), counted => counted.Good > 0);
    });

    private static string Enforce(string name) => $"version: STSv1\r\nmode: enforce\r\nmx: mx.{name}.test\r\nmax_age: 86400\r\n";

    private static string Tables(int relay) => $"""
        [tlsrpt]
        organization = "Test organization"
        contact      = "postmaster@gate.example.test"
        from         = "{From}"
        relay        = "127.0.0.1:{relay}"


        """;

    private static string[] Notes(PosternRig gate) =>
        [.. gate.Log.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(entry => entry.TryGetProperty("message", out JsonElement message) && message.GetString()!.Contains("the report on ", StringComparison.Ordinal))
            .Select(entry => entry.GetProperty("message").GetString()!)];

    private static void Send(int port, string domain, int times)
    {
        for (int i = 0; i < times; i++)
            _ = Tool.Run("swaks", "--server", $"127.0.0.1:{port}", "--helo", "client.test", "--from", "me@sender.test", "--to", $"user@{domain}", "--timeout", "60");
    }

    private static bool Is(SunkMail mail, string about) =>
        System.Text.Encoding.ASCII.GetString(mail.Text).Contains($"\r\nTLS-Report-Domain: {about}\r\n", StringComparison.Ordinal);

    /// <summary>A report of one policy, field by field as its JSON has them.</summary>
    private static string Words(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using JsonDocument document = JsonDocument.Parse(gzip);
        JsonElement report = document.RootElement, range = report.GetProperty("date-range");
        JsonElement policy = Assert.Single(report.GetProperty("policies").EnumerateArray());
        JsonElement of = policy.GetProperty("policy"), summary = policy.GetProperty("summary");
        string kind = of.GetProperty("policy-type").GetString()!;

        // Erratum 6241, and that what is there is what is published.
        Assert.Equal(kind == "sts", of.TryGetProperty("mx-host", out JsonElement hosts) && hosts.ValueKind == JsonValueKind.Array);
        if (kind == "sts")
            Assert.Equal("version: STSv1", of.GetProperty("policy-string")[0].GetString());
        string failures = !policy.TryGetProperty("failure-details", out JsonElement details) ? "" : string.Concat(details.EnumerateArray().Select(detail =>
            $" {detail.GetProperty("result-type").GetString()} x{detail.GetProperty("failed-session-count").GetInt64()} of {detail.GetProperty("receiving-mx-hostname").GetString()}"
            + (detail.TryGetProperty("receiving-ip", out JsonElement ip) ? " at " + ip.GetString() : "")));
        return string.Create(CultureInfo.InvariantCulture, $"{report.GetProperty("organization-name").GetString()}, {report.GetProperty("contact-info").GetString()}, {report.GetProperty("report-id").GetString()}, ")
            + $"{range.GetProperty("start-datetime").GetString()} to {range.GetProperty("end-datetime").GetString()}, {kind} of {of.GetProperty("policy-domain").GetString()}, "
            + $"{summary.GetProperty("total-successful-session-count").GetInt64()} good, {summary.GetProperty("total-failure-session-count").GetInt64()} not:{failures}";
    }

    private StoreFile Records()
    {
        StoreFile? file = StoreFile.Open(Path.Combine(_place.At("state"), StoreFile.Folder), out StoreFault? fault);
        Assert.True(file is not null, fault?.Text);
        return file;
    }

    /// <summary>What was counted in all days, by domain.</summary>
    private (string Domain, long Good, long Bad)[] Counted()
    {
        using StoreFile file = Records();
        Assert.Null(file.Sessions.Days(out var days));
        return [.. days.Where(day => day.Date >= DateOnly.FromDateTime(DateTime.UtcNow.AddDays(-1)))
            .SelectMany(day =>
            {
                Assert.Null(file.Sessions.Read(day, out SessionTally tally));
                return tally.ToReports(day, "o", "c", domain => domain);
            })
            .GroupBy(report => report.Id)
            .Select(group => (group.Key, group.Sum(report => report.Policies.Sum(policy => policy.Successful)), group.Sum(report => report.Policies.Sum(policy => policy.Failed))))];
    }

    /// <summary>
    /// When all of these are counted, the same is written down for the day before yesterday, whose reports are due for any domain. The
    /// clock is the machine's.
    /// </summary>
    private ReportDay EndOfTheDay(IEnumerable<string> abouts)
    {
        string[] wanted = [.. abouts];
        Workplace.WaitFor(
            () => wanted.All(about => Counted().Any(counted => counted.Domain == about && counted.Good + counted.Bad >= (about == "mx.dane-wrong.test" && wanted.Length > 1 ? 2 : 1))),
            () => "counted are " + string.Join(' ', Counted()));
        using StoreFile file = Records();
        Assert.Null(file.Sessions.Days(out var days));
        var due = new ReportDay(DateOnly.FromDateTime(DateTime.UtcNow.AddDays(-2)));
        foreach (ReportDay day in days)
        {
            Assert.Null(file.Sessions.Read(day, out SessionTally tally));
            foreach (PolicyReport policy in tally.ToReports(day, "o", "c", domain => domain).SelectMany(report => report.Policies))
            {
                for (long i = 0; i < policy.Successful; i++)
                    Assert.Null(file.Sessions.Count(due, policy.Policy, null));
                foreach (FailureDetail failure in policy.Failures)
                {
                    var same = new SessionFailure(ReportWords.Result(failure.Result)!.Value) { ReceivingHost = failure.ReceivingHost, ReceivingIp = failure.ReceivingIp };
                    for (long i = 0; i < failure.Count; i++)
                        Assert.Null(file.Sessions.Count(due, policy.Policy, same));
                }
            }
        }

        return due;
    }
}
