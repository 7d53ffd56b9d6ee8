using System.Text;
using Postern.EndToEnd.Conversations;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>openssl s_client and gnutls-cli, with every STARTTLS that they know and we have, talk to a server through a gate.</summary>
[Collection(nameof(ConversionHost))]
public sealed class StartTlsClientTests(ConversionHost host)
{
    private const string Stream = "<stream:stream xmlns='jabber:{0}' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' from='a.example.test' to='localhost'>";

    /// <summary>A bind without name and password (RFC 4511 §4.2), and what answers it: success.</summary>
    private static readonly byte[] s_bind = [0x30, 0x0c, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0];
    private const string Bound = "\u0002\u0001\u0001a\u0007\n\u0001\0";

    /// <summary>A StartupMessage of version 3.0 for alice; the answer names what she can authenticate with.</summary>
    private static readonly byte[] s_startup = Encoding.ASCII.GetBytes("\0\0\0\u0014\0\u0003\0\0user\0alice\0\0");

    [Theory]
    [InlineData("smtp", "smtp")]
    [InlineData("submission", "smtp")]
    [InlineData("lmtp", "lmtp")]
    [InlineData("imap", "imap")]
    [InlineData("pop3", "pop3")]
    [InlineData("sieve", "sieve")]
    [InlineData("nntp", "nntp")]
    [InlineData("ldap", "ldap")]
    [InlineData("postgres", "postgres", "-alpn", "postgresql")]
    [InlineData("xmpp-client", "xmpp")]
    [InlineData("xmpp-server", "xmpp-server")]
    public void Openssl(string protocol, string word, params string[] more)
    {
        // It ends before it says anything inside TLS when the certificate is not the right one (-verify_return_error).
        using Talk talk = Talk.OpenSsl(host.StartTls(protocol), host.Certificates.Authority, ["-starttls", word, .. more]);
        Exchange(talk, protocol);
    }

    /// <summary>gnutls-cli does not know XMPP between servers.</summary>
    [Theory]
    [InlineData("smtp", "smtp")]
    [InlineData("submission", "smtp")]
    [InlineData("lmtp", "lmtp")]
    [InlineData("imap", "imap")]
    [InlineData("pop3", "pop3")]
    [InlineData("sieve", "sieve")]
    [InlineData("nntp", "nntp")]
    [InlineData("ldap", "ldap")]
    [InlineData("postgres", "postgres")]
    [InlineData("xmpp-client", "xmpp")]
    public void Gnutls(string protocol, string word)
    {
        using Talk talk = Talk.GnuTls(host.StartTls(protocol), host.Certificates.Authority, "--starttls-proto=" + word);
        _ = talk.Hear("The certificate is trusted");
        _ = talk.Hear("Simple Client Mode");
        Exchange(talk, protocol);
    }

    /// <summary>A question inside TLS, and an answer that is the server's alone.</summary>
    private static void Exchange(Talk talk, string protocol) => _ = protocol switch
    {
        "smtp" or "submission" => talk.Say("EHLO x").Hear("250-mx.example.test"),
        "lmtp" => talk.Say("LHLO x").Hear("250-ENHANCEDSTATUSCODES"),
        "imap" => talk.Say("a CAPABILITY").Hear("AUTH=PLAIN"),
        "pop3" => talk.Say("CAPA").Hear("SASL PLAIN LOGIN"),
        "sieve" => talk.Say("CAPABILITY").Hear("Dovecot (Debian) Pigeonhole"),
        "nntp" => talk.Say("CAPABILITIES").Hear("IMPLEMENTATION INN"),
        "ldap" => talk.Say(s_bind).Hear(Bound),
        "postgres" => talk.Say(s_startup).Hear("SCRAM-SHA-256"),
        "xmpp-client" => talk.Say(string.Format(null, CompositeFormat.Parse(Stream), "client")).Hear("from='a.example.test' to='localhost'>"),
        _ => talk.Say(string.Format(null, CompositeFormat.Parse(Stream), "server")).Hear("from='a.example.test' to='localhost'>"),
    };
}
