using System.Collections.Immutable;
using Postern.EndToEnd.Rigs;

namespace Postern.EndToEnd.Scenarios.Outbound;

/// <summary>A domain, how its server stands in the DNS, and what becomes of a stream to it.</summary>
/// <param name="Row">What it shows.</param>
/// <param name="Domain">Below <c>test.</c></param>
/// <param name="Records">Of its zone, relative to its name; <see cref="XmppWorld"/> fills in what it names with @.</param>
/// <param name="Over">Over what it goes: the chief name of the host that was verified and how, or "not authenticated"; empty: it does not go.</param>
/// <param name="Refusal">What its user hears: the stream error, and the beginning of its text; empty: nothing.</param>
internal sealed record XmppScene(string Row, string Domain, string Records, string Over, string Refusal)
{
    public Delegation Delegation { get; init; } = Delegation.Within;

    /// <summary>The server has another's certificate for it.</summary>
    public bool ShowsAnother { get; init; }

    public override string ToString() => $"{Row} ({Domain})";
}

/// <summary>XMPP between servers by SRV and DANE (RFC 6120 §3.2, RFC 7673, RFC 7712, XEP-0368), by case, and those who attack it.</summary>
internal static class XmppScenes
{
    /// <summary>Of these the operator demands a trusted certificate; the second does not have it.</summary>
    public const string Trusted = "trusted.test";

    /// <inheritdoc cref="Trusted"/>
    public const string Untrusted = "untrusted.test";

    /// <summary>For a test of its own: nobody has asked for it before.</summary>
    public const string Late = "late.test";

    /// <summary>For a test of its own: by dialback.</summary>
    public const string Called = "called.test";

    /// <summary>For a test of its own: while there is no gate.</summary>
    public const string Alone = "alone.test";

    /// <summary>For a test of its own: a Component writes there.</summary>
    public const string Forwarded = "forwarded.test";

    /// <summary>For a test of its own: another module knows a way past the gate.</summary>
    public const string Aside = "aside.test";

    /// <summary>For a test of its own: of a Prosody that is told of no gate.</summary>
    public const string Untold = "untold.test";

    private const string NoServer = "host-unknown (gate.example.test finds no server of that domain: ";
    private const string NotNow = "remote-connection-failed (gate.example.test cannot reach a server of that domain now: ";
    private const string NotThese = "policy-violation (gate.example.test does not talk to the servers of that domain: ";
    private const string Anybody = "not authenticated";
    private const string StartTls = "_xmpp-server._tcp SRV 0 0 @starttls server\nserver A " + XmppWorld.Server;
    private const string Direct = "_xmpps-server._tcp SRV 0 0 @direct server\nserver A " + XmppWorld.Server;
    private const string Right = "\n_@starttls._tcp.server TLSA 3 1 1 @right\n_@direct._tcp.server TLSA 3 1 1 @right";
    private const string Wrong = "\n_@starttls._tcp.server TLSA 3 1 1 @wrong\n_@direct._tcp.server TLSA 3 1 1 @wrong";

