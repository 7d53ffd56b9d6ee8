using System.Collections.Immutable;
using Postern.Policy.Decision;
using Postern.Policy.TlsRpt;
using Postern.Protocols.Smtp;

namespace Postern.Cli.Explain.Connect;

/// <summary>One of the <c>connections</c> of <c>postern explain --connect --json</c>.</summary>
/// <param name="Refusal">What a client would be told, were there no other host; null: mail would go there.</param>
/// <param name="Detail">In OpenSSL's words.</param>
/// <param name="Version">Empty: no TLS.</param>
/// <param name="Authenticated">The name that its certificate was verified for.</param>
/// <param name="Matched">The TLSA record, or the pin as 3 1 1, that it matched.</param>
/// <param name="Depth">Of the certificate that matched it: 0 is the server's own.</param>
/// <param name="WatchFailure">A result type of RFC 8460, of what is not enforced.</param>
internal sealed record ContactReport(
    string Host,
    string Address,
    string? Refusal,
    string Detail,
    string Version,
    string Cipher,
    string? Authenticated,
    string? Matched,
    int? Depth,
    string? WatchFailure,
    bool RequireTls,
    ContactReport.Certified? Certificate)
{
    /// <param name="Key">As the data of a TLSA record: <c>3 1 1 e3b0…</c></param>
    internal sealed record Certified(string Subject, string Issuer, bool IsSelfSigned, ImmutableArray<string> Names, DateTimeOffset? NotBefore, DateTimeOffset? NotAfter, string? Key, int Count);

    public static ContactReport Of(HopContact contact) => new(
        contact.Host.Host.Text,
        contact.Address.ToString(),
        contact.Refusal?.ToString(),
        contact.Detail,
        contact.Version,
        contact.Cipher,
        contact.Authenticated,
        contact.Match is { } match ? ContactText.Record(match.Usage, match.Selector, match.Matching, match.Data.AsSpan()) : null,
        contact.Match?.Depth,
        contact.WatchFailure is { } failure ? ReportWords.Of(TlsFailureWords.Result(failure)) : null,
        contact.Extensions.HasFlag(SmtpExtensions.RequireTls),
        contact.Certificate is { } certificate
            ? new Certified(
                certificate.Subject, certificate.Issuer, certificate.IsSelfSigned, [.. certificate.DnsNames, .. certificate.Addresses.Select(address => address.ToString())],
                certificate.NotBefore, certificate.NotAfter, certificate.Pin.Length == 0 ? null : ContactText.Record(3, 1, 1, certificate.Pin), certificate.Count)
            : null);
}
