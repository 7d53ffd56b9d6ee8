using System.Text;
using Postern.Policy.Operator;
using Postern.Policy.StartTlsEverywhere;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Tests;

/// <summary>JSON that others write: reports (RFC 8460 §4.4), and the list of STARTTLS Everywhere.</summary>
public sealed class JsonReaderTests
{
    private const string Range = "\"date-range\":{\"start-datetime\":\"2016-04-01T00:00:00Z\",\"end-datetime\":\"2016-04-01T23:59:59Z\"}";
    private const string Head = "{\"organization-name\":\"x\"," + Range + ",";
    private const string Summary = "\"summary\":{\"total-successful-session-count\":1,\"total-failure-session-count\":2}";
    private const string Policy = "\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"example.org\"}";

    [Theory]
    [InlineData(Head + "\"policies\":[]}", 0)]
    [InlineData(Head + "\"policies\":[{" + Policy + "," + Summary + "}]}", 1)]
    [InlineData(Head + "\"policies\":[{" + Policy + "," + Summary + ",\"failure-details\":[]}],\"more\":{\"a\":[1]}}", 1)]
    [InlineData(Head + "\"policies\":[{\"policy\":{\"policy-type\":\"tlsa\",\"policy-domain\":\"a\",\"mx-host\":\"mx.a\",\"policy-string\":\"x\"}," + Summary + "}]}", 1)]
    [InlineData(Head + "\"policies\":[{\"policy\":{\"policy-type\":\"no-policy-found\",\"policy-domain\":\"a\",\"mx-host\":null}," + Summary + ",\"failure-details\":[{\"result-type\":\"something-new\",\"failed-session-count\":3}]}]}", 1)]
    [InlineData("{\"organization-name\":\"x\",\"date-range\":{\"start-datetime\":\"2016-04-01T00:00:00.123Z\",\"end-datetime\":\"2016-04-01T23:59:59+02:00\"},\"policies\":[]}", 0)]
    public void Good_reports(string json, int policies)
    {
        ReportResult result = ReportReader.Read(Encoding.UTF8.GetBytes(json));
        Assert.Equal("", result.Reason);
        Assert.Equal(policies, result.Report!.Policies.Length);
    }

