using System.Text;
using Postern.Configuration.Settings;
using Postern.Policy.TlsRpt;

namespace Postern.Configuration.Reading;

/// <summary>Reads <c>[tlsrpt]</c>.</summary>
internal static class TlsRptReader
{
    /// <summary>RFC 8460 §4.4 has no bound; it stands in each report, and once in its mail.</summary>
    private const int MaxOrganization = 255;

    public static TlsRptDraft Read(TableReader table)
    {
        table.CheckKeys(KnownKeys.TlsRpt);
        return new TlsRptDraft
        {
            Table = table,
            Organization = table.Parsed<string>("organization", ParseOrganization),
            Contact = table.Parsed<string>("contact", ParseMailbox),
            From = table.Parsed<string>("from", ParseMailbox),
            Relay = table.Parsed<EndpointAddress>("relay", ParseRelay),
        };
    }

    private static EndpointAddress? ParseRelay(string text, out string wrong) => AddressText.ParseIp(text, "a relay", OutboundSettings.SmtpPort, out wrong);

    private static string? ParseOrganization(string text, out string wrong)
    {
        wrong = text.Length > MaxOrganization ? $"has {text.Length} characters; there may be {MaxOrganization}"
            : text.EnumerateRunes().Any(Rune.IsControl) ? "has control characters"
            : "";
        return wrong.Length == 0 ? text : null;
    }

    /// <summary>As it could stand in an rua: what others are told has the form that we take from them.</summary>
    private static string? ParseMailbox(string text, out string wrong)
    {
        string? mailbox = ReportTarget.MailboxOf(text);
        wrong = mailbox is null ? $"{Quoted.Word(text)} is no mailbox, as \"tls-reports@example.org\" is one{InternationalName.Hint(text)}" : "";
        return mailbox;
    }
}
