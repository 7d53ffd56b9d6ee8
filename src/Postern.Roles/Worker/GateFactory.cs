using System.Collections.Immutable;
using System.Net;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Engine.Gates;
using Postern.Engine.Outbound;
using Postern.Engine.Upstream;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Tickets;
using Postern.Protocols;
using Postern.Protocols.Lookup;
using Postern.Protocols.Xmpp;

namespace Postern.Roles.Worker;

/// <summary>Makes the engine's gates of a snapshot: everything that can fail fails here, before the first connection.</summary>
internal static class GateFactory
{
    /// <summary>For a porter: all of a gate but what a handshake needs.</summary>
    public static ImmutableArray<Gate> WithoutTls(Snapshot snapshot) =>
        [.. snapshot.Gates.Select((loaded, number) => Build(loaded, number, snapshot, tls: null, backendTls: null))];

    /// <summary>Null, and why, when OpenSSL refuses what the configuration's validators let through.</summary>
    public static ImmutableArray<Gate>? Build(Snapshot snapshot, KeyAgentLink keys, out string problem) =>
        Build(snapshot, number => new GateTickets(keys, number), out problem);

    /// <summary>For rooms: a ticket key in one would open the sessions of all others (docs/adr/0017-rooms.md).</summary>
    public static ImmutableArray<Gate>? WithoutTickets(Snapshot snapshot, out string problem) => Build(snapshot, _ => null, out problem);

    private static ImmutableArray<Gate>? Build(Snapshot snapshot, Func<int, ITicketKeySource?> tickets, out string problem)
    {
        // A key's number is its certificate's place: KeySnapshot.Keys has the same order.
        Dictionary<string, NamedCertificate> certificates = snapshot.Certificates.Select((certificate, number) => (certificate, number)).ToDictionary(
            numbered => numbered.certificate.Name,
            numbered => new NamedCertificate(
                new TlsCertificate(numbered.certificate.ChainPem, numbered.number), numbered.certificate.DnsNames, numbered.certificate.KeyType),
            StringComparer.Ordinal);

        problem = "";
        ImmutableArray<Gate>.Builder gates = ImmutableArray.CreateBuilder<Gate>(snapshot.Gates.Length);
        foreach (LoadedGate loaded in snapshot.Gates)
        {
            TlsServer? tls = null;
            if (loaded.Settings.Tls != TlsMode.Plain
                && (tls = TlsServer.Create(TlsSettings(loaded, snapshot.Server, certificates, tickets(gates.Count)), out problem)) is null)
            {
                problem = $"gate {loaded.Settings.Name}: {problem}";
                return null;
            }

            BackendTls? backendTls = null;
            if (loaded.BackendTls is { } back && (backendTls = NewBackendTls(back, snapshot, certificates, out problem)) is null)
            {
                problem = $"gate {loaded.Settings.Name}, towards its backend: {problem}";
                return null;
            }

            OutboundGate? outbound = null;
            if (loaded.Settings.Outbound is { } settings && (outbound = NewOutbound(loaded.Settings, settings, snapshot, certificates, out problem)) is null)
            {
                problem = $"outbound {loaded.Settings.Name}: {problem}";
                return null;
            }

            gates.Add(Build(loaded, gates.Count, snapshot, tls, backendTls, outbound));
        }

        return gates.MoveToImmutable();
    }

    private static BackendTls? NewBackendTls(
        LoadedBackendTls back, Snapshot snapshot, Dictionary<string, NamedCertificate> certificates, out string problem)
    {
        TlsClientSettings settings = back.ClientSettings(snapshot.SystemTrustPem, back.Certificate is null ? null : certificates[back.Certificate].Pem);
        return TlsClient.Create(settings, out problem) is { } client
            ? new BackendTls(client, back.Modes, back.Names) { Dane = back.IsDane ? new HopVerifier(client) : null }
            : null;
    }

    /// <summary>The system's authorities: what else a host may show, its case brings along (TLSA records, pins).</summary>
    private static OutboundGate? NewOutbound(
        GateSettings gate, OutboundSettings settings, Snapshot snapshot, Dictionary<string, NamedCertificate> certificates, out string problem)
    {
        if (NewVerifier(gate, snapshot, certificate: null, out problem) is not { } verifier)
            return null;

        ImmutableArray<ShownIdentity>.Builder identities = ImmutableArray.CreateBuilder<ShownIdentity>(settings.Certificates.Length);
        foreach (string name in settings.Certificates)
        {
            NamedCertificate certificate = certificates[name];
            if (NewVerifier(gate, snapshot, certificate.Pem, out problem) is not { } shows)
                return null;
            identities.Add(new ShownIdentity(certificate.Names, shows));
        }

        return new OutboundGate(settings.Port, verifier) { ReportSender = settings.ReportSender, Identities = identities.MoveToImmutable() };
    }

