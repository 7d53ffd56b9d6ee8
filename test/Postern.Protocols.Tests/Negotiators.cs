using System.Text;
using Postern.Protocols.Postgres;
using Postern.Protocols.Smtp;
using Postern.Protocols.Smtp.Outbound;
using Postern.Protocols.Xmpp;

namespace Postern.Protocols.Tests;

/// <summary>Every negotiator by the name of its folder under test/Dialogues.</summary>
internal static class Negotiators
{
    private static readonly FrontSettings s_front = new("gate.example");

    public static IReadOnlyDictionary<string, Func<Negotiator>> All { get; } = new Dictionary<string, Func<Negotiator>>(StringComparer.Ordinal)
    {
        ["smtp"] = () => Front("smtp"),
        ["smtp-optional"] = () => SmtpProtocol.Smtp.FacingClient(s_front with { PlainAllowed = true, PlainExtensions = ["PIPELINING", "SIZE 1000"] }),
        ["submission"] = () => Front("submission"),
        ["lmtp"] = () => Front("lmtp"),
        ["imap"] = () => Front("imap"),
        ["pop3"] = () => Front("pop3"),
        ["sieve"] = () => Front("sieve"),
        ["smtp-greeting"] = () => Back("smtp"),
        ["smtp-replay"] = () => SmtpProtocol.Smtp.FacingBackend(Encoding.ASCII.GetBytes("EHLO client.example\r\n"), greets: true),
        ["smtp-probe"] = () => SmtpProtocol.Smtp.ProbeBackend("gate.example", greets: true)!,
        ["imap-greeting"] = () => Back("imap"),
        ["pop3-greeting"] = () => Back("pop3"),
        ["sieve-greeting"] = () => Back("sieve"),
        ["smtp-back"] = () => Server("smtp"),
        ["lmtp-back"] = () => Server("lmtp"),
        ["smtp-hop"] = () => new HopHello("gate.example", HopTls.IfOffered),
        ["smtp-hop-required"] = () => new HopHello("gate.example", HopTls.Required),
        ["smtp-hop-inside"] = () => new HopHello("gate.example", HopTls.Inside),
        ["imap-back"] = () => Server("imap"),
        ["pop3-back"] = () => Server("pop3"),
        ["sieve-back"] = () => Server("sieve"),
        ["nntp"] = () => Front("nntp"),
        ["nntp-greeting"] = () => Back("nntp"),
        ["nntp-back"] = () => Server("nntp"),
        ["ldap"] = () => Front("ldap"),
        ["ldap-back"] = () => Server("ldap"),
        ["postgres"] = () => Front("postgres"),
        ["postgres-words"] = () => PostgresProtocol.Instance.FirstWords(s_front, TlsMode.Plain, TlsMode.StartTls)!,
        ["postgres-back"] = () => Server("postgres"),
        ["xmpp-client"] = () => Front("xmpp-client"),
        ["xmpp-server"] = () => Front("xmpp-server"),
        ["xmpp-client-words"] = () => XmppProtocol.Client.FirstWords(s_front, TlsMode.Plain, TlsMode.StartTls)!,
        ["xmpp-server-words"] = () => XmppProtocol.Server.FirstWords(s_front, TlsMode.Plain, TlsMode.StartTls)!,
        ["xmpp-client-back"] = () => XmppProtocol.Client.FacingServer(new BackSettings("gate.example", "example.org", null, 0)),
        ["xmpp-server-back"] = () => XmppProtocol.Server.FacingServer(new BackSettings("gate.example", "example.org", "peer.example", 0)),
    };

    private static FrontNegotiator Front(string protocol) => ProtocolList.Find(protocol)!.FacingClient(s_front);

    private static BackNegotiator Back(string protocol) => ProtocolList.Find(protocol)!.FacingBackend(default, greets: true);

    private static BackNegotiator Server(string protocol) =>
        ProtocolList.Find(protocol)!.FacingServer(new BackSettings("gate.example", "mail.example", null, Nonce: 0x0123456789abcdef));
}
