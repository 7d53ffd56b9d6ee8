using System.Collections.Immutable;
using System.Net;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Engine.Gates;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Tickets;
using Postern.Protocols;
using Postern.Roles.Dialer;
using SocketAddress = Postern.Interop.LibC.SocketAddress;

namespace Postern.Roles.Worker;

/// <summary>Makes the engine's gates of a snapshot: everything that can fail fails here, before the first connection.</summary>
internal static class GateFactory
{
    /// <summary>Null, and why, when OpenSSL refuses what the configuration's validators let through.</summary>
    public static ImmutableArray<Gate>? Build(Snapshot snapshot, KeyAgentLink keys, out string problem)
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
            if (Build(loaded, gates.Count, snapshot.Server, certificates, keys, out problem) is not { } gate)
                return null;
            gates.Add(gate);
        }

        return gates.MoveToImmutable();
    }

    private static Gate? Build(
        LoadedGate loaded, int number, ServerSettings server, Dictionary<string, NamedCertificate> certificates, KeyAgentLink keys, out string problem)
    {
        GateSettings settings = loaded.Settings;
        Protocol protocol = ProtocolList.Find(settings.Protocol)!;
        TlsServer? tls = null;
        problem = "";
        if (settings.Tls != TlsMode.Plain)
        {
            tls = TlsServer.Create(TlsSettings(loaded, server, protocol, certificates, new GateTickets(keys, number)), out problem);
            if (tls is null)
            {
                problem = $"gate {settings.Name}: {problem}";
                return null;
            }
        }

        return new Gate
        {
            Name = settings.Name,
            Number = number,
            Row = loaded.Row,
            Protocol = protocol,
            Tls = settings.Tls,
            TlsServer = tls,
            Backend = Addresses(loaded.Backend),
            RouteBackends = [.. loaded.RouteBackends.Select(Addresses)],
            ProxyOut = (ProxyOut)settings.ProxyProtocol,
            AcceptProxyFrom = new NetworkList([.. settings.AcceptProxyFrom.Select(network => IPNetwork.Parse(network))]),
            ResetOnTruncation = settings.OnTruncation == TruncationAction.Reset,
            MaxConnections = settings.MaxConnections,
            MaxConnectionsPerClient = settings.MaxConnectionsPerClient,
            HandshakeTimeout = (int)settings.HandshakeTimeout.TotalMilliseconds,
            NegotiationTimeout = (int)settings.NegotiationTimeout.TotalMilliseconds,
            IdleTimeout = (int)(settings.IdleTimeout?.TotalMilliseconds ?? 0),
            HostName = server.HostName,
            Front = new FrontSettings(server.HostName, settings.Tls == TlsMode.StartTlsOptional),
        };
    }

    private static TlsServerSettings TlsSettings(
        LoadedGate loaded, ServerSettings server, Protocol protocol, Dictionary<string, NamedCertificate> certificates, ITicketKeySource tickets)
    {
        GateSettings settings = loaded.Settings;
        var names = new ServerNames(
            [.. settings.Certificates.Select(name => certificates[name])],
            [.. settings.Routes.Select(route => new NamedRoute(route.Sni, [.. route.Certificates.Select(name => certificates[name])]))],
            refuseUnrouted: settings.Backend is null);
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
            Tickets = tickets,
            TicketLifetime = (int)server.TicketLifetime.TotalSeconds,
        };
    }

    private static ImmutableArray<SocketAddress> Addresses(ImmutableArray<ResolvedAddress> resolved) =>
        [.. resolved.Select(DialDesk.ToSocketAddress)];
}
