using System.Net;
using System.Text;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Tests;

/// <summary>RFC 8461 §3.1 to §4.1: records, policies, patterns and the fetch.</summary>
public sealed class StsReaderTests
{
    [Theory]
    [InlineData("v=STSv1; id=20160831085700Z;", "20160831085700Z")]
    [InlineData("v=STSv1;id=1", "1")]
    [InlineData("v=STSv1; id=1; ", "1")]
    [InlineData("v=STSv1;\tid=1 ;\t", "1")]
    [InlineData("v=STSv1; id=abcdefghijklmnopqrstuvwxyz012345", "abcdefghijklmnopqrstuvwxyz012345")]
    [InlineData("v=STSv1; other=x; id=1", "1")]
    [InlineData("v=STSv1; id=1; other=a:b/c,d", "1")]
    [InlineData("v=STSv1; id=1; id=2;", "1")]
    [InlineData("v=STSv1; ID=2; id=1", "1")]
    public void Good_records(string text, string id) => Assert.Equal(new StsRecord(StsRecordStatus.Valid, id), StsRecord.Read([text]));

    [Theory]
    [InlineData("v=STSv1;", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; ", StsRecordStatus.Broken)]
    [InlineData("v=STSv1;;", StsRecordStatus.Broken)]
    [InlineData("v=STSv1;; id=1", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; id=", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; id", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; id = 1", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; id=1 2", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; id=1-2", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; id=abcdefghijklmnopqrstuvwxyz0123456", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; id=1; id=2-", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; ID=1", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; other=x", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; id=1; other=a b", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; id=1; other=a=b", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; id=1; -other=a", StsRecordStatus.Broken)]
    [InlineData("v=STSv1; id=1\u00e9", StsRecordStatus.Broken)]
    [InlineData("v=STSv1 ; id=1", StsRecordStatus.Absent)]
    [InlineData("v=STSv1 id=1", StsRecordStatus.Absent)]
    [InlineData("v=STSv1", StsRecordStatus.Absent)]
    [InlineData("v=STSv2; id=1", StsRecordStatus.Absent)]
    [InlineData("V=STSv1; id=1", StsRecordStatus.Absent)]
    [InlineData("v=stsv1; id=1", StsRecordStatus.Absent)]
    [InlineData(" v=STSv1; id=1", StsRecordStatus.Absent)]
    [InlineData("id=1; v=STSv1;", StsRecordStatus.Absent)]
    [InlineData("v=spf1 -all", StsRecordStatus.Absent)]
    [InlineData("", StsRecordStatus.Absent)]
    public void Bad_records(string text, StsRecordStatus status) => Assert.Equal(new StsRecord(status), StsRecord.Read([text]));

    [Fact]
    public void Exactly_one_record_must_be_left()
    {
        Assert.Equal(StsRecordStatus.Several, StsRecord.Read(["v=STSv1; id=1;", "v=STSv1; id=1;"]).Status);
        Assert.Equal(StsRecordStatus.Several, StsRecord.Read(["v=STSv1; id=1;", "v=STSv1; broken"]).Status);
        Assert.Equal("1", StsRecord.Read(["v=spf1 -all", "v=STSv1; id=1;", "v=STSv2; id=2;"]).Id);
        Assert.Equal(StsRecordStatus.Absent, StsRecord.Read([]).Status);
    }

    [Fact]
    public void More_fields_than_anybody_has_are_broken() =>
        Assert.Equal(StsRecordStatus.Broken, StsRecord.Read(["v=STSv1; id=1;" + string.Concat(Enumerable.Range(0, 100).Select(i => $"a{i}=b;"))]).Status);

    [Theory]
    [InlineData("version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\nmax_age: 604800\r\n", StsMode.Enforce, 604800, "mail.example.com *.example.net backupmx.example.com")]
    [InlineData("version: STSv1\nmode: testing\nmx: a.example\nmax_age: 1\n", StsMode.Testing, 1, "a.example")]
    [InlineData("version: STSv1\nmode: testing\nmx: a.example\nmax_age: 1", StsMode.Testing, 1, "a.example")]
    [InlineData("version:STSv1\nmode:enforce\nmx:a.example\nmax_age:1", StsMode.Enforce, 1, "a.example")]
    [InlineData("version:   STSv1  \nmode:\tenforce\t\nmx: a.example \nmax_age: 1 \r\n", StsMode.Enforce, 1, "a.example")]
    [InlineData("max_age: 1\nmx: a.example\nmode: enforce\nversion: STSv1", StsMode.Enforce, 1, "a.example")]
    [InlineData("version: STSv1\nmode: none\nmax_age: 86400", StsMode.None, 86400, "")]
    [InlineData("version: STSv1\nmode: none\nmx: a.example\nmax_age: 86400", StsMode.None, 86400, "a.example")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 0", StsMode.Enforce, 0, "a.example")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 0000000001", StsMode.Enforce, 1, "a.example")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 31557600", StsMode.Enforce, 31557600, "a.example")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 31557601", StsMode.Enforce, 31557600, "a.example")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 9999999999", StsMode.Enforce, 31557600, "a.example")]
    [InlineData("version: STSv1\nmode: enforce\nmode: none\nmx: a.example\nmax_age: 1\nmax_age: 2\nversion: STSv2", StsMode.Enforce, 1, "a.example")]
    [InlineData("version: STSv1\nmode: enforce\nmx: A.Example.\nmax_age: 1", StsMode.Enforce, 1, "a.example")]
    [InlineData("version: STSv1\nmode: enforce\nMode: none\nmx: a.example\nmax_age: 1\nx-note: b\u00fccher", StsMode.Enforce, 1, "a.example")]
    [InlineData("version: STSv1\n\nmode: enforce\r\n\r\nmx: a.example\nmax_age: 1\n\n", StsMode.Enforce, 1, "a.example")]
    [InlineData("version: STSv1\nmode: enforce\nmx: *.xn--bcher-kva.example\nmax_age: 1", StsMode.Enforce, 1, "*.xn--bcher-kva.example")]
    public void Good_policies(string file, StsMode mode, int maxAge, string hosts)
    {
        StsPolicyResult result = StsPolicyReader.Read(Encoding.UTF8.GetBytes(file));
        Assert.Equal("", result.Reason);
        Assert.Equal((mode, maxAge, hosts), (result.Policy!.Mode, (int)result.Policy.MaxAge.TotalSeconds, string.Join(' ', result.Policy.Hosts)));
    }

    [Theory]
    [InlineData("", "it has no version")]
    [InlineData("mode: enforce\nmx: a.example\nmax_age: 1", "it has no version")]
    [InlineData("version: STSv1\nmx: a.example\nmax_age: 1", "it has no mode")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example", "it has no max_age")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 1", "it has no mx")]
    [InlineData("version: STSv1\nmode: testing\nmax_age: 1", "it has no mx")]
    [InlineData("version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1", "line 1 names a version other than STSv1")]
    [InlineData("version: stsv1\nmode: enforce\nmx: a.example\nmax_age: 1", "line 1 names a version other than STSv1")]
    [InlineData("Version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1", "it has no version")]
    [InlineData("version: STSv1\nmode: Enforce\nmx: a.example\nmax_age: 1", "the mode of line 2 is neither enforce, testing nor none")]
    [InlineData("version: STSv1\nmode: report\nmx: a.example\nmax_age: 1", "the mode of line 2 is neither enforce, testing nor none")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1", "the max_age of line 4 is not a number of 1 to 10 digits")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: +1", "the max_age of line 4 is not a number of 1 to 10 digits")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1e3", "the max_age of line 4 is not a number of 1 to 10 digits")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 00000000001", "the max_age of line 4 is not a number of 1 to 10 digits")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: \u0661", "the max_age of line 4 is not a number of 1 to 10 digits")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age:", "the value of line 4 is empty, or holds what is no text")]
    [InlineData("version: STSv1\nmode: enforce\nmx: .example.net\nmax_age: 1", "the mx of line 3 is neither a host nor *. and a domain")]
    [InlineData("version: STSv1\nmode: enforce\nmx: *\nmax_age: 1", "the mx of line 3 is neither a host nor *. and a domain")]
    [InlineData("version: STSv1\nmode: enforce\nmx: *.*.example.net\nmax_age: 1", "the mx of line 3 is neither a host nor *. and a domain")]
    [InlineData("version: STSv1\nmode: enforce\nmx: mail*.example.net\nmax_age: 1", "the mx of line 3 is neither a host nor *. and a domain")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example b.example\nmax_age: 1", "the mx of line 3 is neither a host nor *. and a domain")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example, b.example\nmax_age: 1", "the mx of line 3 is neither a host nor *. and a domain")]
    [InlineData("version: STSv1\nmode: enforce\nmx: 192.0.2.1\nmax_age: 1", "the mx of line 3 is neither a host nor *. and a domain")]
    [InlineData("version: STSv1\nmode: enforce\nmx: b\u00fccher.example\nmax_age: 1", "the mx of line 3 is neither a host nor *. and a domain")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nnonsense", "line 5 is not a key, a colon and a value")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\n: x", "line 5 is not a key, a colon and a value")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nbad key: x", "line 5 is not a key, a colon and a value")]
    [InlineData("version : STSv1\nmode: enforce\nmx: a.example\nmax_age: 1", "line 1 is not a key, a colon and a value")]
    [InlineData("\ufeffversion: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1", "line 1 is not a key, a colon and a value")]
    [InlineData("version: STSv1\rmode: enforce\rmx: a.example\rmax_age: 1", "the value of line 1 is empty, or holds what is no text")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nx: a\0b", "the value of line 5 is empty, or holds what is no text")]
    [InlineData("<html><body>version: STSv1</body></html>", "line 1 is not a key, a colon and a value")]
    public void Bad_policies(string file, string reason) => Assert.Equal(new StsPolicyResult(null, reason), StsPolicyReader.Read(Encoding.UTF8.GetBytes(file)));

    [Fact]
    public void A_policy_that_is_too_long_is_an_error_and_not_cut()
    {
        byte[] policy = Encoding.ASCII.GetBytes("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nx: " + new string('x', StsPolicyReader.MaxBytes));
        Assert.NotNull(StsPolicyReader.Read(policy.AsSpan(0, StsPolicyReader.MaxBytes)).Policy);
        Assert.Null(StsPolicyReader.Read(policy.AsSpan(0, StsPolicyReader.MaxBytes + 1)).Policy);
    }

    [Fact]
    public void A_policy_has_no_more_hosts_than_a_domain_can_have()
    {
        string head = "version: STSv1\nmode: enforce\nmax_age: 1\n";
        Assert.NotNull(StsPolicyReader.Read(Encoding.ASCII.GetBytes(head + string.Concat(Enumerable.Repeat("mx: a.example\n", StsPolicyReader.MaxHosts)))).Policy);
        Assert.Null(StsPolicyReader.Read(Encoding.ASCII.GetBytes(head + string.Concat(Enumerable.Repeat("mx: a.example\n", StsPolicyReader.MaxHosts + 1)))).Policy);
    }

    [Fact]
    public void Bytes_that_are_no_UTF_8_are_no_text() =>
        Assert.Null(StsPolicyReader.Read([.. "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nx: "u8, 0xff]).Policy);

    [Theory]
    [InlineData("mail.example.com", "mail.example.com", true)]
    [InlineData("mail.example.com", "MAIL.Example.com.", true)]
    [InlineData("mail.example.com", "a.mail.example.com", false)]
    [InlineData("*.example.com", "mail.example.com", true)]
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("*.example.com", "foo.bar.example.com", false)]
    [InlineData("*.example.com", "mailexample.com", false)]
    [InlineData("*.com", "example.com", true)]
    public void A_star_is_one_label(string pattern, string host, bool matches) => Assert.Equal(matches, MxPattern.Read(pattern)!.Matches(Zone.Name(host)));

    [Theory]
    [InlineData("text/plain")]
    [InlineData("text/plain; charset=utf-8")]
    [InlineData("TEXT/Plain ;charset=iso-8859-1; x=y")]
    public void A_response_that_counts(string type)
    {
        StsFetchResult result = StsFetch.Judge(StsFetchEnd.Response, 200, type, "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1"u8);
        Assert.Equal((StsMode.Enforce, null), (result.Policy!.Mode, result.Failure));
    }

    [Theory]
    [InlineData(StsFetchEnd.Response, 301, "text/plain", ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Response, 302, "text/plain", ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Response, 304, "text/plain", ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Response, 404, "text/plain", ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Response, 500, "text/plain", ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Response, 204, "text/plain", ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Response, 206, "text/plain", ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Response, 200, "text/html", ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Response, 200, "text/plainx", ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Response, 200, "", ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Response, 200, null, ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Unreachable, 0, null, ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.PrivateAddress, 0, null, ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.TooLong, 200, "text/plain", ResultType.StsPolicyFetchError)]
    [InlineData(StsFetchEnd.Untrusted, 0, null, ResultType.StsWebPkiInvalid)]
    public void A_response_that_does_not(StsFetchEnd end, int status, string? type, ResultType failure)
    {
        StsFetchResult result = StsFetch.Judge(end, status, type, "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1"u8);
        Assert.Equal((null, failure), (result.Policy, result.Failure));
        Assert.NotEmpty(result.Reason);
    }

    [Fact]
    public void A_policy_that_cannot_be_read_is_another_failure_than_one_that_cannot_be_had() =>
        Assert.Equal(ResultType.StsPolicyInvalid, StsFetch.Judge(StsFetchEnd.Response, 200, "text/plain", "version: STSv9"u8).Failure);

    [Fact]
    public void Where_a_policy_is() => Assert.Equal("https://mta-sts.example.org/.well-known/mta-sts.txt", StsFetch.AddressOf(Zone.Name("example.org"))!.AbsoluteUri);

    /// <summary>The fetch is a request from inside to a host that a stranger names.</summary>
    [Theory]
    [InlineData("192.0.2.1", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("100.128.0.1", true)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("9.9.9.9", true)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("::7f00:1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:9.9.9.9", true)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd12::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("2620:fe::fe", true)]
    public void Whom_a_stranger_may_send_us_to(string address, bool allowed) => Assert.Equal(allowed, PublicAddress.Is(IPAddress.Parse(address)));
}
