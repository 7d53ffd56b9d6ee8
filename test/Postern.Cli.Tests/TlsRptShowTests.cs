using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Postern.Cli.Reports;
using Postern.Policy.TlsRpt;

namespace Postern.Cli.Tests;

/// <summary>postern tlsrpt show: reports as others send them, and what others could send.</summary>
public sealed class TlsRptShowTests : IDisposable
{
    /// <summary>The example of RFC 8460, appendix B, in other words.</summary>
    private const string Report = """
        {"organization-name":"Company-X","date-range":{"start-datetime":"2016-04-01T00:00:00Z","end-datetime":"2016-04-01T23:59:59Z"},
        "contact-info":"sts-reporting@company-x.example","report-id":"5065427c-23d3-47ca-b6e0-946ea0e8c4be",
        "policies":[{"policy":{"policy-type":"sts","policy-string":["version: STSv1","mode: testing","mx: *.mail.company-y.example","max_age: 86400"],
        "policy-domain":"company-y.example","mx-host":["*.mail.company-y.example"]},
        "summary":{"total-successful-session-count":5326,"total-failure-session-count":303},
        "failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"2001:db8:abcd:0012::1","receiving-mx-hostname":"mx1.mail.company-y.example","failed-session-count":100},
        {"result-type":"starttls-not-supported","sending-mta-ip":"2001:db8:abcd:0013::1","receiving-mx-hostname":"mx2.mail.company-y.example","receiving-ip":"203.0.113.56","failed-session-count":200,"additional-information":"https://reports.company-x.example/report_info?id=5065427c"},
        {"result-type":"validation-failure","sending-mta-ip":"198.51.100.62","receiving-ip":"203.0.113.58","receiving-mx-hostname":"mx-backup.mail.company-y.example","failed-session-count":3,"failure-reason-code":"X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"}]}]}
        """;

    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Numbers_by_policy_and_failure()
    {
        string file = _folder.Write("report.json", Report);
        Said said = Command.Run("tlsrpt", "show", file);
        Assert.Equal((0, ""), (said.Status, said.Errors));
        Assert.Equal(
            [
                $"{file}: Company-X, 2016-04-01",
                "  report 5065427c-23d3-47ca-b6e0-946ea0e8c4be, contact sts-reporting@company-x.example",
                "  sts company-y.example: 5326 sessions as they should be, 303 failed",
                "    certificate-expired: 100 from 2001:db8:abcd:0012::1 to mx1.mail.company-y.example",
                "    starttls-not-supported: 200 from 2001:db8:abcd:0013::1 to mx2.mail.company-y.example at 203.0.113.56, see https://reports.company-x.example/report_info?id=5065427c",
                "    validation-failure: 3 from 198.51.100.62 to mx-backup.mail.company-y.example at 203.0.113.58, reason X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED",
                "",
            ],
            said.Output.Split('\n'));
    }

    [Fact]
    public void Several_are_added_up_and_what_is_none_is_named()
    {
        string one = _folder.Write("one.json", Report), other = _folder.Write("other.json", Report), none = _folder.Write("none.json", "{}");
        Said said = Command.Run("tlsrpt", "show", one, none, other, _folder.At("not-there"));
        Assert.Equal(1, said.Status);
        Assert.Contains("2 reports together\n  sts company-y.example: 10652 sessions as they should be, 606 failed\n    starttls-not-supported: 400\n", said.Output);
        Assert.Contains($"postern: {none}: it has no date-range of two times\n", said.Errors);
        Assert.Contains($"postern: {_folder.At("not-there")}: it cannot be read: ", said.Errors);
    }

