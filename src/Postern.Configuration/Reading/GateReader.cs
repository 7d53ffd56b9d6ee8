using System.Collections.Immutable;
using System.Text;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Reading;

/// <summary>Reads one <c>[[gate]]</c>: each value for itself; whether they fit together is the rules' business.</summary>
internal static class GateReader
{
    public const int MaxConnections = 1_000_000;

    private const int MaxAlpnBytes = 255;

    public static readonly TimeSpan ShortestStage = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan LongestStage = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan ShortestIdle = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LongestIdle = TimeSpan.FromDays(7);

    private static readonly ImmutableArray<(string, TlsMode)> TlsModes =
    [
        ("implicit", TlsMode.Implicit), ("starttls", TlsMode.StartTls),
        ("starttls-optional", TlsMode.StartTlsOptional), ("plain", TlsMode.Plain),
    ];

    private static readonly ImmutableArray<(string, ProxyHeader)> ProxyHeaders =
        [("none", ProxyHeader.None), ("v1", ProxyHeader.V1), ("v2", ProxyHeader.V2)];

    public static readonly ImmutableArray<(string, ClientCertificate)> ClientCertificates =
        [("none", ClientCertificate.None), ("request", ClientCertificate.Request), ("require", ClientCertificate.Require)];

    private static readonly ImmutableArray<(string, TruncationAction)> Truncations =
        [("reset", TruncationAction.Reset), ("close", TruncationAction.Close)];

    public static GateDraft Read(TableReader table, string folder)
    {
        table.CheckKeys(KnownKeys.Gate);
        return new GateDraft
        {
            Table = table,
            Name = ReadName(table),
            Protocol = ReadProtocol(table),
            Listen = table.Each("listen", AddressText.Parse),
            Tls = table.Word("tls", TlsModes),
            AllowPlainRemote = table.Flag("allow-plain-remote"),
            Certificates = table.Texts("certificate"),
            Backend = table.Parsed<EndpointAddress>("backend", BackendText.Parse),
            BackendTls = BackendTlsReader.Read(table, folder),
            ProxyProtocol = table.Word("proxy-protocol", ProxyHeaders),
            AcceptProxyFrom = table.Each("accept-proxy-from", NetworkText.Parse),
            Routes = [.. (table.Tables("route") ?? []).Select(RouteReader.Read)],
            Alpn = table.Each<string>("alpn", ParseAlpn),
            ClientCertificate = table.Word("client-certificate", ClientCertificates),
            ClientCa = table.FilePath("client-ca", folder),
            ClientAllow = table.Each<AllowedClient>("client-allow", ClientIdentityText.Parse),
            MinTls = TlsVersionText.Read(table, "min-tls"),
            OnTruncation = table.Word("on-truncation", Truncations),
            MaxConnections = table.Number("max-connections", 1, MaxConnections),
            MaxConnectionsPerClient = table.Number("max-connections-per-client", 1, MaxConnections),
            HandshakeTimeout = table.Duration("handshake-timeout", ShortestStage, LongestStage),
            NegotiationTimeout = table.Duration("negotiation-timeout", ShortestStage, LongestStage),
            IdleTimeout = table.Duration("idle-timeout", ShortestIdle, LongestIdle),
        };
    }

    public static Setting<string>? ReadName(TableReader table)
    {
        if (table.Text("name") is not { } name)
            return null;

        if (Names.IsName(name.Value))
            return name;

        table.Problems.Error(name.At, table.Name("name"), Names.Wrong(name.Value));
        return null;
    }

    private static Setting<Protocol>? ReadProtocol(TableReader table)
    {
        if (table.Text("protocol") is not { } word)
            return null;

        if (ProtocolList.Find(word.Value) is { } protocol)
            return new Setting<Protocol>(protocol, word.At);

        string key = table.Name("protocol");
        IEnumerable<string> known = ProtocolList.All.Select(each => each.Name);
        table.Problems.Error(word.At, key, $"unknown protocol {Quoted.Word(word.Value)}{ProtocolHint(word.Value, known)}");
        return null;
    }

    // The names of the ports with TLS are what most people write first.
    private static string ProtocolHint(string word, IEnumerable<string> known) => word switch
    {
        "imaps" or "pop3s" or "smtps" => $"; did you mean protocol = \"{word[..^1]}\" with tls = \"implicit\"?",
        "submissions" => "; did you mean protocol = \"submission\" with tls = \"implicit\"?",
        "managesieve" => "; did you mean 'sieve'?",
        "ldaps" or "nntps" => $"; did you mean protocol = \"{word[..^1]}\" with tls = \"implicit\"?",
        "postgresql" => "; did you mean 'postgres'?",
        "xmpp" => "; did you mean 'xmpp-client' or 'xmpp-server'?",
        _ when NearestWord.Hint(word, known) is { Length: > 0 } hint => hint,
        _ => $": expected one of {Quoted.List(known)}",
    };

    // RFC 7301 §3.1: ProtocolName<1..2^8-1>.
    public static string? ParseAlpn(string text, out string wrong)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        wrong = length is 0 or > MaxAlpnBytes ? $"{Quoted.Word(text)}: an ALPN name has 1 to {MaxAlpnBytes} bytes, this one has {length}" : "";
        return wrong.Length == 0 ? text : null;
    }
}
