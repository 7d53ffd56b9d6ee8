using System.Collections.Immutable;
using System.Text;
using Postern.Protocols;
using Postern.Protocols.Imap;
using Postern.Protocols.Ldap;
using Postern.Protocols.Nntp;
using Postern.Protocols.Pop3;
using Postern.Protocols.Postgres;
using Postern.Protocols.Sieve;
using Postern.Protocols.Smtp;
using Postern.Protocols.Smtp.Outbound;
using Postern.Protocols.Xmpp;

namespace Postern.Fuzz;

/// <summary>Which side of the dialogue we are, and so whose words are the input.</summary>
public enum Side
{
    FacingClient,
    FacingBackend,
}

/// <summary>One negotiator of this Postern, under the name that its scripts and its corpus have.</summary>
public sealed record Target(string Name, Side Side, Func<Negotiator> Make)
{
    public const string HostName = "gate.example";

    /// <summary>Not null: it is no dialogue but a reader of whole inputs, which throws when what it promises does not hold.</summary>
    public Func<byte[], Outcome>? Read { get; init; }

    /// <summary>What a client of an optional-TLS gate said to us, and we say to the backend.</summary>
    public const string Replay = "EHLO client.example\r\n";

    /// <summary>What no server can guess, but these scripts know: the tags of IMAP are made of it.</summary>
    private const ulong Nonce = 0x0123456789abcdef;

    /// <summary>What the backend of the optional-TLS gate offers.</summary>
    public static ImmutableArray<string> Extensions { get; } = ["PIPELINING", "SIZE 10240000", "SMTPUTF8"];

    /// <summary>A gate with certificates for some domains, whose streams all have the same id.</summary>
    private static FrontSettings Xmpp { get; } = new(HostName, Domains: ["example.org", "*.rooms.example", "xn--bcher-kva.example"], Nonce: () => 0xc0ffee);

    public static ImmutableArray<Target> All { get; } =
    [
        Front("smtp", SmtpProtocol.Smtp),
        new("smtp-optional", Side.FacingClient,
            () => SmtpProtocol.Smtp.FacingClient(new FrontSettings(HostName, PlainAllowed: true, Extensions))),
        Front("submission", SmtpProtocol.Submission),
        Front("lmtp", SmtpProtocol.Lmtp),
        Front("imap", ImapProtocol.Instance),
        Front("pop3", Pop3Protocol.Instance),
        Front("sieve", SieveProtocol.Instance),
        Back("smtp-greeting", SmtpProtocol.Smtp, ""),
        Back("smtp-replay", SmtpProtocol.Smtp, Replay),
        new("smtp-probe", Side.FacingBackend, () => SmtpProtocol.Smtp.ProbeBackend(HostName, greets: true)!),
        Back("imap-greeting", ImapProtocol.Instance, ""),
        Back("pop3-greeting", Pop3Protocol.Instance, ""),
        Back("sieve-greeting", SieveProtocol.Instance, ""),
        Server("smtp-back", SmtpProtocol.Smtp),
        Server("lmtp-back", SmtpProtocol.Lmtp),
        Hop("smtp-hop", HopTls.IfOffered),
        Hop("smtp-hop-required", HopTls.Required),
        Hop("smtp-hop-inside", HopTls.Inside),
        Server("imap-back", ImapProtocol.Instance),
        Server("pop3-back", Pop3Protocol.Instance),
        Server("sieve-back", SieveProtocol.Instance),
        Front("nntp", NntpProtocol.Instance),
        Back("nntp-greeting", NntpProtocol.Instance, ""),
        Server("nntp-back", NntpProtocol.Instance),
        Front("ldap", LdapProtocol.Instance),
        Server("ldap-back", LdapProtocol.Instance),
        Front("postgres", PostgresProtocol.Instance),
        new("postgres-words", Side.FacingClient, () => PostgresProtocol.Instance.FirstWords(new FrontSettings(HostName), TlsMode.Plain, TlsMode.StartTls)!),
        Server("postgres-back", PostgresProtocol.Instance),
        new("xmpp-client", Side.FacingClient, () => XmppProtocol.Client.FacingClient(Xmpp)),
        new("xmpp-server", Side.FacingClient, () => XmppProtocol.Server.FacingClient(Xmpp)),
        new("xmpp-client-words", Side.FacingClient, () => XmppProtocol.Client.FirstWords(Xmpp, TlsMode.Implicit, TlsMode.StartTls)!),
        new("xmpp-server-words", Side.FacingClient, () => XmppProtocol.Server.FirstWords(Xmpp, TlsMode.Implicit, TlsMode.StartTls)!),
        new("xmpp-client-back", Side.FacingBackend, () => XmppProtocol.Client.FacingServer(new BackSettings(HostName, "example.org", null, 0))),
        new("xmpp-server-back", Side.FacingBackend, () => XmppProtocol.Server.FacingServer(new BackSettings(HostName, "example.org", "peer.example", 0))),
    ];

    /// <summary>What is fuzzed: all negotiators, and the readers, which have tables of their own in place of scripts.</summary>
    public static ImmutableArray<Target> Fuzzed { get; } =
        [.. All, new("proxy-header", Side.FacingClient, () => new ProxyHeaderTarget()), .. OutboundTarget.All, .. PolicyTargets.All];

    public static Target Find(string name) => Fuzzed.Single(target => target.Name == name);

    public override string ToString() => Name;

    private static Target Front(string name, Protocol protocol) =>
        new(name, Side.FacingClient, () => protocol.FacingClient(new FrontSettings(HostName)));

    private static Target Back(string name, Protocol protocol, string replay) =>
        new(name, Side.FacingBackend, () => protocol.FacingBackend(Encoding.ASCII.GetBytes(replay), greets: true));

    private static Target Hop(string name, HopTls tls) => new(name, Side.FacingBackend, () => new HopHello(HostName, tls));

    private static Target Server(string name, Protocol protocol) =>
        new(name, Side.FacingBackend, () => protocol.FacingServer(new BackSettings(HostName, "mail.example", null, Nonce)));
}