    [Fact]
    public void Json_has_all_of_it_and_the_problems()
    {
        string one = _folder.Write("one.json", Report), none = _folder.Write("none.json", "[]");
        Said said = Command.Run("tlsrpt", "show", "--json", one, none);
        Assert.Equal((1, ""), (said.Status, said.Errors));
        JsonElement reports = JsonDocument.Parse(said.Output).RootElement.GetProperty("reports");
        Assert.Equal(JsonValueKind.Null, reports[0].GetProperty("problem").ValueKind);
        Assert.Equal(303, reports[0].GetProperty("policies")[0].GetProperty("failed").GetInt64());
        Assert.Equal("203.0.113.56", reports[0].GetProperty("policies")[0].GetProperty("failures")[1].GetProperty("receivingIp").GetString());
        Assert.Equal("it is neither JSON, nor gzip, nor a mail with such a part", reports[1].GetProperty("problem").GetString());
    }

    public static TheoryData<string> Mails => [.. s_mails.Keys];

    [Theory]
    [MemberData(nameof(Mails))]
    public void A_report_is_found_in_its_mail(string name) => Assert.Equal("Company-X", Show(s_mails[name]).Organization);

    [Theory]
    [InlineData("Subject: no report\r\n\r\nHello\r\n")]
    [InlineData("Content-Type: multipart/report\r\n\r\n--a\r\n")]
    [InlineData("Content-Type: multipart/report; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\n{}\r\n--a--\r\n")]
    [InlineData("Content-Type: multipart/report; boundary=a\r\n\r\n--a--\r\n--a\r\nContent-Type: application/tlsrpt+json\r\n\r\n{}\r\n")]
    [InlineData("Content-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n\r\nA\r\n")]
    [InlineData("")]
    public void Other_mail_has_none(string mail) => Assert.Null(ReportMail.Find(Encoding.Latin1.GetBytes(mail)));

    [Fact]
    public void Mails_in_mails_in_mails_end_somewhere()
    {
        var mail = new StringBuilder();
        for (int i = 0; i < 50; i++)
            _ = mail.Append($"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
        _ = mail.Append("Content-Type: application/tlsrpt+json\r\n\r\n" + Report);
        Assert.Null(ReportMail.Find(Encoding.UTF8.GetBytes(mail.ToString())));
        string wide = "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(Enumerable.Repeat("--b\r\n\r\nx\r\n", 200_000));
        Assert.Null(ReportMail.Find(Encoding.UTF8.GetBytes(wide)));
    }

    /// <summary>A few kilobytes of zeros are as many megabytes.</summary>
    [Fact]
    public void What_swells_is_not_taken_into_memory()
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            byte[] nothing = new byte[1024 * 1024];
            for (int i = 0; i < 200; i++)
                gzip.Write(nothing);
        }