    [Theory]
    [InlineData("", "it is no JSON object")]
    [InlineData("[]", "it is no JSON object")]
    [InlineData("nonsense", "it is no JSON object")]
    [InlineData("{\"a\":1,}", "it is no JSON object")]
    [InlineData("{} {}", "it is no JSON object")]
    [InlineData("{}", "it has no date-range of two times")]
    [InlineData("{\"date-range\":[]}", "it has no date-range of two times")]
    [InlineData("{\"date-range\":{\"start-datetime\":\"yesterday\",\"end-datetime\":\"2016-04-01T23:59:59Z\"}}", "it has no date-range of two times")]
    [InlineData("{\"date-range\":{\"start-datetime\":1,\"end-datetime\":2}}", "it has no date-range of two times")]
    [InlineData("{\"date-range\":{\"start-datetime\":\"2016-04-02T00:00:00Z\",\"end-datetime\":\"2016-04-01T23:59:59Z\"}}", "its date-range ends before it begins")]
    [InlineData("{" + Range + "}", "it has no organization-name")]
    [InlineData("{\"organization-name\":1," + Range + "}", "it has no organization-name")]
    [InlineData("{\"organization-name\":\"\\ud800\"," + Range + "}", "it has no organization-name")]
    [InlineData(Head + "\"a\":1}", "it has no policies")]
    [InlineData(Head + "\"policies\":{}}", "it has no policies")]
    [InlineData(Head + "\"policies\":[1]}", "policy 1: it has no policy")]
    [InlineData(Head + "\"policies\":[{}]}", "policy 1: it has no policy")]
    [InlineData(Head + "\"policies\":[{\"policy\":{}}]}", "policy 1: its policy-type is neither tlsa, sts nor no-policy-found")]
    [InlineData(Head + "\"policies\":[{\"policy\":{\"policy-type\":\"STS\"}}]}", "policy 1: its policy-type is neither tlsa, sts nor no-policy-found")]
    [InlineData(Head + "\"policies\":[{\"policy\":{\"policy-type\":\"sts\"}}]}", "policy 1: it has no policy-domain")]
    [InlineData(Head + "\"policies\":[{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"a\",\"policy-string\":[1]}}]}", "policy 1: its policy-string is no list of texts")]
    [InlineData(Head + "\"policies\":[{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"a\",\"mx-host\":{}}}]}", "policy 1: its mx-host is no list of texts")]
    [InlineData(Head + "\"policies\":[{" + Policy + "}]}", "policy 1: it has no summary of two counts")]
    [InlineData(Head + "\"policies\":[{" + Policy + ",\"summary\":{\"total-successful-session-count\":1}}]}", "policy 1: it has no summary of two counts")]
    [InlineData(Head + "\"policies\":[{" + Policy + ",\"summary\":{\"total-successful-session-count\":-1,\"total-failure-session-count\":2}}]}", "policy 1: it has no summary of two counts")]
    [InlineData(Head + "\"policies\":[{" + Policy + ",\"summary\":{\"total-successful-session-count\":1.5,\"total-failure-session-count\":2}}]}", "policy 1: it has no summary of two counts")]
    [InlineData(Head + "\"policies\":[{" + Policy + ",\"summary\":{\"total-successful-session-count\":99999999999999999999,\"total-failure-session-count\":2}}]}", "policy 1: it has no summary of two counts")]
    [InlineData(Head + "\"policies\":[{" + Policy + "," + Summary + ",\"failure-details\":[{}]}]}", "policy 1: its failure-details are no list of results and counts")]
    [InlineData(Head + "\"policies\":[{" + Policy + "," + Summary + ",\"failure-details\":[{\"result-type\":\"a\",\"failed-session-count\":\"3\"}]}]}", "policy 1: its failure-details are no list of results and counts")]
    public void Bad_reports(string json, string reason) => Assert.Equal(new ReportResult(null, reason), ReportReader.Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Reports_are_bounded()
    {
        Assert.Null(ReportReader.Read(new byte[ReportReader.MaxBytes + 1]).Report);
        Assert.Null(ReportReader.Read(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 5000)))).Report);
        string many = string.Join(',', Enumerable.Repeat("{" + Policy + "," + Summary + "}", ReportReader.MaxPolicies + 1));
        Assert.Equal("it has more than 1024 policies", ReportReader.Read(Encoding.ASCII.GetBytes(Head + "\"policies\":[" + many + "]}")).Reason);
        string long5000 = new('x', 5000);
        Assert.Equal("it has no organization-name", ReportReader.Read(Encoding.ASCII.GetBytes("{\"organization-name\":\"" + long5000 + "\"," + Range + "}")).Reason);
    }

    private const string List = """
        {
          "timestamp": "2018-09-28T11:57:09.977018279-07:00",
          "author": "Electronic Frontier Foundation https://eff.org",
          "expires": "2026-10-12T11:57:09.977018279-07:00",
          "version": "0.1",
          "pinsets": {},
          "policy-aliases": { "gmail": { "mode": "testing", "mxs": [".mail.google.com"], } },
          "policies": {
            "eff.org": { "mode": "enforce", "mxs": [".eff.org", "mx.example.com"] },
            "gmail.com": { "policy-alias": "gmail" },
            "gmail.com": { "policy-alias": "gmail" },
          },
        }
        """;

    [Fact]
    public void The_list_as_its_keepers_wrote_it()
    {
        PolicyListResult result = PolicyListReader.Read(Encoding.UTF8.GetBytes(List));
        Assert.Equal("", result.Reason);
        PolicyList list = result.List!;
        Assert.Equal(new DateTimeOffset(2018, 9, 28, 18, 57, 9, TimeSpan.Zero), list.Written);
        Assert.False(list.IsExpired(World.Noon));
        Assert.Equal(["eff.org: require webpki (STARTTLS Everywhere list)", "gmail.com: require webpki, testing (STARTTLS Everywhere list)"], list.Rules.Select(rule => rule.ToString()));
        Assert.Equal("*.eff.org mx.example.com", string.Join(' ', list.Rules[0].Hosts));
        Assert.Equal(list.Expires, list.Rules[0].Expires);
    }

    [Fact]
    public void Its_rules_work_as_the_operators_own_and_end_with_it()
    {
        OperatorTable table = World.Rules([.. PolicyListReader.Read(Encoding.UTF8.GetBytes(List.Replace("eff.org\"", "example.org\"", StringComparison.Ordinal))).List!.Rules]);
        Assert.Equal("mx.example.org webpki mx.example.org", new World("example.org MX insecure 10 mx.example.org; mx.example.org A insecure 192.0.2.1") { Table = table }.Summary());
        Assert.Equal("mx.evil.example skipped 451 4.7.5 validation-failure", new World("example.org MX insecure 10 mx.evil.example; mx.evil.example A insecure 192.0.2.1") { Table = table }.Summary());
        Assert.Null(table.Find(Zone.Name("example.org"), World.Noon.AddYears(1)).Rule);
        Assert.Null(table.Find(Zone.Name("lists.example.org"), World.Noon).Rule);
    }

    [Theory]
    [InlineData("", "it is no JSON object")]
    [InlineData("{\"version\":\"0.2\"}", "its version is not 0.1")]
    [InlineData("{\"version\":0.1}", "its version is not 0.1")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":\"soon\"}", "its timestamp or expires is not a time")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":999999999999999}", "its timestamp or expires is not a time")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":-1,\"expires\":2}", "its timestamp or expires is not a time")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2}", "it has no policies")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"a b\":{}}}", "policy 1 is not for a domain")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\".a.example\":{}}}", "policy 1 is not for a domain")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"\\ud800\":{}}}", "policy 1 is not for a domain")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"a.example\":{}}}", "policy 1, a.example: its mode is neither testing nor enforce")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"a.example\":1}}", "policy 1, a.example: its mode is neither testing nor enforce")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"a.example\":{\"mode\":\"none\",\"mxs\":[\"a\"]}}}", "policy 1, a.example: its mode is neither testing nor enforce")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"a.example\":{\"mode\":\"enforce\"}}}", "policy 1, a.example: it has no mxs")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"a.example\":{\"mode\":\"enforce\",\"mxs\":[]}}}", "policy 1, a.example: it has no mxs")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"a.example\":{\"mode\":\"enforce\",\"mxs\":[1]}}}", "policy 1, a.example: it has no mxs")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"a.example\":{\"mode\":\"enforce\",\"mxs\":[\"*.a.example\"]}}}", "policy 1, a.example: one of its mxs is neither a host nor a dot and a domain")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"a.example\":{\"mode\":\"enforce\",\"mxs\":[\".\"]}}}", "policy 1, a.example: one of its mxs is neither a host nor a dot and a domain")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"a.example\":{\"policy-alias\":\"b\"}}}", "policy 1, a.example: its policy-alias is not among the aliases")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policy-aliases\":{\"b\":{\"policy-alias\":\"b\"}},\"policies\":{\"a.example\":{\"policy-alias\":\"b\"}}}", "policy 1, a.example: its mode is neither testing nor enforce")]
    [InlineData("{\"version\":\"0.1\",\"timestamp\":1,\"expires\":2,\"policies\":{\"a.example\":{\"mode\":\"enforce\",\"mxs\":[\"a\"]},\"A.example\":{\"mode\":\"testing\",\"mxs\":[\"a\"]}}}", "policy 2, a.example: it is there twice, and they differ")]
    public void Bad_lists(string json, string reason) => Assert.Equal(new PolicyListResult(null, reason), PolicyListReader.Read(Encoding.UTF8.GetBytes(json)));
}
