using System.Globalization;
using System.IO.Compression;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;

namespace Postern.Store.Tests;

/// <summary>A report in gzip, and what is left of one that would be too large.</summary>
public sealed class ReportParcelTests
{
    private static readonly ReportDay s_day = new(new DateOnly(2026, 11, 26));

    [Fact]
    public void A_parcel_holds_the_report()
    {
        TlsReport report = Report(policies: 3, failures: 5);
        Assert.Equal(report, ReportReader.Read(Unpacked(ReportParcel.Pack(report))).Report);
        Assert.Equal(ReportParcel.Pack(report), ReportParcel.Pack(report, 100_000));
    }

    /// <summary>Taken out: the halving of failures, that of policies, the last step.</summary>
    [Theory]
    [InlineData(1, 200, 1500)]
    [InlineData(300, 0, 8000)]
    [InlineData(40, 100, 3000)]
    [InlineData(1, 0, 450, 60_000)]
    public void A_parcel_that_would_be_too_large_loses_what_is_rare(int policies, int failures, int most, int length = 0)
    {
        TlsReport report = Report(policies, failures, length);
        Assert.True(ReportParcel.Pack(report).Length > most);
        byte[] packed = ReportParcel.Pack(report, most);
        Assert.InRange(packed.Length, 1, most);
        TlsReport left = ReportReader.Read(Unpacked(packed)).Report!;
        Assert.Equal(report.Id, left.Id);

        // The policy with the most sessions, whose sum is what it was.
        Assert.Equal((report.Policies[^1].Successful, report.Policies[^1].Failed), (left.Policies[0].Successful, left.Policies[0].Failed));
    }

    /// <summary>Of which each has more sessions than the one before.</summary>
    private static TlsReport Report(int policies, int failures, int length = 0)
    {
        var random = new Random(20261127);
        string Word(int letters) => string.Create(letters, random, (room, from) =>
        {
            for (int i = 0; i < room.Length; i++)
                room[i] = (char)('a' + from.Next(26));
        });
        return new TlsReport("Sender", s_day.Start, s_day.End, "tls@gate.example", ReportNames.Id(s_day, "example.org", DnsName.Read("gate.example")!),
        [
            .. Enumerable.Range(1, policies).Select(n => new PolicyReport(
                new ReportedPolicy(PolicyType.Sts, "example.org", ["version: STSv1", "mx: " + Word(20), .. Enumerable.Range(0, length / 1000).Select(_ => Word(1000))], [Word(20) + ".example.org"]), n, failures,
                [.. Enumerable.Range(0, failures).Select(i => new FailureDetail("certificate-expired", 1) { ReceivingIp = string.Create(CultureInfo.InvariantCulture, $"2001:db8::{random.Next(65536):x}:{random.Next(65536):x}") })])),
        ]);
    }

    private static byte[] Unpacked(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var json = new MemoryStream();
        gzip.CopyTo(json);
        return json.ToArray();
    }
}