    public static ImmutableArray<XmppScene> All { get; } =
    [
        // How it is found.
        Delivered("STARTTLS", "starttls.test", StartTls + Right, "server.starttls.test dane"),
        Delivered("TLS at once", "direct.test", Direct + Right, "server.direct.test dane"),
        Delivered("the first is away", "second.test", $"_xmpps-server._tcp SRV 1 0 5270 away\naway A {XmppWorld.Away}\n_xmpp-server._tcp SRV 2 0 @starttls server\nserver A {XmppWorld.Server}" + Right, "server.second.test dane"),
        Delivered("no SRV: port 5269, a gate of Postern's", "bare.test", "@ A " + XmppWorld.Gated, Anybody),
        Delivered("a gate of Postern's, TLS at once", "gated.test", $"_xmpps-server._tcp SRV 0 0 {XmppWorld.XmppPort} server\nserver A {XmppWorld.Gated}\n_{XmppWorld.XmppPort}._tcp.server TLSA 3 1 1 @right", "server.gated.test dane"),
        Refused("no such service", "none.test", "_xmpp-server._tcp SRV 0 0 0 .\n_xmpps-server._tcp SRV 0 0 0 .\n@ A " + XmppWorld.Gated, NoServer + "none.test says that it has no XMPP server"),
        Refused("no such domain", "nothing.test", "", NoServer + "nothing.test does not exist)"),
        Refused("a private address", "private.test", "_xmpp-server._tcp SRV 0 0 @starttls server\nserver A 127.0.0.1", NotNow + "server.private.test:@starttls for private.test: it has addresses of private networks only)"),
        Refused("a public address of this machine", "own.test", $"_xmpp-server._tcp SRV 0 0 {XmppWorld.XmppPort} server\nserver A {OwnNetwork.OwnAddress}", NotNow + $"server.own.test[{OwnNetwork.OwnAddress}]:{XmppWorld.XmppPort}: it is an address of this machine)"),
        Refused("nobody is there", "away.test", $"_xmpp-server._tcp SRV 0 0 5269 server\nserver A {XmppWorld.Away}", NotNow + $"server.away.test[{XmppWorld.Away}]:5269: Connection refused)"),

        // What it has to show.
        Refused("no match", "wrong.test", StartTls + Wrong, NotThese + $"server.wrong.test[{XmppWorld.Server}]:@starttls: matches no TLSA record"),
        Refused("no match, TLS at once", "wrong-direct.test", Direct + Wrong, NotThese + $"server.wrong-direct.test[{XmppWorld.Server}]:@direct: matches no TLSA record"),
        Delivered("the zone is not signed: no DANE", "unsigned.test", StartTls + Wrong, Anybody) with { Delegation = Delegation.Unsigned },
        Refused("the zone is bogus", "bogus.test", StartTls + Right, NotNow + "the XMPP servers of bogus.test cannot be looked up (bogus))") with { Delegation = Delegation.WrongDs },
        Delivered("the operator demands a trusted certificate", Trusted, StartTls, Trusted + " webpki") with { Delegation = Delegation.Unsigned },
        Refused("and it is another's", Untrusted, StartTls, NotThese + $"server.untrusted.test[{XmppWorld.Server}]:@starttls: hostname mismatch") with { Delegation = Delegation.Unsigned, ShowsAnother = true },
        Delivered("another's, and nobody demands anything", "another.test", StartTls, Anybody) with { Delegation = Delegation.Unsigned, ShowsAnother = true },

        // Between servers there is no XMPP in the clear (RFC 7590 §3.4).
        Refused("somebody strips STARTTLS", "stripped.test", "@ A " + XmppWorld.Stripped, NotThese + $"stripped.test[{XmppWorld.Stripped}]:5269: does not start TLS)") with { Delegation = Delegation.Unsigned },
        Refused("somebody strips STARTTLS, its key published", "stripped-dane.test", $"_xmpp-server._tcp SRV 0 0 {XmppWorld.XmppPort} server\nserver A {XmppWorld.Stripped}\n_{XmppWorld.XmppPort}._tcp.server TLSA 3 1 1 @right", NotThese + $"server.stripped-dane.test[{XmppWorld.Stripped}]:5269: does not start TLS)"),
    ];

    /// <summary>Of single tests.</summary>
    public static ImmutableArray<XmppScene> Others { get; } =
    [
        Delivered("the resolver was away", Late, StartTls + Right, $"server.{Late} dane"),
        Delivered("by dialback", Called, StartTls + Right, $"server.{Called} dane"),
        Delivered("the gate was away", Alone, StartTls + Right, $"server.{Alone} dane"),
        Delivered("from a Component", Forwarded, StartTls + Right, $"server.{Forwarded} dane"),
        Refused("led past the gate", Aside, StartTls + Right, "it was not on its way to the outbound gate"),
        Refused("no gate is named", Untold, StartTls + Right, "the setting postern_outbound names no gate"),
    ];

    private static XmppScene Delivered(string row, string domain, string records, string over) => new(row, domain, records, over, "");

    private static XmppScene Refused(string row, string domain, string records, string refusal) => new(row, domain, records, "", refusal);
}
