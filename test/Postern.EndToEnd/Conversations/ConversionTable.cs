namespace Postern.EndToEnd.Conversations;

/// <summary>Every way from one side to the other, protocol by protocol.</summary>
internal static class ConversionTable
{
    /// <summary>Those that have STARTTLS, and so nine ways each. xmpp-client and xmpp-server, which have as many, are in <see cref="Scenarios.XmppConversionTests"/>.</summary>
    public static readonly string[] Protocols = ["smtp", "submission", "lmtp", "imap", "pop3", "sieve", "nntp", "ldap", "postgres"];

    private static readonly string[] s_kinds = ["plain", "implicit", "starttls"];

    /// <summary>
    /// Ways on which a server of Debian's cannot stand, and what stands there. Everything else is what it says: smtps and submissions by
    /// Postfix's wrapper mode, lmtp and managesieve that begin with TLS by Dovecot (no RFC has them), nnrpd -S, ldaps.
    /// </summary>
    public static readonly (string Protocol, string Back, string Why)[] StandIns =
    [
        ("postgres", "implicit", "TLS without SSLRequest begins with PostgreSQL 17 (sslnegotiation=direct), and Debian 12 has 15: another gate, with tls = implicit, is the server"),
    ];

    /// <summary>Front and back of every gate: nine, and three more for the port 25 of a public mail server (RFC 3207 §4.1).</summary>
    public static IEnumerable<(string Front, string Back)> Of(string protocol) =>
        (protocol == "smtp" ? s_kinds.Append("starttls-optional") : s_kinds).SelectMany(front => s_kinds.Select(back => (front, back)));
}
