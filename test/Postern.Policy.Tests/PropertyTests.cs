using System.Collections.Immutable;
using System.Text;
using CsCheck;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.StartTlsEverywhere;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Tests;

/// <summary>Whatever others publish and send: no exception, bounded results, and what is written is read back.</summary>
public sealed class PropertyTests
{
    private static readonly string[] s_words =
    [
        "v=STSv1", "v=TLSRPTv1", ";", "; ", " ", "id=", "id=20160831085700Z", "rua=", "mailto:", "a@example.org", ",", "https://", "example.org", "/", "=", "%0d", "%", "?", "#",
        "version: STSv1", "mode: enforce", "mode: none", "mx: *.example.org", "mx: a.example", "max_age: 86400", "\n", "\r\n", "\r", ":", "*", ".", "\0", "\xff", "\t",
    ];

    private static readonly string[] s_json =
    [
        "{", "}", "[", "]", ",", ":", "\"policies\"", "\"policy\"", "\"date-range\"", "\"2016-04-01T00:00:00Z\"", "\"start-datetime\"", "\"end-datetime\"", "\"organization-name\"",
        "\"policy-type\"", "\"sts\"", "\"summary\"", "1", "-1", "1e999", "null", "true", "\"\\ud800\"", "\"version\"", "\"0.1\"", "\"timestamp\"", "\"expires\"", "\"mxs\"", "\".a.example\"",
        "\"mode\"", "\"enforce\"", "\"a.example\"", "\"policy-aliases\"", "\"policy-alias\"", "\"mx-host\"", "\"failure-details\"", " ", "\xff", "\"",
    ];

    private static readonly Gen<string> s_texts = Gen.Int[0, s_words.Length - 1].Select(i => s_words[i]).Array[0, 14].Select(string.Concat);

    private static readonly Gen<byte[]> s_documents = Gen.OneOf(
        Gen.Byte.Array[0, 200],
        Gen.Int[0, s_json.Length - 1].Select(i => s_json[i]).Array[0, 40].Select(words => Encoding.Latin1.GetBytes(string.Concat(words))));

    private static readonly Gen<string> s_label = Gen.Char.AlphaNumeric.Array[1, 12].Select(letters => new string(letters).ToLowerInvariant());

    private static readonly Gen<DnsName> s_name = Gen.Select(s_label, s_label).Select(pair => DnsName.Read($"{pair.Item1}.{pair.Item2}x")!);

    private static readonly Gen<StsPolicy> s_policy = Gen.Select(Gen.Enum<StsMode>(), Gen.Int[0, 31_557_600], Gen.Select(s_name, Gen.Bool).Array[1, 6])
        .Select(three => new StsPolicy(three.Item1, TimeSpan.FromSeconds(three.Item2), [.. three.Item3.Select(pair => new MxPattern(pair.Item1, pair.Item2))]));

    private static readonly Gen<string> s_text = Gen.OneOf(Gen.String[0, 20].Where(IsUnicode), Gen.Const("\u202e\"\\\n<>&\u0000"));

    private static readonly Gen<FailureDetail> s_failure = Gen.Select(s_text, Gen.Long[0, long.MaxValue], s_text, s_text)
        .Select(four => new FailureDetail(four.Item1, four.Item2) { SendingIp = four.Item3, ReceivingHelo = four.Item4, ReasonCode = four.Item3 });

    private static readonly Gen<PolicyReport> s_policyReport = Gen.Select(Gen.Enum<PolicyType>(), s_text, s_text.Array[0, 4], s_failure.Array[0, 4], Gen.Long[0, long.MaxValue])
        .Select(five => new PolicyReport(new ReportedPolicy(five.Item1, five.Item2, [.. five.Item3], [.. five.Item3]), five.Item5, five.Item5 / 2, [.. five.Item4]));

    private static readonly Gen<TlsReport> s_report = Gen.Select(s_text, Gen.Long[0, 4_000_000_000], s_policyReport.Array[0, 4])
        .Select(three => new TlsReport(three.Item1, DateTimeOffset.FromUnixTimeSeconds(three.Item2), DateTimeOffset.FromUnixTimeSeconds(three.Item2 + 86399), three.Item1, three.Item1, [.. three.Item3]));

