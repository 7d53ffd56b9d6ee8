using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Postern.Engine.Outbound;
using Postern.Engine.Tests.FacingServers;
using Postern.Engine.Tests.Rig;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Service;
using Postern.Protocols;

namespace Postern.Engine.Tests.Outbound;

/// <summary>A plain gate of XMPP that leads out, and the servers of one domain behind it.</summary>
internal sealed class XmppRig : IDisposable
{
    public const string Domain = ServerCertificates.Name;

    public XmppRig(GateOptions? options = null, params ImmutableArray<ServiceTarget> targets)
    {
        Gate = new GateRig((options ?? new GateOptions { Tls = TlsMode.Plain }) with { Protocol = "xmpp-server", OutboundPort = 0 });
        if (!targets.IsEmpty)
            Gate.Services.Answer = new ServiceAnswer(targets, null);
    }

    public GateRig Gate { get; }

    /// <summary>A gate that waits for nobody for long.</summary>
    public static GateOptions Hurried { get; } = new() { Tls = TlsMode.Plain, Times = ServiceTimes.Standard with { Whole = 20_000, Answer = 2_000, Connect = 2_000, Tls = 1_000 } };

    public static Part Part { get; } = Part.All.Single(part => part.Protocol == "xmpp-server");

    /// <summary>The stream's header as the local server says it.</summary>
    public static string Header => Part.Opening;

    public static TlsDemand Encrypted { get; } = new(TlsProof.Encrypted, DnsName.Read(Domain)!);

    public static TlsDemand WebPki { get; } = new(TlsProof.WebPki, DnsName.Read(Domain)!) { Names = [DnsName.Read(Domain)!] };

    /// <summary>3 1 1 of a key; null: of nobody's.</summary>
    public static TlsDemand Dane(X509Certificate2? certificate) => new(TlsProof.Dane, DnsName.Read(Domain)!)
    {
        Names = [DnsName.Read(Domain)!],
        Tlsa = [new TlsaRecord(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha256, certificate is null ? [.. new byte[32]] : [.. ServerCertificates.Pin(certificate)])],
    };

    public static ServiceTarget Target(int port, TlsDemand demand, bool isDirect = false, params string[] addresses) => new()
    {
        Host = DnsName.Read("xmpp.example.test")!,
        Port = port,
        IsDirectTls = isDirect,
        Addresses = [.. (addresses.Length == 0 ? ["127.0.0.1"] : addresses).Select(IPAddress.Parse)],
        Source = PolicySource.Default,
        Demand = demand,
    };

    /// <summary>One that plays the honest part.</summary>
    public static FalseServer Honest(bool isDirect, X509Certificate2? certificate = null) =>
        new(isDirect ? [FalseServer.Tls] : Part.Honest, certificate: certificate) { Chooses = isDirect ? ["xmpp-server"] : [] };

    /// <summary>A port where nobody listens.</summary>
    public static int DeadPort()
    {
        using var server = new FalseServer([]);
        return server.Port;
    }

    /// <summary>A client that has said its header, and behind it what it must not have said to just anybody.</summary>
    public WireClient Say(string header, string behind = "")
    {
        WireClient client = Gate.Connect();
        client.Say(header + behind);
        return client;
    }

    public void Dispose() => Gate.Dispose();
}
