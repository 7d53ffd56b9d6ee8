using System.Collections.Immutable;
using System.Globalization;
using Postern.Cli.Output;
using Postern.Interop.LibSsl.Certificates;
using Postern.Policy.Decision;
using Postern.Protocols.Smtp;

namespace Postern.Cli.Explain.Connect;

/// <summary>What <c>postern explain --connect</c> prints for people.</summary>
internal static class ContactText
{
    private const string Margin = "  ";
    private const string Inner = Margin + Margin;

    /// <summary>Names of a certificate that are shown; a hoster's may have a hundred.</summary>
    private const int MaxNames = 20;

    public static void Write(ImmutableArray<HopContact> contacts, Paint paint)
    {
        paint.Line();
        paint.Heading("Connections");
        foreach (HopContact contact in contacts)
            Write(contact, paint);
        if (contacts.IsEmpty)
            paint.Bad(Margin + "there is nobody to connect to");
    }

    private static void Write(HopContact contact, Paint paint)
    {
        string who = $"{Margin}{contact.Host.Host}[{contact.Address}]: ";
        string tls = contact.Version.Length == 0 ? "in the clear" : $"{contact.Version} {contact.Cipher}, {(contact.Authenticated is { } name ? $"authenticated as {name}" : "not authenticated")}";
        if (contact.Refusal is { } refusal)
            paint.Bad(who + "no mail would go there: " + PeerText.Escape(refusal.ToString()));
        else if (contact.Authenticated is not null)
            paint.Good(who + tls);
        else
            paint.Mark(who + tls);
        if (contact.Detail.Length > 0)
            paint.Line(Inner + PeerText.Escape(contact.Refusal is null ? $"TLS was offered, and failed: {contact.Detail}" : contact.Detail));
        if (contact.Match is { } match)
            paint.Line($"{Inner}matches {Record(match.Usage, match.Selector, match.Matching, match.Data.AsSpan())}, at depth {match.Depth.ToString(CultureInfo.InvariantCulture)}");
        if (contact.WatchFailure is { } watched)
            paint.Line($"{Inner}would fail what is only watched: {TlsFailureWords.Of(watched)}");
        if (contact.Extensions.HasFlag(SmtpExtensions.RequireTls))
            paint.Line(Inner + "offers REQUIRETLS");
        if (contact.Certificate is { } certificate)
            Write(certificate, paint);
    }

    private static void Write(ShownCertificate certificate, Paint paint)
    {
        string[] names = [.. certificate.DnsNames, .. certificate.Addresses.Select(address => address.ToString())];
        string shown = names.Length == 0 ? "none" : string.Join(", ", names.Take(MaxNames));
        paint.Aside(Inner + PeerText.Escape($"certificate: {Word(certificate.Subject)}, by {(certificate.IsSelfSigned ? "itself" : Word(certificate.Issuer))}, {certificate.Count} in the chain"));
        paint.Aside(Inner + PeerText.Escape($"names: {shown}{(names.Length > MaxNames ? $", and {names.Length - MaxNames} more" : "")}"));
        paint.Aside($"{Inner}valid: {Date(certificate.NotBefore)} to {Date(certificate.NotAfter)}");
        if (certificate.Pin.Length > 0)
            paint.Aside($"{Inner}key: TLSA {Record(3, 1, 1, certificate.Pin)}");
    }

    /// <summary>As a zone file has it.</summary>
    public static string Record(byte usage, byte selector, byte matching, ReadOnlySpan<byte> data) =>
        string.Create(CultureInfo.InvariantCulture, $"{usage} {selector} {matching} {Convert.ToHexStringLower(data)}");

    private static string Word(string text) => text.Length == 0 ? "(no common name)" : text;

    private static string Date(DateTimeOffset? time) => time?.ToString("u", CultureInfo.InvariantCulture) ?? "(no date)";
}
