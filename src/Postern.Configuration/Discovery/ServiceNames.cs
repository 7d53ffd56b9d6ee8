namespace Postern.Configuration.Discovery;

/// <summary>The names under which a protocol's clients look for a server (SRV), by how TLS comes to them.</summary>
/// <param name="Implicit">TLS from the first byte; null where the protocol has no such name.</param>
/// <param name="Plain">Begins in the clear, whether STARTTLS follows or not; null where there is none.</param>
/// <param name="Source">The RFC that has them.</param>
/// <param name="FallbackPort">
/// Where the domain itself is asked when it has no record at all, for TLS after STARTTLS; 0 where the protocol's RFC has no such rule.
/// </param>
public sealed record ServiceNames(string? Implicit, string? Plain, string Source, int FallbackPort = 0)
{
    /// <summary>Null for a protocol whose clients do not look (smtp has MX records).</summary>
    public static ServiceNames? Of(string protocol) => protocol switch
    {
        "submission" => new("_submissions._tcp", "_submission._tcp", "RFC 6186, RFC 8314 §5.1"),
        "imap" => new("_imaps._tcp", "_imap._tcp", "RFC 6186 §3.2"),
        "pop3" => new("_pop3s._tcp", "_pop3._tcp", "RFC 6186 §3.3"),
        "sieve" => new(null, "_sieve._tcp", "RFC 5804 §1.8"),

        // RFC 6120 §3.2.2: without a record, the domain's own addresses and the port that IANA has for the service.
        "xmpp-client" => new("_xmpps-client._tcp", "_xmpp-client._tcp", "RFC 6120 §3.2.1, XEP-0368", 5222),
        "xmpp-server" => new("_xmpps-server._tcp", "_xmpp-server._tcp", "RFC 6120 §3.2.1, XEP-0368", 5269),
        "ldap" => new(null, "_ldap._tcp", "RFC 2782"),

        // Their RFCs know nothing of SRV; these are the names that IANA has (RFC 6335 §5), which RFC 2782 makes records of.
        "nntp" => new("_nntps._tcp", "_nntp._tcp", "RFC 2782, RFC 6335"),
        "postgres" => new(null, "_postgresql._tcp", "RFC 2782, RFC 6335"),
        _ => null,
    };
}
