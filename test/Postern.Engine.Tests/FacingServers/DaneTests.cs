using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Postern.Engine.Tests.Rig;
using Postern.Engine.Upstream;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.FacingServers;

/// <summary>
/// A backend that DANE must prove. Taken out: the demand in Upgrade's channel (the authority's word does then, and a wrong record is
/// not seen), the question in Connection.DialNext (nobody is asked).
/// </summary>
public sealed class DaneTests
{
    private static readonly DnsName s_name = DnsName.Read(ServerCertificates.Name)!;

    private static GateOptions Options(int port, TlsMode mode = TlsMode.Implicit) =>
        new() { Tls = TlsMode.Implicit, BackendTls = new BackendTrust { Mode = mode, Dane = true }, BackendPort = port };

    private static TlsDemand Dane(params ImmutableArray<TlsaRecord> records) => new(TlsProof.Dane, s_name) { Names = [s_name], Tlsa = records };

    private static TlsaRecord KeyOf(X509Certificate2 certificate) => new(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha256, [.. ServerCertificates.Pin(certificate)]);

    private static TlsaRecord Another { get; } = new(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha256, [.. new byte[32]]);

    [Theory]
    [InlineData(TlsMode.Implicit)]
    [InlineData(TlsMode.StartTls)]
    public void A_match_is_enough_whoever_signed_it_and_when(TlsMode mode)
    {
        using X509Certificate2 certificate = ServerCertificates.Of("self-signed");
        string[] part = mode == TlsMode.Implicit ? [FalseServer.Tls] : ["220 server\r\n", "250-server\r\n250 STARTTLS\r\n", "220 go on\r\n" + FalseServer.Tls];
        using var server = new FalseServer(part, mode == TlsMode.Implicit ? "220 server\r\n" : "", certificate);
        using var rig = new GateRig(Options(server.Port, mode));

        // In a rollover one of two is of the key that was, or that comes.
        rig.Demands.Answer = new DemandAnswer(Dane(Another, KeyOf(certificate)), "");
        using (WireClient client = rig.Connect().StartTls())
        {
            Assert.StartsWith("220 ", client.ReadLine(), StringComparison.Ordinal);
            client.Say("EHLO client\r\n");
            Assert.Equal("done\r\n", client.ReadLine());
            client.Tls.ShutdownAsync().Wait();
        }

        Assert.EndsWith(" " + ServerCertificates.Name, rig.NextRecord().GetProperty("backend-tls").GetString(), StringComparison.Ordinal);
        Assert.Equal((-1, 0), Assert.Single(rig.Demands.Asked));
        Assert.Equal(ServerCertificates.Name, server.ServerName);
    }

    [Fact]
    public void Another_key_is_refused_though_its_certificate_is_trusted_and_for_the_name()
    {
        using var server = new FalseServer([FalseServer.Tls], "220 server\r\n", ServerCertificates.Of("right"));
        using var rig = new GateRig(Options(server.Port));
        rig.Demands.Answer = new DemandAnswer(Dane(Another), "");
        Refused(rig, isDialled: true, "matches no TLSA record (expected TLSA of server.example.test)");
        server.WaitForEnd();
        Assert.Equal("", server.HeardInside + server.HeardInTheClear);
    }

    /// <summary>RFC 7673 §3.2: it is not even connected to.</summary>
    [Fact]
    public void What_is_not_proved_is_not_dialled()
    {
        using var server = new FalseServer(["220 server\r\n"], certificate: ServerCertificates.Of("right"));
        using var rig = new GateRig(Options(server.Port));
        rig.Demands.Answer = new DemandAnswer(null, "TLSA of _993._tcp.server.example.test: bogus, which is no answer");
        Refused(rig, isDialled: false, "DANE does not prove it: TLSA of _993._tcp.server.example.test: bogus, which is no answer");
        Assert.Equal(0, rig.Dialer.Asked);
    }

    [Theory]
    [InlineData(TlsProof.IfOffered)]
    [InlineData(TlsProof.Encrypted)]
    [InlineData(TlsProof.WebPki)]
    public void A_stolen_resolver_can_demand_nothing_less(TlsProof proof)
    {
        using var server = new FalseServer([FalseServer.Tls], "220 server\r\n", ServerCertificates.Of("right"));
        using var rig = new GateRig(Options(server.Port));
        rig.Demands.Answer = new DemandAnswer(new TlsDemand(proof, s_name) { Names = [s_name] }, "");
        Refused(rig, isDialled: false, "DANE does not prove it: the resolver demands less of it");
        Assert.Equal(0, rig.Dialer.Asked);
    }

    [Fact]
    public void Records_that_OpenSSL_does_not_take_are_none()
    {
        using var server = new FalseServer([FalseServer.Tls], "220 server\r\n", ServerCertificates.Of("right"));
        using var rig = new GateRig(Options(server.Port));
        rig.Demands.Answer = new DemandAnswer(Dane(Another with { Data = [1, 2, 3] }), "");
        Refused(rig, isDialled: false, "none of the TLSA records of server.example.test is usable");
    }

    /// <summary>A worker whose resolver was never there; what the gate offers before TLS is not learned either, and that is no end of the worker.</summary>
    [Fact]
    public void Without_a_resolver_nothing_is_proved()
    {
        using var server = new FalseServer([FalseServer.Tls], "220 server\r\n", ServerCertificates.Of("right"));
        using var rig = new GateRig(Options(server.Port) with { Tls = TlsMode.StartTlsOptional, HasResolver = false });
        using WireClient client = rig.Connect().StartSmtpTls();
        client.Say("NOOP\r\n");
        Refused(rig, client, isDialled: false, "DANE does not prove it: there is no resolver");
        Assert.Equal(0, rig.Dialer.Asked);
    }

    private static void Refused(GateRig rig, bool isDialled, string reason)
    {
        using WireClient client = rig.Connect().StartTls();
        Refused(rig, client, isDialled, reason);
    }

    /// <summary>That the DNS does not say what the server must show is no word on its certificate, and the DNS's reason none for a client.</summary>
    private static void Refused(GateRig rig, WireClient client, bool isDialled, string reason)
    {
        string said = client.ReadToEnd();
        client.Dispose();
        if (isDialled)
            Assert.StartsWith("421 4.7.5 gate.example.test does not trust the certificate of its server: ", said, StringComparison.Ordinal);
        else
            Assert.Equal("421 4.7.5 gate.example.test cannot prove its server now, try again later\r\n", said);
        JsonElement record = rig.NextRecord();
        Assert.Equal(isDialled ? "backend-untrusted" : "backend-unproved", record.GetProperty("outcome").GetString());
        Assert.Contains(reason, record.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
