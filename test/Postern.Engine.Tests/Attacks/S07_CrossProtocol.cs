using System.Net.Security;
using System.Security.Authentication;
using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Attacks;

/// <summary>
/// S7, S8: a client that means another service (ALPACA, Opossum). Taken out: the AlertFatal of AlpnCallback; the check
/// of first bytes in Connection.Relay (the request then reaches the backend) and in the fronts; the gate's own ticket
/// secret (the ticket of one gate then resumes at the other).
/// </summary>
public sealed class S07_CrossProtocol
{
    [Theory]
    [InlineData("imap")]
    [InlineData("pop3")]
    [InlineData("smtp")]
    [InlineData("lmtp")]
    public void Another_application_protocol_gets_an_alert(string protocol)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol, Tls = TlsMode.Implicit });
        using WireClient client = rig.Connect();
        _ = Assert.Throws<AuthenticationException>(() => client.StartTls(alpn: ["http/1.1", "h2"]));
        Assert.Equal("handshake-failed", rig.NextOutcome());
        Assert.Equal(0, rig.Backend.Connections);
    }

    [Fact]
    public void The_right_one_is_agreed_on()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit });
        using WireClient client = rig.Connect().StartTls(alpn: ["http/1.1", "imap"]);
        Assert.Equal("imap", client.Tls.NegotiatedApplicationProtocol.ToString());
    }

    [Fact]
    public void A_client_that_offers_none_is_served()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit }, new Backend("* OK hi\r\n"));
        using WireClient client = rig.Connect().StartTls();
        Assert.Equal("* OK hi\r\n", client.ReadLine());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("POST /a%0d%0aa LOGIN HTTP/1.1\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\n\r\n")]
    public void An_http_request_inside_tls_reaches_no_backend(string request)
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit }, new Backend("* OK hi\r\n"));
        using WireClient client = rig.Connect().StartTls();
        _ = client.ReadLine();
        client.Say(request);
        Assert.Equal("", client.ReadToAnyEnd());
        Assert.Equal("refused:http-request", rig.NextOutcome());
        Assert.Equal("", rig.Backend.Heard);
    }

    [Theory]
    [InlineData("smtp")]
    [InlineData("imap")]
    [InlineData("pop3")]
    [InlineData("sieve")]
    [InlineData("nntp")]
    public void An_http_request_in_the_clear_is_not_answered(string protocol)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol });
        using WireClient client = rig.Connect();
        client.Say("GET /<script> HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.DoesNotContain("script", client.ReadToAnyEnd(), StringComparison.Ordinal);
        Assert.Equal("refused:http-request", rig.NextOutcome());
    }

    [Fact]
    public void First_bytes_that_only_begin_like_a_request_go_through()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit }, new Backend("* OK hi\r\n", _ => "ok\r\n"));
        using WireClient client = rig.Connect().StartTls();
        _ = client.ReadLine();
        client.Say("GE");
        Thread.Sleep(50);
        client.Say("T NOOP\r\n");
        _ = client.ReadLine();
        Assert.Equal("GET NOOP\r\n", rig.Backend.Heard);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public void A_ticket_resumes_at_its_own_gate_only(SslProtocols version)
    {
        GateOptions options = new() { Protocol = "imap", Tls = TlsMode.Implicit, Tickets = new SecretTickets([1]) };
        using var own = new GateRig(options, new Backend("* OK hi\r\n", _ => "ok\r\n"));
        using var next = new GateRig(options, new Backend("* OK hi\r\n", _ => "ok\r\n"));
        using var other = new GateRig(options with { Tickets = new SecretTickets([2]) }, new Backend("* OK hi\r\n", _ => "ok\r\n"));

        // One host name for all three, so that SslStream offers the session that it keeps for it.
        string name = $"{Guid.NewGuid():N}.example.test";
        Assert.False(Visit(own, name, version));
        Assert.True(Visit(own, name, version), "a gate resumes its own sessions");
        Assert.True(Visit(next, name, version), "another worker of the same gate does too");
        Assert.False(Visit(other, name, version), "another gate does not");
    }

    /// <summary>Taken out: the policy in SSL_CTX_set_session_id_context (TlsServer).</summary>
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public void A_session_of_another_policy_is_not_resumed_though_its_ticket_opens(SslProtocols version)
    {
        GateOptions options = new() { Protocol = "imap", Tls = TlsMode.Implicit, Tickets = new SecretTickets([1]) };
        using var own = new GateRig(options, new Backend("* OK hi\r\n", _ => "ok\r\n"));
        using var stricter = new GateRig(options with { SessionPolicy = [1, .. new byte[31]] }, new Backend("* OK hi\r\n", _ => "ok\r\n"));
        string name = $"{Guid.NewGuid():N}.example.test";
        Assert.False(Visit(own, name, version));
        Assert.True(Visit(own, name, version));
        Assert.False(Visit(stricter, name, version));
    }

    /// <summary>Taken out: SSL_OP_NO_TICKET, or the number of tickets (TlsServer), for either version.</summary>
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public void Without_tickets_each_handshake_is_a_full_one(SslProtocols version)
    {
        using var rig = new GateRig(
            new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit, TicketsOff = true }, new Backend("* OK hi\r\n", _ => "ok\r\n"));
        string name = $"{Guid.NewGuid():N}.example.test";
        Assert.False(Visit(rig, name, version));
        Assert.False(Visit(rig, name, version));
    }

    /// <summary>Taken out: WithoutTicket in HelloCallback (TLS 1.3 then ends in an internal error).</summary>
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public void Where_no_keys_are_to_be_had_the_handshake_goes_on_without_a_ticket(SslProtocols version)
    {
        var tickets = new SecretTickets([1]) { Away = true };
        using var rig = new GateRig(
            new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit, Tickets = tickets }, new Backend("* OK hi\r\n", _ => "ok\r\n"));
        string name = $"{Guid.NewGuid():N}.example.test";
        Assert.False(Visit(rig, name, version));
        Assert.False(Visit(rig, name, version));
    }

    /// <summary>Says a word and hears one, so that the ticket has come; true when the session was resumed.</summary>
    private static bool Visit(GateRig rig, string name, SslProtocols version)
    {
        using (WireClient client = rig.Connect().StartTls(name, protocols: version))
        {
            _ = client.ReadLine();
            client.Say("a\r\n");
            _ = client.ReadLine();
            client.Tls.ShutdownAsync().Wait();
        }

        return rig.NextRecord().GetProperty("resumed").GetBoolean();
    }
}
