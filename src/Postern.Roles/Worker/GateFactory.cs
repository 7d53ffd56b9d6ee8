using System.Collections.Immutable;
using System.Net;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Engine.Gates;
using Postern.Interop.LibSsl;
using Postern.Protocols;

namespace Postern.Roles.Worker;

/// <summary>Makes the engine's gates of a snapshot: everything that can fail fails here, before the first connection.</summary>
internal static class GateFactory
{
    /// <summary>Null, and why, when OpenSSL refuses what the configuration's validators let through.</summary>
    public static ImmutableArray<Gate>? Build(Snapshot snapshot, out string problem)
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
            if (Build(loaded, gates.Count, snapshot.Server, certificates, out problem) is not { } gate)
                return null;
            gates.Add(gate);
        }

        return gates.MoveToImmutable();
    }

    private static Gate? Build(
        LoadedGate loaded, int number, ServerSettings server, Dictionary<string, NamedCertificate> certificates, out string problem)
    {
        GateSettings settings = loaded.Settings;
        Protocol protocol = ProtocolList.Find(settings.Protocol)!;
        TlsServer? tls = null;
        problem = "";
        if (settings.Tls != TlsMode.Plain)
        {
            tls = TlsServer.Create(TlsSettings(loaded, protocol, certificates), out problem);
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
            Front = new FrontSettings(server.HostName, settings.Tls == TlsMode.StartTlsOptional),
        };
    }

    private static TlsServerSettings TlsSettings(
        LoadedGate loaded, Protocol protocol, Dictionary<string, NamedCertificate> certificates)
    {
        GateSettings settings = loaded.Settings;
        var names = new ServerNames(
            [.. settings.Certificates.Select(name => certificates[name])],
            [.. settings.Routes.Select(route => new NamedRoute(route.Sni, [.. route.Certificates.Select(name => certificates[name])]))],
            refuseUnrouted: settings.Backend is null);
        return new TlsServerSettings
        {
            Gate = settings.Name,
            CertificateSets = names.CertificateSets,
            ServerNames = names,
            Alpn = settings.Alpn ?? protocol.Alpn,
            StrictAlpn = protocol.StrictAlpn || settings.Alpn is not null,
            Tls13Only = settings.MinTls == TlsVersion.Tls13,
            ClientCertificates = (ClientCertificateMode)settings.ClientCertificate,
            ClientCaPem = loaded.ClientCaPem ?? [],
            TicketSecret = loaded.TicketSecret,
        };
    }

    private static ImmutableArray<string> Words(ImmutableArray<ResolvedAddress> resolved) => [.. resolved.Select(address => address.ToString())];
}
