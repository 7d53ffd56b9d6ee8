using System.Globalization;
using System.Text;
using Postern.Policy.Dns;

namespace Postern.Policy.TlsRpt;

/// <summary>A report as a mail (RFC 8460 §5.3): for people a line of text, for programs the report in gzip.</summary>
public static class ReportLetter
{
    /// <summary>RFC 2045 §6.8: a line of Base64 has 76 characters at the most, which are 57 octets.</summary>
    private const int OctetsPerLine = 57;

    /// <param name="about">Which report it is.</param>
    /// <param name="report">JSON in gzip.</param>
    /// <param name="from">A mailbox: the sender.</param>
    /// <param name="to">A mailbox: of the domain's record.</param>
    /// <param name="contact">A mailbox: whom people may ask.</param>
    /// <param name="date">When it is sent.</param>
    /// <returns>Header and body in lines of CRLF; no line is longer than 998 octets.</returns>
    public static byte[] Write(ReportAbout about, ReadOnlySpan<byte> report, string from, string to, string contact, DateTimeOffset date)
    {
        DnsName submitter = DnsName.Read(contact.AsSpan(contact.LastIndexOf('@') + 1)) ?? throw new ArgumentException("no mailbox", nameof(contact));
        string id = ReportNames.Id(about.Day, about.Domain.Text, submitter);
        string file = ReportNames.FileName(submitter, about);

        // Not in Base64, which has no equals sign but at its end, and not in the text.
        const string Boundary = "=_tlsrpt_";
        var mail = new StringBuilder();
        Line(mail, $"From: <{from}>");
        Line(mail, $"To: <{to}>");
        Line(mail, $"Date: {date.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture)}");

        // The same on each try, so that one that comes twice is known.
        Line(mail, $"Message-ID: <{id}>");

        // Folded (RFC 5322 §2.2.3): two names and an id of two may be more than a line has.
        Line(mail, "Subject: " + ReportNames.Subject(submitter, about.Domain, id)
            .Replace(" Submitter:", "\r\n Submitter:", StringComparison.Ordinal).Replace(" Report-ID:", "\r\n Report-ID:", StringComparison.Ordinal));
        Line(mail, $"TLS-Report-Domain: {about.Domain}");
        Line(mail, $"TLS-Report-Submitter: {submitter}");

        // RFC 8689 §5: for MTAs behind this one, which know nothing of RFC 8460, the same in their words: deliver it in spite of failures of TLS.
        Line(mail, "TLS-Required: No");
        Line(mail, "Auto-Submitted: auto-generated");
        Line(mail, "MIME-Version: 1.0");
        Line(mail, $"Content-Type: multipart/report; report-type=\"tlsrpt\"; boundary=\"{Boundary}\"");
        Line(mail, "");
        Line(mail, "--" + Boundary);
        Line(mail, "Content-Type: text/plain; charset=\"us-ascii\"");
        Line(mail, "Content-Transfer-Encoding: 7bit");
        Line(mail, "");
        Line(mail, $"This is a report on TLS (RFC 8460) about mail to {about.Domain} on {about.Day} (UTC).");
        Line(mail, $"Questions go to {contact}.");
        Line(mail, "");
        Line(mail, "--" + Boundary);
        Line(mail, $"Content-Type: {ReportNames.GzipType}");
        Line(mail, "Content-Transfer-Encoding: base64");
        Line(mail, "Content-Disposition: attachment;");
        Line(mail, $" filename=\"{file}\"");
        Line(mail, "");
        for (; !report.IsEmpty; report = report[Math.Min(OctetsPerLine, report.Length)..])
            Line(mail, Convert.ToBase64String(report[..Math.Min(OctetsPerLine, report.Length)]));
        Line(mail, "");
        Line(mail, $"--{Boundary}--");
        return Encoding.ASCII.GetBytes(mail.ToString());
    }

    private static void Line(StringBuilder mail, string line) => mail.Append(line).Append("\r\n");
}
