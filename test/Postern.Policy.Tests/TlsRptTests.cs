using System.Text;
using Postern.Policy.Decision;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Tests;

/// <summary>RFC 8460: who wants reports, what is counted, how it is written and read.</summary>
public sealed class TlsRptTests
{
    private static readonly ReportedPolicy s_sts = new(PolicyType.Sts, "example.org", ["version: STSv1", "mode: enforce", "mx: *.example.org", "max_age: 604800"], ["*.example.org"]);
    private static readonly ReportedPolicy s_tlsa = new(PolicyType.Tlsa, "mx.example.org", ["3 1 1 00ff"], []);

    [Theory]
    [InlineData("v=TLSRPTv1;rua=mailto:reports@example.com", "mailto:reports@example.com")]
    [InlineData("v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt", "https://reporting.example.com/v1/tlsrpt")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com,https://b.example/;", "mailto:a@example.com https://b.example/")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com , mailto:b@example.com", "mailto:a@example.com mailto:b@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com; rua=mailto:b@example.com", "mailto:a@example.com mailto:b@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com,mailto:a@example.com", "mailto:a@example.com")]
    [InlineData("v=TLSRPTv1; x=y; rua=mailto:a@example.com", "mailto:a@example.com")]
    [InlineData("v=TLSRPTv1; rua=MAILTO:A@Example.COM", "mailto:A@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:a%21b@example.com", "mailto:a!b@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com?subject=x", "mailto:a@example.com")]
    [InlineData("v=TLSRPTv1; rua=ftp://example.com/,mailto:a@example.com", "mailto:a@example.com")]
    [InlineData("v=TLSRPTv1; rua=https://b.example/?a=b&c=d", "https://b.example/?a=b&c=d")]
    public void Who_wants_reports(string text, string targets) =>
        Assert.Equal(targets, string.Join(' ', TlsRptRecord.Read(["other", text]).Targets.Select(target => target.IsMail ? "mailto:" + target.Address : target.Address)));

    [Theory]
    [InlineData("v=TLSRPTv1;")]
    [InlineData("v=TLSRPTv1; rua=")]
    [InlineData("v=TLSRPTv1; rua")]
    [InlineData("v=TLSRPTv1; x=y")]
    [InlineData("v=TLSRPTv1; RUA=mailto:a@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com; x=a b")]
    [InlineData("v=TLSRPTv1 ; rua=mailto:a@example.com")]
    [InlineData("v=TLSRPTv2; rua=mailto:a@example.com")]
    [InlineData("V=TLSRPTv1; rua=mailto:a@example.com")]
    [InlineData("rua=mailto:a@example.com")]
    [InlineData("v=TLSRPTv1; rua=a@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:")]
    [InlineData("v=TLSRPTv1; rua=mailto:example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@[192.0.2.1]")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@192.0.2.1")]
    [InlineData("v=TLSRPTv1; rua=mailto:a%0d%0aRCPT%20TO:b@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:a%3E%20x@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:%22a%22@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@b@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:a..b@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:%00@example.com")]
    [InlineData("v=TLSRPTv1; rua=http://example.com/")]
    [InlineData("v=TLSRPTv1; rua=https:///x")]
    [InlineData("v=TLSRPTv1; rua=https://user:pass@example.com/")]
    [InlineData("v=TLSRPTv1; rua=https://127.0.0.1/")]
    [InlineData("v=TLSRPTv1; rua=https://[::1]/")]
    [InlineData("v=TLSRPTv1; rua=https://example.com/#a")]
    [InlineData("v=TLSRPTv1; rua=file:///etc/passwd")]
    [InlineData("v=TLSRPTv1; rua=\u00e9")]
    [InlineData("")]
    public void Who_does_not(string text) => Assert.Empty(TlsRptRecord.Read([text]).Targets);

    [Fact]
    public void Exactly_one_record_must_be_left()
    {
        const string Good = "v=TLSRPTv1; rua=mailto:a@example.com";
        Assert.Empty(TlsRptRecord.Read([Good, Good]).Targets);
        Assert.Empty(TlsRptRecord.Read([]).Targets);
    }

    [Fact]
    public void Nobody_makes_us_send_to_a_crowd() => Assert.Equal(TlsRptRecord.MaxTargets,
        TlsRptRecord.Read(["v=TLSRPTv1; rua=" + string.Join(',', Enumerable.Range(0, 50).Select(i => $"mailto:a{i}@example.com"))]).Targets.Length);

    [Theory]
    [InlineData("starttls-not-supported", ResultType.StartTlsNotSupported)]
    [InlineData("certificate-host-mismatch", ResultType.CertificateHostMismatch)]
    [InlineData("certificate-expired", ResultType.CertificateExpired)]
    [InlineData("certificate-not-trusted", ResultType.CertificateNotTrusted)]
    [InlineData("validation-failure", ResultType.ValidationFailure)]
    [InlineData("tlsa-invalid", ResultType.TlsaInvalid)]
    [InlineData("dnssec-invalid", ResultType.DnssecInvalid)]
    [InlineData("dane-required", ResultType.DaneRequired)]
    [InlineData("sts-policy-fetch-error", ResultType.StsPolicyFetchError)]
    [InlineData("sts-policy-invalid", ResultType.StsPolicyInvalid)]
    [InlineData("sts-webpki-invalid", ResultType.StsWebPkiInvalid)]
    public void The_words_of_the_standard(string word, ResultType type)
    {
        Assert.Equal(word, ReportWords.Of(type));
        Assert.Equal(type, ReportWords.Result(word));
    }

    [Fact]
    public void Every_result_and_every_policy_has_a_word()
    {
        Assert.All(Enum.GetValues<ResultType>(), type => Assert.Equal(type, ReportWords.Result(ReportWords.Of(type))));
        Assert.All(Enum.GetValues<PolicyType>(), type => Assert.Equal(type, ReportWords.Policy(ReportWords.Of(type))));
        Assert.Null(ReportWords.Result("something-new"));
    }

    [Theory]
    [InlineData(TlsFailure.NoStartTls, ResultType.StartTlsNotSupported)]
    [InlineData(TlsFailure.Handshake, ResultType.ValidationFailure)]
    [InlineData(TlsFailure.WrongName, ResultType.CertificateHostMismatch)]
    [InlineData(TlsFailure.Expired, ResultType.CertificateExpired)]
    [InlineData(TlsFailure.NotTrusted, ResultType.CertificateNotTrusted)]
    [InlineData(TlsFailure.NoTlsaMatch, ResultType.ValidationFailure)]
    [InlineData(TlsFailure.WrongKey, ResultType.ValidationFailure)]
    public void What_a_failed_connection_is_counted_as(TlsFailure failure, ResultType type) => Assert.Equal(type, TlsFailureWords.Result(failure));

    [Fact]
    public void Sessions_are_counted_by_policy_and_by_failure()
    {
        var tally = new SessionTally();
        var expired = new SessionFailure(ResultType.CertificateExpired) { ReceivingHost = "mx.example.org", ReceivingIp = "192.0.2.1" };
        tally.Count(s_sts, null);
        tally.Count(s_sts, null, 4);
        tally.Count(s_sts, expired);
        tally.Count(s_sts, expired with { });
        tally.Count(s_sts, expired with { ReceivingIp = "192.0.2.2" });
        tally.Count(s_tlsa, null);
        TlsReport[] reports = [.. tally.ToReports(ReportDay.Of(World.Noon), "Sender", "tls@sender.example", domain => "1." + domain)];

        Assert.Equal(["example.org", "mx.example.org"], reports.Select(report => report.Policies[0].Policy.Domain));
        Assert.Equal("1.example.org", reports[0].Id);
        PolicyReport policy = Assert.Single(reports[0].Policies);
        Assert.Equal((5, 3), (policy.Successful, policy.Failed));
        Assert.Equal([2, 1], policy.Failures.Select(failure => failure.Count));
    }

    [Fact]
    public void Two_policies_of_a_day_stand_in_one_report()
    {
        var tally = new SessionTally();
        tally.Count(s_sts, null);
        tally.Count(s_sts with { Type = PolicyType.NoPolicyFound, Strings = [], MxHosts = [] }, null);
        Assert.Equal(2, Assert.Single(tally.ToReports(ReportDay.Of(World.Noon), "Sender", "a@b.example", _ => "1")).Policies.Length);
    }

    [Fact]
    public void A_peer_does_not_choose_our_memory()
    {
        var tally = new SessionTally();
        for (int i = 0; i < SessionTally.MaxFailures + 50; i++)
            tally.Count(s_sts, new SessionFailure(ResultType.CertificateExpired) { ReceivingIp = $"2001:db8::{i:x}" });
        PolicyReport policy = tally.ToReports(ReportDay.Of(World.Noon), "S", "a@b.example", _ => "1")[0].Policies[0];
        Assert.Equal(SessionTally.MaxFailures + 1, policy.Failures.Length);
        Assert.Equal(policy.Failed, policy.Failures.Sum(failure => failure.Count));
        Assert.Equal(SessionTally.MaxFailures + 50, policy.Failed);

        for (int i = 0; i < SessionTally.MaxPolicies; i++)
            tally.Count(s_tlsa with { Domain = $"mx{i}.example.org" }, null);
        Assert.Equal(1, tally.Dropped);
    }

    [Fact]
    public void A_report_as_the_standard_writes_it()
    {
        var report = new TlsReport("Company-X", ReportDay.Of(World.Noon).Start, ReportDay.Of(World.Noon).End, "sts-reporting@company-x.example", "5065427c-23d3@company-x.example",
            [new PolicyReport(s_sts, 5326, 303, [new FailureDetail("certificate-expired", 100) { SendingIp = "2001:db8::1", ReceivingHost = "mx1.example.org" }])]);
        Assert.Equal(
            """
            {"organization-name":"Company-X","date-range":{"start-datetime":"2026-03-01T00:00:00Z","end-datetime":"2026-03-01T23:59:59Z"},"contact-info":"sts-reporting@company-x.example","report-id":"5065427c-23d3@company-x.example","policies":[{"policy":{"policy-type":"sts","policy-string":["version: STSv1","mode: enforce","mx: *.example.org","max_age: 604800"],"policy-domain":"example.org","mx-host":["*.example.org"]},"summary":{"total-successful-session-count":5326,"total-failure-session-count":303},"failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"2001:db8::1","receiving-mx-hostname":"mx1.example.org","failed-session-count":100}]}]}
            """, Encoding.UTF8.GetString(ReportWriter.Write(report)));
        Assert.Equal(report, ReportReader.Read(ReportWriter.Write(report)).Report);
    }

    [Fact]
    public void A_day_is_a_day_of_UTC()
    {
        var day = ReportDay.Of(new DateTimeOffset(2026, 3, 1, 23, 30, 0, TimeSpan.FromHours(-1)));
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), day.Start);
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 23, 59, 59, TimeSpan.Zero), day.End);
    }

    [Fact]
    public void File_name_and_subject()
    {
        var report = new TlsReport("a", DateTimeOffset.FromUnixTimeSeconds(1470013207), DateTimeOffset.FromUnixTimeSeconds(1470186007), "a@mail.sndr.example.com", "1", []);
        Assert.Equal("mail.sndr.example.com!example.net!1470013207!1470186007!001.json.gz", ReportNames.FileName(Zone.Name("mail.sndr.example.com"), Zone.Name("example.net"), report, "001"));
        Assert.Equal("mail.sndr.example.com!example.net!1470013207!1470186007.json.gz", ReportNames.FileName(Zone.Name("mail.sndr.example.com"), Zone.Name("example.net"), report));
        Assert.Equal("Report Domain: example.net Submitter: mail.sender.example.com Report-ID: <735ff.e317-bf22029@mailexample.net>",
            ReportNames.Subject(Zone.Name("mail.sender.example.com"), Zone.Name("example.net"), "735ff.e317-bf22029@mailexample.net"));
        Assert.Throws<ArgumentException>(() => ReportNames.Subject(Zone.Name("a.example"), Zone.Name("b.example"), "1>\r\nBcc: x@y"));
        Assert.Throws<ArgumentException>(() => ReportNames.FileName(Zone.Name("a.example"), Zone.Name("b.example"), report, "../x"));
    }
}
