namespace Postern.Configuration.Discovery;

/// <summary>The names under which a protocol's clients look for a server (SRV), by how TLS comes to them.</summary>
/// <param name="Implicit">TLS from the first byte; null where the protocol has no such name.</param>
/// <param name="Plain">Begins in the clear, whether STARTTLS follows or not; null where there is none.</param>
/// <param name="Source">The RFC that has them.</param>
public sealed record ServiceNames(string? Implicit, string? Plain, string Source)
{
    /// <summary>Null for a protocol whose clients do not look (smtp has MX records).</summary>
    public static ServiceNames? Of(string protocol) => protocol switch
    {
        "submission" => new("_submissions._tcp", "_submission._tcp", "RFC 6186, RFC 8314 §5.1"),
        "imap" => new("_imaps._tcp", "_imap._tcp", "RFC 6186 §3.2"),
        "pop3" => new("_pop3s._tcp", "_pop3._tcp", "RFC 6186 §3.3"),
        "sieve" => new(null, "_sieve._tcp", "RFC 5804 §1.8"),
        "xmpp-client" => new("_xmpps-client._tcp", "_xmpp-client._tcp", "RFC 6120 §3.2.1, XEP-0368"),
        "xmpp-server" => new("_xmpps-server._tcp", "_xmpp-server._tcp", "RFC 6120 §3.2.1, XEP-0368"),
        "ldap" => new(null, "_ldap._tcp", "RFC 2782"),
        _ => null,
    };
}
