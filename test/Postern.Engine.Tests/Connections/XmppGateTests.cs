using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Connections;

/// <summary>XMPP through a whole gate: STARTTLS and TLS at once on one port, and what never reaches the server.</summary>
public sealed class XmppGateTests
{
    private const string Header =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.test' version='1.0'>";

    private const string StartTls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    private const string Proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

    /// <summary>The server hears the second stream and nothing of the first.</summary>
    [Fact]
    public void Starttls_and_the_stream_begins_anew()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "xmpp-client" }, new Backend("", _ => "<stream:features/>"));
        using WireClient client = rig.Connect();
        client.Say(Header);
        string features = client.ReadUntil("</stream:features>");
        Assert.Contains("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>", features, StringComparison.Ordinal);
        client.Say(StartTls);
        Assert.Equal(Proceed, client.ReadUntil("/>"));

        client.StartTls().Say("<?xml version='1.0'?>" + Header);
        Assert.Equal("<stream:features/>", client.ReadUntil("/>"));
        Assert.Equal("<?xml version='1.0'?>" + Header, rig.Backend.Heard);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("xmpp-client")]
    public void Tls_at_once_on_the_same_port(string? alpn)
    {
        using var rig = new GateRig(new GateOptions { Protocol = "xmpp-client" }, new Backend("", _ => "<stream:features/>"));
        using WireClient client = rig.Connect();
        client.StartTls(alpn: alpn is null ? null : [alpn]).Say(Header);
        Assert.Equal("<stream:features/>", client.ReadUntil("/>"));
        Assert.Equal(Header, rig.Backend.Heard);
    }

    /// <summary>
    /// RFC 6120 §13.7.1.2: the certificate is for the domain that the client asked for. Clients that say no SNI after STARTTLS
    /// said the domain as the stream's to. Taken out: AskedFor in Connection.EnterHandshake (all then see the first).
    /// </summary>
    [Theory]
    [InlineData("one.example", "", "CN=one.example")]
    [InlineData("two.example", "", "CN=two.example")]
    [InlineData("TWO.example.", "", "CN=two.example")]
    [InlineData("im.wild.example", "", "CN=*.wild.example")]
    [InlineData("three.example", "", "CN=one.example")]
    [InlineData("two.example", "one.example", "CN=one.example")]
    [InlineData("one.example", "two.example", "CN=two.example")]
    public void The_certificate_is_that_of_the_streams_addressee(string to, string serverName, string subject)
    {
        using var rig = new GateRig(
            new GateOptions
            {
                Protocol = "xmpp-client",
                Certificates =
                [
                    TestCertificates.NewEc("one.example"), TestCertificates.NewEc("two.example"), TestCertificates.NewEc("*.wild.example"),
                ],
            },
            new Backend("", _ => "<stream:features/>"));
        using WireClient client = rig.Connect();
        client.Say(Header.Replace("example.test", to, StringComparison.Ordinal));
        _ = client.ReadUntil("</stream:features>");
        client.Say(StartTls);
        Assert.Equal(Proceed, client.ReadUntil("/>"));
        client.StartTls(serverName);
        Assert.Equal(subject, client.Tls.RemoteCertificate!.Subject);
        Assert.Equal(serverName, client.Tls.TargetHostName);
    }

    /// <summary>S1. Taken out: see S01.</summary>
    [Fact]
    public void What_is_glued_behind_starttls_is_answered_by_nobody()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "xmpp-client" }, new Backend(""));
        using WireClient client = rig.Connect();
        client.Say(Header + StartTls + "<presence/>");
        Assert.DoesNotContain(Proceed, client.ReadToAnyEnd(), StringComparison.Ordinal);
        client.Dispose();
        Assert.Equal("refused:injection", rig.NextOutcome());
        Assert.Equal(0, rig.Backend.Connections);
    }

    [Theory]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAc2VjcmV0</auth>", "<encryption-required/>", "refused:tls-required")]
    [InlineData("<message/>", "<not-authorized ", "refused:tls-required")]
    [InlineData("<!-- -->", "<restricted-xml ", "refused:client-garbage")]
    public void Nothing_but_starttls_is_said_in_the_clear(string said, string answer, string outcome)
    {
        using var rig = new GateRig(new GateOptions { Protocol = "xmpp-client" }, new Backend(""));
        using WireClient client = rig.Connect();
        client.Say(Header + said);
        string answers = client.ReadToEnd();
        Assert.Contains(answer, answers, StringComparison.Ordinal);
        Assert.EndsWith("</stream:stream>", answers, StringComparison.Ordinal);
        client.Dispose();
        string record = rig.NextRecord().ToString();
        Assert.Contains($"\"{outcome}\"", record, StringComparison.Ordinal);
        Assert.DoesNotContain("AGEAc2VjcmV0", record, StringComparison.Ordinal);
        Assert.Equal(0, rig.Backend.Connections);
    }

    /// <summary>S11. The error stands in the stream that is open: a second header in it would be no XML.</summary>
    [Fact]
    public void Silence_in_the_dialogue_has_its_error()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "xmpp-client", NegotiationTimeout = 300 });
        using WireClient client = rig.Connect();
        client.Say(Header);
        string said = client.ReadToEnd();
        Assert.Contains("</stream:features><stream:error><connection-timeout ", said, StringComparison.Ordinal);
        client.Dispose();
        Assert.Equal("timeout", rig.NextOutcome());
    }

    /// <summary>Inside TLS no header of ours was said yet, so the error brings one.</summary>
    [Theory]
    [InlineData(TlsMode.Implicit)]
    [InlineData(TlsMode.StartTls)]
    public void A_server_that_is_not_there(TlsMode mode)
    {
        using var rig = new GateRig(new GateOptions { Protocol = "xmpp-client", Tls = mode });
        rig.Backend.Dispose();
        using WireClient client = rig.Connect();
        client.StartTls().Say(Header);
        string said = client.ReadToAnyEnd();
        Assert.StartsWith("<?xml version='1.0'?><stream:stream xmlns='jabber:client' ", said, StringComparison.Ordinal);
        Assert.Contains("><stream:error><remote-connection-failed ", said, StringComparison.Ordinal);
        client.Dispose();
        Assert.Equal("backend-unreachable", rig.NextOutcome());
    }
}
