using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Protocols;
using Postern.Protocols.Lookup;
using Postern.Protocols.Smtp;

namespace Postern.Configuration.Reading;

/// <summary>Reads one <c>[[outbound]]</c>: a gate towards clients of our own, with the world in the place of its backend.</summary>
internal static class OutboundReader
{
    /// <summary>Mail, and two ways for an MTA that does its own TLS to ask for policies.</summary>
    public static ImmutableArray<string> Protocols { get; } = [SmtpProtocol.Smtp.Name, .. LookupProtocol.All.Select(protocol => protocol.Name)];

    private const int MaxPort = 65535;

    private static readonly ImmutableArray<(string, TlsMode)> TlsModes =
        [("plain", TlsMode.Plain), ("implicit", TlsMode.Implicit), ("starttls", TlsMode.StartTls)];

    public static GateDraft Read(TableReader table, string folder)
    {
        table.CheckKeys(KnownKeys.Outbound);
        return new GateDraft
        {
            Table = table,
            Name = GateReader.ReadName(table),
            Protocol = ReadProtocol(table),
            Listen = table.Each("listen", AddressText.Parse),
            Tls = table.Word("tls", TlsModes),
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
            },
        };
    }

    private static Setting<Protocol>? ReadProtocol(TableReader table)
    {
        if (table.Text("protocol") is not { } word)
            return null;

        if (Protocols.Contains(word.Value))
            return new Setting<Protocol>(LookupProtocol.Find(word.Value) ?? ProtocolList.Find(word.Value)!, word.At);

        // Mail between servers is smtp: the others are between a client and its own server. XMPP has servers that talk to each other.
        string wrong = word.Value == "xmpp-server"
            ? ThisVersion.Lacks("\"xmpp-server\" of an [[outbound]]") + $": expected one of {Quoted.List(Protocols)}"
            : $"expected one of {Quoted.List(Protocols)}, found {Quoted.Word(word.Value)}{NearestWord.Hint(word.Value, Protocols)}";
        table.Problems.Error(word.At, table.Name("protocol"), wrong);
        return null;
    }
}
