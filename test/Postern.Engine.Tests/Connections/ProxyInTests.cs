using System.Net;
using Postern.Engine.Gates;
using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Postern.Protocols.ProxyProtocol;
using Xunit;

namespace Postern.Engine.Tests.Connections;

/// <summary>PROXY in: from trusted networks only, and there always.</summary>
public sealed class ProxyInTests
{
    private static readonly string[] s_trusted = ["127.0.0.0/8"];

    [Fact]
    public void The_announced_client_is_who_is_logged_and_passed_on()
    {
        using var rig = new GateRig(new GateOptions { AcceptProxyFrom = s_trusted, ProxyOut = ProxyOut.V2 });
        using WireClient client = rig.Connect();
        client.Say("PROXY TCP6 2001:db8::7 2001:db8::1 40000 25\r\n");
        _ = client.StartSmtpTls();
        client.Say("NOOP\r\n");
        _ = client.ReadLine();
        byte[] heard = System.Text.Encoding.Latin1.GetBytes(rig.Backend.Heard);
        ProxyHeaderResult header = ProxyHeaderReader.Read(heard);
        Assert.Equal(IPAddress.Parse("2001:db8::7"), new IPAddress(header.Source.Bytes));
        Assert.Equal((40000, 25), (header.Source.Port, header.Destination.Port));
        client.Tls.ShutdownAsync().Wait();
        Assert.Equal("[2001:db8::7]:40000", rig.NextRecord().GetProperty("client").GetString());
    }

    [Theory]
    [InlineData("EHLO no.header\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1\r\n")]
    [InlineData("\x16\x03\x01\x00\x05hello")]
    public void A_trusted_network_must_send_one(string bytes)
    {
        using var rig = new GateRig(new GateOptions { AcceptProxyFrom = s_trusted });
        using WireClient client = rig.Connect();
        client.Say(bytes);
        Assert.Equal("", client.ReadToAnyEnd());
        Assert.Equal("proxy-header-invalid", rig.NextOutcome());
    }

    [Theory]
    [InlineData("smtp", TlsMode.StartTls)]
    [InlineData("imap", TlsMode.Implicit)]
    public void Another_network_may_not(string protocol, TlsMode tls)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol, Tls = tls, AcceptProxyFrom = ["192.0.2.0/24"] });
        using WireClient client = rig.Connect();
        client.Say("PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n");
        _ = client.ReadToAnyEnd();
        Assert.Equal("proxy-header-foreign", rig.NextOutcome());
        Assert.Equal(0, rig.Backend.Connections);
    }

    [Fact]
    public void Limits_go_by_the_announced_client()
    {
        using var rig = new GateRig(new GateOptions { AcceptProxyFrom = s_trusted, MaxConnectionsPerClient = 1 });
        using WireClient first = rig.Connect();
        first.Say("PROXY TCP4 192.0.2.1 198.51.100.1 1 25\r\n");
        Assert.StartsWith("220 ", first.ReadLine(), StringComparison.Ordinal);
        using WireClient same = rig.Connect();
        same.Say("PROXY TCP4 192.0.2.1 198.51.100.1 2 25\r\n");
        Assert.StartsWith("421 4.7.0", same.ReadToEnd(), StringComparison.Ordinal);
        using WireClient other = rig.Connect();
        other.Say("PROXY TCP4 192.0.2.2 198.51.100.1 1 25\r\n");
        Assert.StartsWith("220 ", other.ReadLine(), StringComparison.Ordinal);
    }
}
