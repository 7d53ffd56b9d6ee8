using System.Collections.Immutable;
using System.Net;
using Postern.Configuration.Reading;
using Postern.Protocols;
using Postern.Protocols.Xmpp;

namespace Postern.Configuration.Settings;

/// <summary><c>[[gate]]</c> or <c>[[outbound]]</c></summary>
public sealed record GateSettings
{
    /// <summary>Its table in the file, as problems name it: <c>gate[imaps]</c>, <c>outbound[relay]</c>.</summary>
    public string Key => Outbound is null ? $"gate[{Name}]" : $"outbound[{Name}]";

    public required string Name { get; init; }

    /// <summary>The protocol's word, one of <see cref="ProtocolList"/>.</summary>
    public required string Protocol { get; init; }

    public required ImmutableArray<EndpointAddress> Listen { get; init; }

    public required TlsMode Tls { get; init; }

    /// <summary>Names of certificates, in the operator's order; empty only when <see cref="Tls"/> is plain.</summary>
    public required ImmutableArray<string> Certificates { get; init; }

    /// <summary>Null when every connection is routed, and of an outbound.</summary>
    public EndpointAddress? Backend { get; init; }

    /// <summary>Null where backends speak plain text.</summary>
    public BackendTlsSettings? BackendTls { get; init; }

    /// <summary>Not null for an <c>[[outbound]]</c>: behind it is the world, and it has no backend.</summary>
    public OutboundSettings? Outbound { get; init; }

    /// <summary>An outbound whose hosts SRV names: those of other XMPP servers.</summary>
    public bool LeadsToServices => Outbound is not null && Protocol == XmppProtocol.Server.Name;

    /// <summary>Mail goes out by it, or is asked about.</summary>
    public bool SendsMail => Outbound is not null && !LeadsToServices;

    /// <summary>Names of the certificates that are shown to backends, or to servers in the world.</summary>
    public IEnumerable<string> ShownCertificates => (BackendTls?.Certificate is { } one ? [one] : (ImmutableArray<string>)[]).Concat(Outbound?.Certificates ?? []);

    public required ProxyHeader ProxyProtocol { get; init; }

    /// <summary>Networks ("192.0.2.0/24") that must send a PROXY header; nobody else may.</summary>
    public required ImmutableArray<string> AcceptProxyFrom { get; init; }

    public required ImmutableArray<RouteSettings> Routes { get; init; }

    /// <summary>ALPN identifiers accepted; null: the protocol's registered ones.</summary>
    public ImmutableArray<string>? Alpn { get; init; }

    public required ClientCertificate ClientCertificate { get; init; }

    /// <summary>PEM file of the authorities that client certificates are verified against.</summary>
    public string? ClientCa { get; init; }

    /// <summary>Which of the clients that verify are let in; empty: all.</summary>
    public ImmutableArray<AllowedClient> ClientAllow { get; init; } = [];

    public required TlsVersion MinTls { get; init; }

    public required TruncationAction OnTruncation { get; init; }

    public required int MaxConnections { get; init; }

    public required int MaxConnectionsPerClient { get; init; }

    public required TimeSpan HandshakeTimeout { get; init; }

    public required TimeSpan NegotiationTimeout { get; init; }

    /// <summary>Null: none, as the operator set none (IMAP IDLE is silent for hours).</summary>
    public TimeSpan? IdleTimeout { get; init; }
}

/// <summary>What only an <c>[[outbound]]</c> has.</summary>
public sealed record OutboundSettings
{
    public const int SmtpPort = 25;

    /// <summary>The port of the hosts that mail goes to; 0 where none does (policy maps), and where the DNS says it (XMPP).</summary>
    public int Port { get; init; } = SmtpPort;

    /// <summary>Names of certificates: each is shown to servers for the domains in it. Empty: none is.</summary>
    public ImmutableArray<string> Certificates { get; init; } = [];

    /// <summary>The address that reports on TLS come from; empty: none are sent.</summary>
    public string ReportSender { get; init; } = "";
}

/// <summary>One entry of <c>route</c>: connections whose SNI is this name (or matches this wildcard).</summary>
public sealed record RouteSettings
{
    public required string Sni { get; init; }

    public required EndpointAddress Backend { get; init; }

    /// <summary>The reference identifier of this backend; null: its host, or the domain that is asked.</summary>
    public string? BackendName { get; init; }

    /// <summary>Empty: the gate's own.</summary>
    public required ImmutableArray<string> Certificates { get; init; }
}

/// <summary>
/// "host:port", "[v6]:port", "unix:/path", or of a backend "discover:domain", taken apart. Either a path, or a host and a port, or
/// a domain.
/// </summary>
public sealed record EndpointAddress
{
    /// <summary>The domain, in lower case, whose server is looked up in DNS; null where an address is written.</summary>
    public string? Domain { get; init; }

    /// <summary>Path of a unix socket; null for TCP.</summary>
    public string? Path { get; init; }

    /// <summary>Host name or literal address, without brackets; null for a unix socket and a domain.</summary>
    public string? Host { get; init; }

    public int Port { get; init; }

    /// <summary>Who listens here is reached from this machine alone.</summary>
    public bool IsLocal => Path is not null || Host == "localhost" || (AddressText.TryIp(Host) is { } address && IPAddress.IsLoopback(address));

    public override string ToString() =>
        Path is not null ? "unix:" + Path
        : Domain is not null ? "discover:" + Domain
        : Host!.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

public enum ProxyHeader
{
    None,
    V1,
    V2,
}

public enum ClientCertificate
{
    None,
    Request,
    Require,
}

public enum TlsVersion
{
    Tls12,
    Tls13,
}

public enum TruncationAction
{
    /// <summary>RST to the other side: a truncation is never hidden.</summary>
    Reset,

    /// <summary>FIN: the protocol delimits its own messages.</summary>
    Close,
}
