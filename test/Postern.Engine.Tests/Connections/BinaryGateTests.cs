using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Connections;

/// <summary>PostgreSQL and LDAP through a whole gate.</summary>
public sealed class BinaryGateTests
{
    private const string SslRequest = "\0\0\0\x08\x04\u00d2\x16/";
    private const string Startup = "\0\0\0\x17\0\x03\0\0user\0alice\0\0\0\0\0";
    private const string StartTls = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + "1.3.6.1.4.1.1466.20037";
    private const string Success = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0";
    private const string Bind = "\x30\x12\x02\x01\x02\x60\x0d\x02\x01\x03\x04\0\x80\x06secret";

    [Fact]
    public void Ssl_request_and_the_startup_is_the_servers()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "postgres" }, new Backend("", _ => "R"));
        using WireClient client = rig.Connect();
        client.Say(SslRequest);
        Assert.Equal("S", client.ReadUntil("S"));
        client.StartTls(alpn: ["postgresql"]).Say(Startup);
        Assert.Equal("R", client.ReadUntil("R"));
        Assert.Equal(Startup, rig.Backend.Heard);
    }

    [Theory]
    [InlineData(TlsMode.StartTls)]
    [InlineData(TlsMode.Implicit)]
    public void Tls_at_once_with_its_ALPN(TlsMode tls)
    {
        using var rig = new GateRig(new GateOptions { Protocol = "postgres", Tls = tls }, new Backend("", _ => "R"));
        using WireClient client = rig.Connect();
        client.StartTls(alpn: ["postgresql"]).Say(Startup);
        Assert.Equal("R", client.ReadUntil("R"));
        Assert.Equal(Startup, rig.Backend.Heard);
    }

    /// <summary>Without Protocol.DirectTlsNeedsAlpn anybody's TLS would be relayed to the database.</summary>
    [Theory]
    [InlineData(TlsMode.StartTls)]
    [InlineData(TlsMode.Implicit)]
    public void Tls_at_once_without_it_reaches_no_server(TlsMode tls)
    {
        using var rig = new GateRig(new GateOptions { Protocol = "postgres", Tls = tls }, new Backend("", _ => "R"));
        using (WireClient client = rig.Connect())
        {
            _ = client.StartTls();
            client.Say(Startup);
            Assert.Equal("", client.ReadToAnyEnd());
        }

        Assert.Equal("handshake-failed", rig.NextOutcome());
        Assert.Equal(0, rig.Backend.Connections);
    }

    [Fact]
    public void A_startup_in_the_clear_is_told_why_and_reaches_no_server()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "postgres" });
        using (WireClient client = rig.Connect())
        {
            client.Say(Startup);
            Assert.Contains("C28000\0MTLS is required", client.ReadToEnd(), StringComparison.Ordinal);
        }

        Assert.Equal("refused:tls-required", rig.NextOutcome());
        Assert.Equal(0, rig.Backend.Connections);
    }

    /// <summary>libpq's sslmode=prefer, in front of a server that has no TLS and of a gate that has none either.</summary>
    [Fact]
    public void A_plain_gate_says_no_itself_and_hands_on_what_follows()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "postgres", Tls = TlsMode.Plain }, new Backend("", _ => "R"));
        using WireClient client = rig.Connect();
        client.Say(SslRequest);
        Assert.Equal("N", client.ReadUntil("N"));
        Assert.Equal(0, rig.Backend.Connections);
        client.Say(Startup);
        Assert.Equal("R", client.ReadUntil("R"));
        Assert.Equal(Startup, rig.Backend.Heard);
    }

    [Fact]
    public void StartTls_and_the_bind_is_the_servers()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "ldap" }, new Backend("", _ => "ok"));
        using WireClient client = rig.Connect();
        client.Say(Bind);
        Assert.Contains("TLS is required: StartTLS first", client.ReadUntil("first"), StringComparison.Ordinal);
        client.Say(StartTls);
        Assert.Equal(Success, client.ReadUntil(Success));
        client.StartTls().Say(Bind);
        Assert.Equal("ok", client.ReadUntil("ok"));
        Assert.Equal(Bind, rig.Backend.Heard);
    }

    [Fact]
    public void An_absent_server_is_told_of_in_the_protocols_own_words()
    {
        foreach ((string protocol, string words) in ((string, string)[])[("ldap", "1.3.6.1.4.1.1466.20036"), ("postgres", "C57P03\0M")])
        {
            using var rig = new GateRig(new GateOptions { Protocol = protocol, Tls = TlsMode.Implicit });
            rig.Backend.Dispose();
            using WireClient client = rig.Connect().StartTls(alpn: protocol == "ldap" ? null : ["postgresql"]);
            Assert.Contains(words, client.ReadToEnd(), StringComparison.Ordinal);
            Assert.Equal("backend-unreachable", rig.NextOutcome());
        }
    }
}
