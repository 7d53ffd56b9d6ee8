using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Postern.Engine.Gates;
using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Connections;

public sealed class TlsTests
{
    private static readonly NamedCertificate s_other = TestCertificates.NewEc("other.test");

    [Theory]
    [InlineData("localhost", "CN=localhost")]
    [InlineData("mail.example.test", "CN=localhost")]
    [InlineData("other.test", "CN=other.test")]
    [InlineData("nobody.test", "CN=localhost")]
    public void The_certificate_goes_by_sni(string name, string subject)
    {
        using GateRig rig = Open(new GateOptions { Certificates = [TestCertificates.Ec, TestCertificates.Rsa, s_other] });
        using WireClient client = rig.Connect().StartTls(name);
        using var certificate = new X509Certificate2(client.Tls.RemoteCertificate!);
        Assert.Equal(subject, certificate.Subject);
        _ = client.ReadLine();
        client.Tls.ShutdownAsync().Wait();
        Assert.Equal(name, rig.NextRecord().GetProperty("sni").GetString());
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public void Both_versions_are_spoken(SslProtocols version)
    {
        using GateRig rig = Open(new GateOptions());
        using WireClient client = rig.Connect().StartTls(protocols: version);
        Assert.Equal("* OK hi\r\n", client.ReadLine());
        Assert.Equal(version, client.Tls.SslProtocol);
    }

    /// <summary>Taken out: Connection's wait with the ticket (it then comes by itself, in a segment that costs as much as one with words).</summary>
    [Fact]
    public void The_ticket_comes_with_the_first_words()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "tcp", Tls = TlsMode.Implicit }, new Backend("", text => text));
        using WireClient client = rig.Connect().StartTls(protocols: SslProtocols.Tls13);
        Assert.False(client.Socket.Poll(TimeSpan.FromMilliseconds(300), System.Net.Sockets.SelectMode.SelectRead));
        client.Say("hello");
        Assert.Equal("hello", client.ReadUntil("hello"));
    }

    [Fact]
    public void Older_versions_are_refused()
    {
        using GateRig rig = Open(new GateOptions());
        using WireClient client = rig.Connect();

        // A ClientHello of TLS 1.1 and nothing newer: record 0301, version 0302, one suite, no compression.
        client.Say("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x02" + new string('r', 32) + "\x00\x00\x02\xc0\x09\x01\x00");
        string alert = client.ReadToAnyEnd();
        Assert.StartsWith("\x15\x03", alert, StringComparison.Ordinal);
        Assert.Equal("handshake-failed", rig.NextOutcome());
    }

    [Fact]
    public void A_large_answer_arrives_whole_at_a_slow_reader()
    {
        string large = string.Concat(Enumerable.Repeat("0123456789abcdef", 256 * 1024));
        using var rig = new GateRig(new GateOptions { Protocol = "tcp", Tls = TlsMode.Implicit }, new Backend("", _ => large));
        using WireClient client = rig.Connect();
        client.Socket.ReceiveBufferSize = 64 * 1024;
        client.StartTls().Say("go");
        var heard = new System.Text.StringBuilder();
        for (int i = 0; heard.Length < large.Length; i++)
        {
            _ = heard.Append(client.Read());
            if (i % 50 == 0)
                Thread.Sleep(5);
        }

        Assert.True(large == heard.ToString());
    }

    private static GateRig Open(GateOptions options) =>
        new(options with { Protocol = "imap", Tls = TlsMode.Implicit }, new Backend("* OK hi\r\n"));
}
