using System.Collections.Immutable;
using System.Globalization;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Policy.Operator;
using Postern.Protocols;
using Postern.Protocols.Smtp;
using Postern.Protocols.Xmpp;

namespace Postern.Configuration;

/// <summary>Turns drafts in which nothing is wrong into settings, with every default filled in.</summary>
internal static class Settlement
{
    public const string DefaultControl = "/run/postern/control.sock";
    public const string DefaultUser = "postern";
    public const string DefaultKeyUser = "postern-keys";
    public const int DefaultMaxConnections = 8192;
    public const int DefaultMaxConnectionsPerClient = 256;

    public static TimeSpan DefaultHandshakeTimeout { get; } = TimeSpan.FromSeconds(15);

    public static TimeSpan DefaultNegotiationTimeout { get; } = TimeSpan.FromSeconds(30);

    public static TimeSpan DefaultTicketLifetime { get; } = TimeSpan.FromHours(1);

    public static PosternSettings Settle(FileDraft file, Machine machine, SourceMap source) => new()
    {
        Server = Settle(file.Server, machine),
        Certificates = [.. file.Certificates.Select(Settle)],
        Gates = [.. file.Gates.Select(gate => Settle(gate, file.TlsRpt))],
        Policy = Settle(file.Policy, source.File),
        Resolver = new ResolverSettings
        {
            TrustedResolver = file.Resolver.TrustAd?.Value,
            Forwarder = file.Resolver.Forward?.Value,
            Anchor = file.Resolver.Anchor?.Value,
        },
        TlsRpt = file.TlsRpt.Table is null ? null : Settle(file.TlsRpt),
        Source = source,
    };

    public static ServerSettings Settle(ServerDraft server, Machine machine) => new()
    {
        Isolation = server.Isolation?.Value ?? Isolation.Worker,

        // A porter only lets in and writes down: one serves all processors' rooms.
        Workers = server.Workers?.Value ?? (server.Isolation?.Value == Isolation.Connection ? 1 : Math.Clamp(machine.Cores, 1, ServerReader.MaxWorkers)),
        User = server.User?.Value ?? DefaultUser,
        KeyUser = server.KeyUser?.Value ?? DefaultKeyUser,
        Sandbox = server.Sandbox?.Value ?? SandboxDemand.Available,
        Control = server.Control?.Value ?? DefaultControl,
        Log = server.Log?.Value ?? (machine.UnderJournal ? LogTarget.Journal : LogTarget.Stderr),
        HostName = server.HostName?.Value ?? machine.HostName,
        TokenModule = server.TokenModule?.Value,
        TicketSecret = server.TicketSecret?.Value,
        TicketLifetime = server.TicketLifetime?.Value ?? DefaultTicketLifetime,
    };

    private static CertificateSettings Settle(CertificateDraft certificate) => new()
    {
        Name = certificate.Name,
        Chain = certificate.Chain!.Value,
        Key = certificate.Key?.Value ?? certificate.Token!.Value.ToString(),
        Token = certificate.Token?.Value,
        KeyPassphraseCredential = certificate.KeyPassphraseCredential?.Value,
    };