    [Fact]
    public void Records_of_MTA_STS() => s_texts.Array[0, 3].Sample(texts =>
    {
        StsRecord record = StsRecord.Read(texts);
        Assert.Equal(record.Status == StsRecordStatus.Valid, record.Id.Length is > 0 and <= 32);
        if (record.Status == StsRecordStatus.Valid)
            Assert.Equal(record, StsRecord.Read([record.ToString()]));
    });

    [Fact]
    public void Ids_are_read_back() => s_label.Sample(id => Assert.Equal(id, StsRecord.Read([new StsRecord(StsRecordStatus.Valid, id).ToString()]).Id));

    [Fact]
    public void Policies_of_any_text() => s_texts.Sample(text => Bounded(Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void Policies_of_any_bytes() => Gen.Byte.Array[0, 300].Sample(Bounded);

    [Fact]
    public void Policies_are_read_back() => s_policy.Sample(policy =>
        Assert.Equal(policy, StsPolicyReader.Read(Encoding.UTF8.GetBytes(string.Join("\r\n", policy.ToLines()))).Policy));

    [Fact]
    public void Records_of_TLS_RPT() => s_texts.Sample(text =>
    {
        ImmutableArray<ReportTarget> targets = TlsRptRecord.Read([text]).Targets;
        Assert.True(targets.Length <= TlsRptRecord.MaxTargets);
        Assert.All(targets, target => Assert.DoesNotContain(target.Address, letter => letter is <= ' ' or > '~' or '<' or '>' or '"' or '\\'));
    });

    [Fact]
    public void Reports_of_any_kind() => s_documents.Sample(bytes =>
    {
        ReportResult result = ReportReader.Read(bytes);
        Assert.Equal(result.Report is null, result.Reason.Length > 0);
    });

    [Fact]
    public void Reports_are_read_back() => s_report.Sample(report => Assert.Equal(report, ReportReader.Read(ReportWriter.Write(report)).Report));

    [Fact]
    public void Any_change_of_a_good_report_is_read_or_refused() => Gen.Select(s_report, Gen.Int[0, int.MaxValue], Gen.Byte).Sample((report, at, value) =>
    {
        byte[] json = ReportWriter.Write(report);
        json[at % json.Length] = value;
        ReportResult result = ReportReader.Read(json);
        if (result.Report is { } read)
            Assert.Equal(read, ReportReader.Read(ReportWriter.Write(read)).Report);
    });

    [Fact]
    public void Lists_of_any_kind() => s_documents.Sample(bytes =>
    {
        PolicyListResult result = PolicyListReader.Read(bytes);
        Assert.Equal(result.List is null, result.Reason.Length > 0);
    });

    [Fact]
    public void Patterns_match_what_they_are_made_of() => Gen.Select(s_name, s_label, s_label).Sample((domain, one, two) =>
    {
        DnsName host = domain.Below(one)!;
        var pattern = new MxPattern(domain, IsWildcard: true);
        Assert.True(pattern.Matches(host));
        Assert.False(pattern.Matches(domain));
        Assert.False(pattern.Matches(host.Below(two)!));
        Assert.Equal(pattern, MxPattern.Read(pattern.ToString()));
    });

    private static void Bounded(byte[] file)
    {
        StsPolicyResult result = StsPolicyReader.Read(file);
        Assert.Equal(result.Policy is null, result.Reason.Length > 0);
        Assert.DoesNotContain(result.Reason, letter => letter is < ' ' or > '~');
        if (result.Policy is { } policy)
        {
            Assert.True(policy.MaxAge <= StsPolicy.LongestAge);
            Assert.Equal(policy, StsPolicyReader.Read(Encoding.UTF8.GetBytes(string.Join('\n', policy.ToLines()))).Policy);
        }
    }

    private static bool IsUnicode(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return false;
        }

        return true;
    }
}
