using System.Text.Json;
using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.FacingServers;

/// <summary>C11, C13: a server that is not the right one is told nothing, and the reason is named.</summary>
public sealed class CertificateTests
{
    private static readonly BackendTrust s_trust = new() { Mode = TlsMode.Implicit };

    [Theory]
    [InlineData("right")]
    [InlineData("wildcard")]
    public void The_right_server_is_spoken_to_inside_TLS(string kind)
    {
        using var server = new FalseServer([FalseServer.Tls], "220 server ESMTP\r\n", ServerCertificates.Of(kind)) { Chooses = ["smtp"] };
        using var rig = new GateRig(new GateOptions { Tls = TlsMode.Implicit, BackendTls = s_trust, BackendPort = server.Port });
        using (WireClient client = rig.Connect().StartTls())
        {
            Assert.Equal("220 server ESMTP\r\n", client.ReadLine());
            client.Say("EHLO client\r\n");
            Assert.Equal("done\r\n", client.ReadLine());
            client.Tls.ShutdownAsync().Wait();
        }

        JsonElement record = rig.NextRecord();
        Assert.Equal("closed", record.GetProperty("outcome").GetString());
        Assert.StartsWith("TLSv1.3 TLS_", record.GetProperty("backend-tls").GetString(), StringComparison.Ordinal);
        Assert.EndsWith(" " + ServerCertificates.Name, record.GetProperty("backend-tls").GetString(), StringComparison.Ordinal);
        Assert.Equal((ServerCertificates.Name, "smtp"), (server.ServerName, server.Alpn));
        Assert.Equal("EHLO client\r\n", server.HeardInside);
        Assert.Equal("", server.HeardInTheClear);
    }

    [Theory]
    [InlineData("wrong name", "hostname mismatch")]
    [InlineData("partial wildcard", "hostname mismatch")]
    [InlineData("wildcard too deep", "hostname mismatch")]
    [InlineData("common name only", "hostname mismatch")]
    [InlineData("expired", "certificate has expired")]
    [InlineData("not yet valid", "certificate is not yet valid")]
    [InlineData("for clients only", "certificate purpose")]
    [InlineData("unknown root", "unable to get local issuer certificate|certificate signature failure")]
    [InlineData("self-signed", "self-signed certificate")]
    public void Another_is_not(string kind, string reason)
    {
        using var server = new FalseServer([FalseServer.Tls], "220 server ESMTP\r\n", ServerCertificates.Of(kind));
        using var rig = new GateRig(new GateOptions { Tls = TlsMode.Implicit, BackendTls = s_trust, BackendPort = server.Port });
        string said;
        using (WireClient client = rig.Connect().StartTls())
            said = client.ReadToEnd();
        Assert.StartsWith("421 4.7.5 gate.example.test does not trust the certificate of its server: ", said, StringComparison.Ordinal);
        JsonElement record = rig.NextRecord();
        Assert.Equal(("backend-untrusted", "backend-tls"), (record.GetProperty("outcome").GetString(), record.GetProperty("stage").GetString()));
        Assert.Contains(reason.Split('|'), one => record.GetProperty("detail").GetString()!.Contains(one, StringComparison.Ordinal));
        Assert.Contains(reason.Split('|'), one => said.Contains(one, StringComparison.Ordinal));
        server.WaitForEnd();
        Assert.Equal("", server.HeardInside + server.HeardInTheClear);
    }

    [Fact]
    public void An_address_is_compared_with_addresses_and_sends_no_SNI()
    {
        using var server = new FalseServer([FalseServer.Tls], "220 server\r\n", ServerCertificates.Of("address"));
        using var rig = new GateRig(new GateOptions
        {
            Tls = TlsMode.Implicit, BackendTls = s_trust with { Name = "127.0.0.1" }, BackendPort = server.Port,
        });
        using WireClient client = rig.Connect().StartTls();
        Assert.Equal("220 server\r\n", client.ReadLine());
        Assert.True(string.IsNullOrEmpty(server.ServerName));
    }

    [Fact]
    public void A_pinned_key_is_trusted_whatever_else_its_certificate_says()
    {
        using var certificate = ServerCertificates.Of("expired");
        using var server = new FalseServer([FalseServer.Tls], "220 server\r\n", certificate);
        using var rig = new GateRig(new GateOptions
        {
            Tls = TlsMode.Implicit, BackendTls = s_trust with { Pins = [new byte[32], ServerCertificates.Pin(certificate)] }, BackendPort = server.Port,
        });
        using WireClient client = rig.Connect().StartTls();
        Assert.Equal("220 server\r\n", client.ReadLine());
    }

    [Fact]
    public void A_certificate_with_another_key_is_not_though_all_else_is_right()
    {
        using var server = new FalseServer([FalseServer.Tls], "220 server\r\n");
        using var rig = new GateRig(new GateOptions
        {
            Tls = TlsMode.Implicit, BackendTls = s_trust with { Pins = [new byte[32]] }, BackendPort = server.Port,
        });
        using WireClient client = rig.Connect().StartTls();
        Assert.StartsWith("421 4.7.5 ", client.ReadToEnd(), StringComparison.Ordinal);
        Assert.Contains("not one of those pinned", rig.NextRecord().GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    /// <summary>C13: plain text, an alert, a close, nothing, in place of TLS.</summary>
    [Theory]
    [InlineData("220 plain ESMTP\r\n", "backend-tls-failed")]
    [InlineData("\x15\x03\x03\x00\x02\x02\x28", "backend-tls-failed")]
    [InlineData("", "backend-tls-failed")]
    public void A_server_without_TLS_hears_no_word(string says, string outcome)
    {
        using var server = new FalseServer([FalseServer.Silence, says]);
        using var rig = new GateRig(new GateOptions { Tls = TlsMode.Implicit, BackendTls = s_trust, BackendPort = server.Port });
        using WireClient client = rig.Connect().StartTls();
        if (says.Length == 0)
            server.Dispose();
        string said = client.ReadToEnd();
        Assert.Matches("^421 4\\.(7\\.4|3\\.2) ", said);
        string got = rig.NextOutcome();
        Assert.True(got == outcome || (says.Length == 0 && got == "backend-unreachable"), got);
        Assert.Equal("", server.HeardInTheClear);
    }

    [Fact]
    public void What_the_server_wants_to_see_of_us_it_sees_only_when_it_is_the_right_one()
    {
        using var server = new FalseServer([FalseServer.Tls], "220 server\r\n", ServerCertificates.Of("wrong name")) { AsksForCertificate = true };
        using var rig = new GateRig(new GateOptions
        {
            Tls = TlsMode.Implicit, BackendTls = s_trust with { Certificate = TestCertificates.Ec.Pem }, BackendPort = server.Port,
        });
        using (WireClient client = rig.Connect().StartTls())
            _ = client.ReadToEnd();
        server.WaitForEnd();
        Assert.Null(server.ClientSubject);

        using var right = new FalseServer([FalseServer.Tls], "220 server\r\n") { AsksForCertificate = true };
        using var second = new GateRig(new GateOptions
        {
            Tls = TlsMode.Implicit, BackendTls = s_trust with { Certificate = TestCertificates.Ec.Pem }, BackendPort = right.Port,
        });
        using WireClient again = second.Connect().StartTls();
        Assert.Equal("220 server\r\n", again.ReadLine());
        Assert.Equal("CN=localhost", right.ClientSubject);
    }
}