    private static GateSettings Settle(GateDraft gate, TlsRptDraft reports)
    {
        Protocol protocol = gate.Protocol!.Value;
        TlsMode tls = gate.Tls!.Value;
        int maxConnections = gate.MaxConnections?.Value ?? DefaultMaxConnections;
        return new GateSettings
        {
            Name = gate.Name!.Value,
            Protocol = protocol.Name,
            Listen = [.. gate.Listen!.Values],
            Tls = tls,
            Certificates = tls == TlsMode.Plain ? [] : Distinct(gate.Certificates),
            Backend = gate.Backend?.Value,
            BackendTls = Settle(gate.BackendTls, gate.Discovers),
            ProxyProtocol = gate.ProxyProtocol?.Value ?? ProxyHeader.None,
            AcceptProxyFrom = [.. gate.AcceptProxyFrom?.Values ?? []],
            Routes = [.. gate.Routes.Select(Settle)],
            Alpn = gate.Alpn is { } alpn ? [.. alpn.Values] : null,
            ClientCertificate = gate.ClientCertificate?.Value ?? ClientCertificate.None,
            ClientCa = gate.ClientCa?.Value,
            ClientAllow = [.. gate.ClientAllow?.Values ?? []],
            MinTls = gate.MinTls?.Value ?? TlsVersion.Tls12,
            OnTruncation = gate.OnTruncation?.Value ?? (protocol.DelimitsMessages ? TruncationAction.Close : TruncationAction.Reset),
            MaxConnections = maxConnections,
            MaxConnectionsPerClient = gate.MaxConnectionsPerClient?.Value ?? DefaultPerClient(gate, maxConnections),
            HandshakeTimeout = gate.HandshakeTimeout?.Value ?? DefaultHandshakeTimeout,
            NegotiationTimeout = gate.NegotiationTimeout?.Value ?? DefaultNegotiationTimeout,
            IdleTimeout = gate.IdleTimeout?.Value,
            Outbound = gate.Outbound is { } outbound ? new OutboundSettings
            {
                Port = protocol is SmtpProtocol ? outbound.Port?.Value ?? OutboundSettings.SmtpPort : 0,
                ReportSender = protocol is XmppProtocol ? "" : reports.From?.Value ?? "",
                Certificates = outbound.Certificates is null ? [] : Distinct(outbound.Certificates),
            } : null,
        };
    }

    /// <summary>All streams of a site to other sites are one client's: its XMPP server has one address, and a connection for each domain.</summary>
    private static int DefaultPerClient(GateDraft gate, int maxConnections) =>
        gate is { Outbound: not null, Protocol.Value: XmppProtocol } ? maxConnections : Math.Min(DefaultMaxConnectionsPerClient, maxConnections);

    /// <param name="tls">What is written.</param>
    /// <param name="discovers">What is discovered has TLS, whether that is written or not.</param>
    private static BackendTlsSettings? Settle(BackendTlsDraft tls, bool discovers) => !discovers && tls.Mode is not { Value: not TlsMode.Plain } ? null : new()
    {
        Mode = tls.Mode?.Value,
        Name = tls.Name?.Value,
        Trust = tls.Trust?.Value ?? BackendTrust.System,

        // What a client signs in TLS 1.2 the key agent does not (docs/protocol/keys.md).
        MinTls = tls.MinTls?.Value ?? (tls.Certificate is null ? TlsVersion.Tls12 : TlsVersion.Tls13),
        Alpn = tls.Alpn is { } alpn ? [.. alpn.Values] : null,
        Certificate = tls.Certificate?.Value,
    };

    private static RouteSettings Settle(RouteDraft route) => new()
    {
        Sni = route.Sni!.Value,
        Backend = route.Backend!.Value,
        BackendName = route.BackendName?.Value,
        Certificates = Distinct(route.Certificates),
    };

    private static PolicySettings Settle(PolicyDraft policy, string file) => new()
    {
        Default = policy.Default?.Value ?? Requirement.None,
        RefusesLoss = policy.RefusesLoss?.Value ?? false,
        Import = [.. policy.Import?.Values ?? []],
        AllowsPrivate = policy.AllowPrivate?.Value ?? false,
        State = policy.State?.Value ?? PolicySettings.DefaultState,
        Rules = [.. policy.Rules.Select(rule => new OperatorRule(rule.Domain!.Value, rule.Require!.Value)
        {
            Pins = [.. rule.Pins?.Values ?? []],
            Hosts = [.. rule.Hosts?.Values ?? []],
            NextHop = rule.NextHop?.Value,
            Expires = rule.Expires?.Value,
            Origin = string.Create(CultureInfo.InvariantCulture, $"{file}:{rule.Table.At.Line}"),
        })],
    };

    private static TlsRptSettings Settle(TlsRptDraft reports) => new()
    {
        Contact = reports.Contact!.Value,
        Organization = reports.Organization?.Value ?? reports.Contact.Value[(reports.Contact.Value.LastIndexOf('@') + 1)..],
        From = reports.From!.Value,
        Relay = reports.Relay?.Value ?? TlsRptSettings.DefaultRelay,
    };

    private static ImmutableArray<string> Distinct(SettingList<string>? names) => [.. names?.Values.Distinct() ?? []];
}
