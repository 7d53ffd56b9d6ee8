using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Postern.Engine.Tests.Rig;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Protocols;

namespace Postern.Engine.Tests.Outbound;

/// <summary>A plain gate that leads out, a mail host behind it, and a client that has said EHLO.</summary>
internal sealed class OutboundRig : IDisposable
{
    public const string Domain = "example.test";

    public OutboundRig(MailHostOptions? host = null, TlsMode tls = TlsMode.Plain)
    {
        Host = new MailHost(host);
        Gate = new GateRig(new GateOptions { Tls = tls, OutboundPort = Host.Port });
    }

    public MailHost Host { get; }

    public GateRig Gate { get; }

    public static DnsName HostName { get; } = DnsName.Read(ServerCertificates.Name)!;

    public static TlsDemand IfOffered { get; } = new(TlsProof.IfOffered, HostName);

    public static TlsDemand Encrypted { get; } = new(TlsProof.Encrypted, HostName);

    public static TlsDemand WebPki { get; } = new(TlsProof.WebPki, HostName) { Names = [HostName] };

    /// <summary>3 1 1 of a key; another one's when <paramref name="wrong"/>.</summary>
    public static TlsDemand Dane(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate, bool wrong = false)
    {
        byte[] digest = wrong ? SHA256.HashData(Encoding.ASCII.GetBytes("another")) : ServerCertificates.Pin(certificate);
        return new TlsDemand(TlsProof.Dane, HostName)
        {
            Names = [HostName],
            Tlsa = [new TlsaRecord((TlsaUsage)3, (TlsaSelector)1, (TlsaMatching)1, [.. digest])],
        };
    }

    /// <summary>The domain's mail goes to the rig's host, under this demand.</summary>
    public void Route(TlsDemand demand, bool mxAuthenticated = true) => Gate.Router.Answer(Domain, RigRouter.Host(Domain, demand, mxAuthenticated: mxAuthenticated));

    public void Route(params ImmutableArray<HopCase> hosts) => Gate.Router.Answer(Domain, hosts);

    public WireClient Connect()
    {
        WireClient client = Gate.Connect();
        _ = client.ReadLine();
        client.Say("EHLO client.example\r\n");
        _ = client.ReadUntil("ENHANCEDSTATUSCODES\r\n");
        return client;
    }

    public static string Ask(WireClient client, string line)
    {
        client.Say(line + "\r\n");
        return client.ReadLine();
    }

    /// <summary>A whole message; the answer to its end.</summary>
    public static string Send(WireClient client, string recipient = "user@" + Domain, string text = "Subject: x\r\n\r\nhello\r\n")
    {
        _ = Ask(client, "MAIL FROM:<me@client.example>");
        string answer = Ask(client, $"RCPT TO:<{recipient}>");
        if (!answer.StartsWith("250", StringComparison.Ordinal))
            return answer;
        _ = Ask(client, "DATA");
        client.Say(text);
        return Ask(client, ".");
    }

    public void Dispose()
    {
        Gate.Dispose();
        Host.Dispose();
    }
}
