using System.Globalization;
using Postern.Policy.Dns;

namespace Postern.Policy.TlsRpt;

/// <summary>A day of UTC: what a report covers (RFC 8460 §4.1).</summary>
public readonly record struct ReportDay(DateOnly Date)
{
    public DateTimeOffset Start => new(Date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    /// <summary>The last second, 23:59:59, as the standard's example has it.</summary>
    public DateTimeOffset End => Start.AddDays(1).AddSeconds(-1);

    private const string Format = "yyyy-MM-dd";

    public static ReportDay Of(DateTimeOffset moment) => new(DateOnly.FromDateTime(moment.UtcDateTime));

    /// <summary>Null for what is not of the form 2026-11-27.</summary>
    public static ReportDay? Read(string text) =>
        DateOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date) ? new ReportDay(date) : null;

    public override string ToString() => Date.ToString(Format, CultureInfo.InvariantCulture);
}

/// <summary>How a report is called on its way (RFC 8460 §5.1, §5.3).</summary>
public static class ReportNames
{
    public const string JsonType = "application/tlsrpt+json";
    public const string GzipType = "application/tlsrpt+gzip";

    /// <summary><c>mail.sender.example!example.net!1470013207!1470186007!001.json.gz</c></summary>
    /// <param name="submitter">The domain of the contact.</param>
    /// <param name="domain">The domain that the report is about.</param>
    /// <param name="report">For its time.</param>
    /// <param name="unique">Letters and digits; empty: none.</param>
    public static string FileName(DnsName submitter, DnsName domain, TlsReport report, string unique = "") =>
        FileName(submitter, domain, report.Start, report.End, unique);

    /// <inheritdoc cref="FileName(DnsName, DnsName, TlsReport, string)"/>
    public static string FileName(DnsName submitter, ReportAbout about) =>
        FileName(submitter, about.Domain, about.Day.Start, about.Day.End, unique: "");

    /// <summary>The report's id: the same for the same day and domain, so that a receiver knows one that comes twice.</summary>
    /// <param name="day">Which it is about.</param>
    /// <param name="domain">Which it is about.</param>
    /// <param name="submitter">The domain of the contact.</param>
    public static string Id(ReportDay day, string domain, DnsName submitter) =>
        string.Create(CultureInfo.InvariantCulture, $"{day}.{DnsName.Read(domain)?.Text ?? "unknown"}@{submitter}");

    /// <summary>The Subject, in one line.</summary>
    /// <param name="submitter">The domain of the contact.</param>
    /// <param name="domain">The domain that the report is about.</param>
    /// <param name="id">Left and right of the at-sign: letters, digits, dots, hyphens and underscores.</param>
    public static string Subject(DnsName submitter, DnsName domain, string id)
    {
        if (!IsId(id))
            throw new ArgumentException("an id has one at-sign, and letters, digits, dots, hyphens and underscores around it", nameof(id));
        return $"Report Domain: {domain} Submitter: {submitter} Report-ID: <{id}>";
    }

    private static string FileName(DnsName submitter, DnsName domain, DateTimeOffset start, DateTimeOffset end, string unique)
    {
        if (!unique.All(char.IsAsciiLetterOrDigit))
            throw new ArgumentException("letters and digits only (RFC 8460 §5.1)", nameof(unique));
        string tail = unique.Length > 0 ? "!" + unique : "";
        return string.Create(CultureInfo.InvariantCulture, $"{submitter}!{domain}!{start.ToUnixTimeSeconds()}!{end.ToUnixTimeSeconds()}{tail}.json.gz");
    }

    private static bool IsId(string id)
    {
        int at = id.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && at < id.Length - 1
            && id.Where((_, place) => place != at).All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
    }
}
