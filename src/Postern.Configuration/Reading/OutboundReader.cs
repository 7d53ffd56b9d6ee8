using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Protocols;
using Postern.Protocols.Lookup;
using Postern.Protocols.Smtp;
using Postern.Protocols.Xmpp;

namespace Postern.Configuration.Reading;

/// <summary>Reads one <c>[[outbound]]</c>: a gate towards clients of our own, with the world in the place of its backend.</summary>
internal static class OutboundReader
{
    /// <summary>Mail, streams between XMPP servers, and two ways for an MTA that does its own TLS to ask for policies.</summary>
    public static ImmutableArray<string> Protocols { get; } =
        [SmtpProtocol.Smtp.Name, XmppProtocol.Server.Name, .. LookupProtocol.All.Select(protocol => protocol.Name)];

    private const int MaxPort = 65535;

    private static readonly ImmutableArray<(string, TlsMode)> TlsModes =
        [("plain", TlsMode.Plain), ("implicit", TlsMode.Implicit), ("starttls", TlsMode.StartTls)];

    public static GateDraft Read(TableReader table, string folder)
    {
        table.CheckKeys(KnownKeys.Outbound);
        Setting<Protocol>? protocol = ReadProtocol(table);
        return new GateDraft
        {
            Table = table,
            Name = GateReader.ReadName(table),
            Protocol = protocol,
            Listen = table.Each("listen", AddressText.Parse),
            Tls = table.Word("tls", TlsModes) ?? TlsOf(protocol, table),
            AllowPlainRemote = table.Flag("allow-plain-remote"),
            Certificates = table.Texts("certificate"),
            BackendTls = new BackendTlsDraft(),
            ClientCertificate = table.Word("client-certificate", GateReader.ClientCertificates),
            ClientCa = table.FilePath("client-ca", folder),
            ClientAllow = table.Each<AllowedClient>("client-allow", ClientIdentityText.Parse),
            MinTls = TlsVersionText.Read(table, "min-tls"),
            MaxConnections = table.Number("max-connections", 1, GateReader.MaxConnections),
            MaxConnectionsPerClient = table.Number("max-connections-per-client", 1, GateReader.MaxConnections),
            HandshakeTimeout = table.Duration("handshake-timeout", GateReader.ShortestStage, GateReader.LongestStage),
            NegotiationTimeout = table.Duration("negotiation-timeout", GateReader.ShortestStage, GateReader.LongestStage),
            IdleTimeout = table.Duration("idle-timeout", GateReader.ShortestIdle, GateReader.LongestIdle),
            Outbound = new OutboundDraft
            {
                AllowOpenRelay = table.Flag("allow-open-relay"),
                Port = table.Number("port", 1, MaxPort),
                Certificates = ReadCertificates(table),
            },
        };
    }

    private static Setting<Protocol>? ReadProtocol(TableReader table)
    {
        if (table.Text("protocol") is not { } word)
            return null;

        if (Protocols.Contains(word.Value))
            return new Setting<Protocol>(LookupProtocol.Find(word.Value) ?? ProtocolList.Find(word.Value)!, word.At);

        // Mail between servers is smtp, and chat xmpp-server: the others are between a client and its own server.
        string wrong = $"expected one of {Quoted.List(Protocols)}, found {Quoted.Word(word.Value)}{NearestWord.Hint(word.Value, Protocols)}";
        table.Problems.Error(word.At, table.Name("protocol"), wrong);
        return null;
    }

    /// <summary>An XMPP server goes to its gate in the clear: it has no STARTTLS to do there, and the certificate of no other domain to look for.</summary>
    private static Setting<TlsMode>? TlsOf(Setting<Protocol>? protocol, TableReader table) =>
        protocol is { Value: XmppProtocol } && !table.Has("tls") ? new Setting<TlsMode>(TlsMode.Plain, table.At) : null;

    /// <summary>One, as a gate has it, or several, of which each is for the domains in it.</summary>
    private static SettingList<string>? ReadCertificates(TableReader table)
    {
        const string Key = "backend-certificate";
        if (!table.IsText(Key))
            return table.Texts(Key);
        return table.Text(Key) is { } one ? new SettingList<string>([one], one.At) : null;
    }
}
