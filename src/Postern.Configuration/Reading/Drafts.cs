using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Reading;

// What was read, before anybody asked whether it fits together: null is "absent, or wrong and said so".

internal sealed class FileDraft
{
    public required ServerDraft Server { get; init; }

    public required IReadOnlyList<CertificateDraft> Certificates { get; init; }

    /// <summary>Gates and outbounds, in the order of the file.</summary>
    public required IReadOnlyList<GateDraft> Gates { get; init; }

    public required PolicyDraft Policy { get; init; }

    public required ResolverDraft Resolver { get; init; }

    public required TlsRptDraft TlsRpt { get; init; }
}

internal sealed class ServerDraft
{
    /// <summary>Null when the file has no [server].</summary>
    public TableReader? Table { get; init; }

    public Setting<Isolation>? Isolation { get; init; }

    public Setting<int>? Workers { get; init; }

    public Setting<string>? User { get; init; }

    public Setting<string>? KeyUser { get; init; }

    public Setting<string>? Control { get; init; }

    public Setting<SandboxDemand>? Sandbox { get; init; }

    public Setting<LogTarget>? Log { get; init; }

    public Setting<string>? HostName { get; init; }

    public Setting<string>? TokenModule { get; init; }

    public Setting<string>? TicketSecret { get; init; }

    public Setting<TimeSpan>? TicketLifetime { get; init; }
}

internal sealed class CertificateDraft
{
    public required string Name { get; init; }

    public required TableReader Table { get; init; }

    public Setting<string>? Chain { get; init; }

    /// <summary>A file.</summary>
    public Setting<string>? Key { get; init; }

    /// <summary>Or a key on a token.</summary>
    public Setting<TokenUri>? Token { get; init; }

    public Setting<string>? KeyPassphraseCredential { get; init; }
}

internal sealed class GateDraft
{
    public required TableReader Table { get; init; }

    public Setting<string>? Name { get; init; }

    public Setting<Protocol>? Protocol { get; init; }

    public SettingList<EndpointAddress>? Listen { get; init; }

    public Setting<TlsMode>? Tls { get; init; }

    public Setting<bool>? AllowPlainRemote { get; init; }

    public SettingList<string>? Certificates { get; init; }

    public Setting<EndpointAddress>? Backend { get; init; }

    public required BackendTlsDraft BackendTls { get; init; }

    /// <summary>Null for a gate.</summary>
    public OutboundDraft? Outbound { get; init; }

    public Setting<ProxyHeader>? ProxyProtocol { get; init; }

    public SettingList<string>? AcceptProxyFrom { get; init; }

    public IReadOnlyList<RouteDraft> Routes { get; init; } = [];

    public SettingList<string>? Alpn { get; init; }

    public Setting<ClientCertificate>? ClientCertificate { get; init; }

    public Setting<string>? ClientCa { get; init; }

    public SettingList<AllowedClient>? ClientAllow { get; init; }

    public Setting<TlsVersion>? MinTls { get; init; }

    public Setting<TruncationAction>? OnTruncation { get; init; }

    public Setting<int>? MaxConnections { get; init; }

    public Setting<int>? MaxConnectionsPerClient { get; init; }

    public Setting<TimeSpan>? HandshakeTimeout { get; init; }

    public Setting<TimeSpan>? NegotiationTimeout { get; init; }

    public Setting<TimeSpan>? IdleTimeout { get; init; }

    /// <summary>The backends that were read, with the table of each: the gate's own first.</summary>
    public IEnumerable<(Setting<EndpointAddress> Backend, TableReader Table)> Backends =>
        Routes.Select(route => (route.Backend, route.Table)).Prepend((Backend, Table)).Where(each => each.Item1 is not null).Select(each => (each.Item1!, each.Item2));

    /// <summary>Some backend is to be looked up in DNS.</summary>
    public bool Discovers => Backends.Any(each => each.Backend.Value.Domain is not null);

    /// <summary>Those that are shown to backends, or to servers in the world.</summary>
    public IEnumerable<Setting<string>> ShownCertificates =>
        (BackendTls.Certificate is { } one ? [one] : (IReadOnlyList<Setting<string>>)[]).Concat(Outbound?.Certificates?.Items ?? []);

    /// <summary>The gate's certificates and those of its routes.</summary>
    public IEnumerable<Setting<string>> AllCertificates =>
        (Certificates?.Items ?? []).Concat(Routes.SelectMany(route => route.Certificates?.Items ?? []));
}

internal sealed class BackendTlsDraft
{
    public Setting<TlsMode>? Mode { get; init; }

    public Setting<string>? Name { get; init; }

    public Setting<BackendTrust>? Trust { get; init; }

    public Setting<TlsVersion>? MinTls { get; init; }

    public SettingList<string>? Alpn { get; init; }

    public Setting<string>? Certificate { get; init; }
}

internal sealed class RouteDraft
{
    public required TableReader Table { get; init; }

    public Setting<string>? Sni { get; init; }

    public Setting<EndpointAddress>? Backend { get; init; }

    public Setting<string>? BackendName { get; init; }

    public SettingList<string>? Certificates { get; init; }
}