        Assert.True(compressed.Length < 300_000);
        Assert.Equal($"uncompressed it is longer than {ReportReader.MaxBytes} bytes", ReportFile.Read(compressed.ToArray()).Reason);
    }

    [Fact]
    public void Gzip_that_is_damaged_or_cut_is_told()
    {
        byte[] good = Gzip(Report);

        // Of the last octets none is of the text.
        for (int length = 2; length < good.Length - Trailer - 8; length += 7)
            Assert.Null(ReportFile.Read(good[..length]).Report);
        byte[] bad = (byte[])good.Clone();
        bad[good.Length / 2] ^= 0xff;
        Assert.Null(ReportFile.Read(bad).Report);
    }

    [Fact]
    public void Any_mail_makes_no_exception()
    {
        var random = new Random(8460);
        byte[][] mails = [.. s_mails.Values];
        for (int i = 0; i < 5000; i++)
        {
            byte[] mail = (byte[])mails[random.Next(mails.Length)].Clone();
            for (int turned = random.Next(1, 6); turned > 0; turned--)
                mail[random.Next(mail.Length)] = (byte)random.Next(256);
            _ = ReportFile.Read(mail[..random.Next(mail.Length + 1)]);
        }
    }

    [Fact]
    public void Nothing_of_a_report_moves_the_cursor()
    {
        string hostile = Report.Replace("Company-X", "\\u001b[2J", StringComparison.Ordinal).Replace("certificate-expired", "\\u202e\\u0007", StringComparison.Ordinal)
            .Replace("mx1.mail", "\\n\\r", StringComparison.Ordinal).Replace("\":5326", "\":9223372036854775807", StringComparison.Ordinal);
        string file = _folder.Write("hostile.json", hostile), again = _folder.Write("again.json", hostile);
        Said said = Command.Run("tlsrpt", "show", file, again);
        Assert.Equal((0, ""), (said.Status, said.Errors));
        Assert.DoesNotContain(said.Output, letter => letter != '\n' && (char.IsControl(letter) || letter == '\u202e'));
        Assert.Contains("sts company-y.example: 9223372036854775807 sessions", said.Output);
    }

    /// <summary>RFC 1952 §2.3.1: a checksum and a length, without which all of the text may be there.</summary>
    private const int Trailer = 8;

    private static TlsReport Show(byte[] bytes)
    {
        ReportResult result = ReportFile.Read(bytes);
        Assert.True(result.Report is not null, result.Reason);
        return result.Report;
    }

    private static byte[] Gzip(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return compressed.ToArray();
    }

    private static string Base64 => Convert.ToBase64String(Gzip(Report), Base64FormattingOptions.InsertLineBreaks);

    /// <summary>Soft line breaks, and escapes of what need not have one.</summary>
    private static string QuotedPrintable => string.Join("=\r\n", Report.Chunk(20).Select(part => new string(part)
        .Replace("=", "=3D", StringComparison.Ordinal).Replace("{", "=7b", StringComparison.Ordinal).Replace("\n", "=0A", StringComparison.Ordinal)));

    private static readonly Dictionary<string, byte[]> s_mails = new(StringComparer.Ordinal)
    {
        ["as the standard has it"] = Latin1($"""
            From: tlsrpt@mail.sender.example.com
            TLS-Report-Domain: example.net
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type="tlsrpt";
            	boundary="----=_NextPart_000_024E_01CC9B0A.AFE54C00"
            Content-Language: en-us

            This is a multipart message in MIME format.

            ------=_NextPart_000_024E_01CC9B0A.AFE54C00
            Content-Type: text/plain; charset="us-ascii"
            Content-Transfer-Encoding: 7bit

            This is an aggregate TLS report from mail.sender.example.com

            ------=_NextPart_000_024E_01CC9B0A.AFE54C00
            Content-Type: application/tlsrpt+gzip
            Content-Transfer-Encoding: base64
            Content-Disposition: attachment;
             filename="mail.sender.example!example.com!1013662812!1013749130.json.gz"

            {Base64}
            ------=_NextPart_000_024E_01CC9B0A.AFE54C00--
            """),
        ["JSON in the clear"] = Latin1($"Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: application/tlsrpt+json\n\n{Report}\n--a--\n"),
        ["a part alone"] = Latin1($"Content-Type: APPLICATION/TLSRPT+GZIP\nContent-Transfer-Encoding: BASE64\n\n{Base64}\n"),
        ["a name that says what it is"] = Latin1($"Content-Type: multipart/mixed; x; boundary=\"a b\"\n\n--a b\nContent-Type: application/octet-stream; name=\"r.json.gz\"\nContent-Transfer-Encoding: base64\n\n{Base64}\n--a b--\n"),
        ["one multipart in another"] = Latin1($"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/report; boundary=i\n\n--i\nContent-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n{Base64}\n--i--\n--o--\n"),
        ["without an end"] = Latin1($"Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64\n\n{Base64}"),
        ["quoted-printable"] = Latin1($"Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: application/tlsrpt+json\nContent-Transfer-Encoding: quoted-printable\n\n{QuotedPrintable}\n--a--\n"),
    };

    private static byte[] Latin1(string mail) => Encoding.Latin1.GetBytes(mail.ReplaceLineEndings("\r\n"));
}