    private static HopVerifier? NewVerifier(GateSettings gate, Snapshot snapshot, TlsCertificate? certificate, out string problem)
    {
        var settings = new TlsClientSettings
        {
            TrustPem = snapshot.SystemTrustPem,
            Tls13Only = false,

            // XEP-0368 wants it of direct TLS. Mail has no name in ALPN.
            Alpn = gate.Protocol == XmppProtocol.Server.Name ? XmppProtocol.Server.Alpn : [],
            Certificate = certificate,

            // What a client signs in TLS 1.2 the key agent does not (docs/protocol/keys.md); such a server knows us by dialback.
            CertificateInTls13Only = true,
        };
        return TlsClient.Create(settings, out problem) is { } client ? new HopVerifier(client) : null;
    }

    private static Gate Build(LoadedGate loaded, int number, Snapshot snapshot, TlsServer? tls, BackendTls? backendTls, OutboundGate? outbound = null)
    {
        ServerSettings server = snapshot.Server;
        GateSettings settings = loaded.Settings;
        return new Gate
        {
            Name = settings.Name,
            Number = number,
            Row = loaded.Row,
            Protocol = LookupProtocol.Find(settings.Protocol) ?? ProtocolList.Find(settings.Protocol)!,
            Tls = settings.Tls,
            TlsServer = tls,
            BackendTls = backendTls,
            Outbound = outbound,
            Backend = Words(loaded.Backend),
            RouteBackends = [.. loaded.RouteBackends.Select(Words)],
            ProxyOut = (ProxyOut)settings.ProxyProtocol,
            AcceptProxyFrom = new NetworkList([.. settings.AcceptProxyFrom.Select(network => IPNetwork.Parse(network))]),
            ResetOnTruncation = settings.OnTruncation == TruncationAction.Reset,
            MaxConnections = settings.MaxConnections,
            MaxConnectionsPerClient = settings.MaxConnectionsPerClient,
            HandshakeTimeout = (int)settings.HandshakeTimeout.TotalMilliseconds,
            NegotiationTimeout = (int)settings.NegotiationTimeout.TotalMilliseconds,
            IdleTimeout = (int)(settings.IdleTimeout?.TotalMilliseconds ?? 0),
            HostName = server.HostName,
            Front = new FrontSettings(server.HostName, settings.Tls == TlsMode.StartTlsOptional, Domains: Domains(settings, snapshot), Nonce: RandomNumber.Draw),
        };
    }

    /// <summary>Whom a client may ask for before TLS: those for whom there is a certificate; of an outbound, anybody in the world.</summary>
    private static ImmutableArray<string> Domains(GateSettings settings, Snapshot snapshot)
    {
        if (settings.Outbound is not null)
            return [];

        HashSet<string> used = [.. settings.Certificates.Concat(settings.Routes.SelectMany(route => route.Certificates))];
        return [.. snapshot.Certificates.Where(certificate => used.Contains(certificate.Name)).SelectMany(certificate => certificate.DnsNames).Distinct()];
    }

    private static TlsServerSettings TlsSettings(
        LoadedGate loaded, ServerSettings server, Dictionary<string, NamedCertificate> certificates, ITicketKeySource? tickets)
    {
        GateSettings settings = loaded.Settings;
        Protocol protocol = ProtocolList.Find(settings.Protocol)!;
        var names = new ServerNames(
            [.. settings.Certificates.Select(name => certificates[name])],
            [.. settings.Routes.Select(route => new NamedRoute(route.Sni, [.. route.Certificates.Select(name => certificates[name])]))],
            refuseUnrouted: settings.Backend is null && settings.Outbound is null);
        return new TlsServerSettings
        {
            SessionPolicy = loaded.SessionPolicies[0],
            CertificateSets = names.CertificateSets,
            ServerNames = names,
            Alpn = settings.Alpn ?? protocol.Alpn,
            StrictAlpn = protocol.StrictAlpn || settings.Alpn is not null,
            Tls13Only = settings.MinTls == TlsVersion.Tls13,
            ClientCertificates = (ClientCertificateMode)settings.ClientCertificate,
            ClientCaPem = loaded.ClientCaPem ?? [],
            ClientsAreServers = protocol.ClientsAreServers,
            ClientAllowList = settings.ClientAllow.IsEmpty ? null : new ClientAllowList([.. settings.ClientAllow.Select(ToIdentity)]),
            Tickets = tickets,
            TicketLifetime = (int)server.TicketLifetime.TotalSeconds,
        };
    }

    private static ClientIdentity ToIdentity(AllowedClient client) => new(
        client.Kind switch
        {
            "dns" => ClientIdentityKind.Dns,
            "email" => ClientIdentityKind.Email,
            "uri" => ClientIdentityKind.Uri,
            "ip" => ClientIdentityKind.Address,
            _ => ClientIdentityKind.Fingerprint,
        },
        client.Value);

    private static ImmutableArray<string> Words(ImmutableArray<ResolvedAddress> resolved) => [.. resolved.Select(address => address.ToString())];
}
