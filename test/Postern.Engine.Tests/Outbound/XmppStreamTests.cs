using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Postern.Engine.Gates;
using Postern.Engine.Tests.Rig;
using Postern.Policy.Decision;
using Postern.Policy.Service;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Outbound;

/// <summary>Streams that reach a server of the domain that they are for: inside TLS, as they were written, under that server's demand.</summary>
public sealed class XmppStreamTests
{
    [Theory]
    [InlineData(true, "encrypted", "self-signed", "not authenticated")]
    [InlineData(false, "encrypted", "wrong name", "not authenticated")]
    [InlineData(true, "webpki", "right", "server.example.test webpki")]
    [InlineData(false, "webpki", "wildcard", "server.example.test webpki")]
    [InlineData(true, "dane", "self-signed", "server.example.test dane")]
    [InlineData(false, "dane", "expired", "server.example.test dane")]
    public void The_header_is_said_inside_TLS_as_it_was_written(bool isDirect, string demand, string shown, string proof)
    {
        using X509Certificate2 certificate = ServerCertificates.Of(shown);
        using FalseServer server = XmppRig.Honest(isDirect, certificate);
        using var rig = new XmppRig(null, XmppRig.Target(server.Port, DemandOf(demand, certificate), isDirect));
        using (WireClient client = rig.Say(XmppRig.Header))
        {
            Assert.Equal("done\r\n", client.ReadLine());
            client.Say("<stanza/>");
            Assert.Equal("done\r\n", client.ReadLine());
            client.Socket.Shutdown(SocketShutdown.Send);
            Assert.Equal("", client.ReadToEnd());
        }

        Assert.Equal(XmppRig.Header + "<stanza/>", server.HeardInside);
        Assert.Matches(isDirect ? "^$" : XmppRig.Part.HeardWhole, server.HeardInTheClear);
        Assert.Equal((XmppRig.Domain, isDirect ? "xmpp-server" : ""), (server.ServerName, server.Alpn));
        Assert.Equal(XmppRig.Domain, Assert.Single(rig.Gate.Services.Asked));
        JsonElement record = rig.Gate.NextRecord();
        Assert.Equal("closed", record.GetProperty("outcome").GetString());
        Assert.Equal(XmppRig.Domain, record.GetProperty("domain").GetString());
        Assert.Equal($"xmpp.example.test[127.0.0.1]:{server.Port}", record.GetProperty("backend").GetString());
        Assert.EndsWith(" " + proof, record.GetProperty("backend-tls").GetString(), StringComparison.Ordinal);
    }

    /// <summary>RFC 2782: the next one. What the first fell short of is nothing to a stream that found its way.</summary>
    [Theory]
    [InlineData("down")]
    [InlineData("silent")]
    [InlineData("wrong key")]
    [InlineData("stripped")]
    [InlineData("refused by the resolver")]
    public void What_the_first_server_lacks_the_second_has(string fault)
    {
        using X509Certificate2 right = ServerCertificates.Of("right");
        using var first = new FalseServer(fault switch
        {
            "wrong key" => XmppRig.Part.Honest,
            "stripped" => [.. XmppRig.Part.Words[..1], XmppRig.Part.Words[1].Replace("starttls", "x", StringComparison.Ordinal)],
            _ => ["", FalseServer.Silence, FalseServer.Silence],
        });
        using FalseServer second = XmppRig.Honest(isDirect: true, right);
        ServiceTarget one = XmppRig.Target(fault == "down" ? XmppRig.DeadPort() : first.Port, XmppRig.Dane(null));
        if (fault == "refused by the resolver")
            one = one with { Refusal = new ServiceRefusal(ServiceRefusalKind.PolicyViolation, "xmpp.example.test: TLSA bogus") };
        using var rig = new XmppRig(fault == "silent" ? XmppRig.Hurried with { Times = XmppRig.Hurried.Times with { Tls = 4_000 } } : null, one, XmppRig.Target(second.Port, XmppRig.Dane(right), isDirect: true));
        using WireClient client = rig.Say(XmppRig.Header);
        Assert.Equal("done\r\n", client.ReadLine());
        Assert.Equal(XmppRig.Header, second.HeardInside);
        Assert.Equal("", first.HeardInside);
        Assert.Equal(fault is "down" or "refused by the resolver" ? 0 : 1, first.Connections);
    }

    [Fact]
    public void Every_address_of_a_server_is_tried()
    {
        using FalseServer server = XmppRig.Honest(isDirect: false);
        using var rig = new XmppRig(null, XmppRig.Target(server.Port, XmppRig.Encrypted, false, "127.0.0.9", "127.0.0.1"));
        using WireClient client = rig.Say(XmppRig.Header);
        Assert.Equal("done\r\n", client.ReadLine());
        Assert.Equal(2, rig.Gate.Dialer.Asked);
    }

    /// <summary>XEP-0178: the certificate is that of the domain the stream comes from; taken out (VerifierFor): the other domain's is shown.</summary>
    [Theory]
    [InlineData("client.example.test", SslProtocols.Tls13, "CN=client.example.test")]
    [InlineData("chat.second.test", SslProtocols.Tls13, "CN=*.second.test")]
    [InlineData("third.example.test", SslProtocols.Tls13, null)]
    [InlineData("client.example.test", SslProtocols.Tls12, null)]
    public void The_certificate_of_the_streams_own_domain_is_shown(string from, SslProtocols version, string? subject)
    {
        using var server = new FalseServer(XmppRig.Part.Honest) { AsksForCertificate = true, Versions = version };
        var options = new GateOptions
        {
            Tls = TlsMode.Plain, Identities = [TestCertificates.NewEc("client.example.test"), TestCertificates.NewEc("*.second.test")],
        };
        using var rig = new XmppRig(options, XmppRig.Target(server.Port, XmppRig.WebPki));
        using WireClient client = rig.Say(XmppRig.Header.Replace("client.example.test", from, StringComparison.Ordinal));
        Assert.Equal("done\r\n", client.ReadLine());
        Assert.Equal(subject, server.ClientSubject);
    }

    /// <summary>S4: what was said in the clear was anybody's word. Taken out: that the names are forgotten (Connection.FirstWords), and the certificate is shown.</summary>
    [Fact]
    public void A_name_that_was_said_in_the_clear_shows_no_certificate()
    {
        const string From = "client.example.test";
        using var server = new FalseServer(XmppRig.Part.Honest) { AsksForCertificate = true, Versions = SslProtocols.Tls13 };
        using var rig = new XmppRig(new GateOptions { Identities = [TestCertificates.NewEc(From)] }, XmppRig.Target(server.Port, XmppRig.WebPki));
        using WireClient client = rig.Gate.Connect();
        Assert.Contains($" from='{From}'", XmppRig.Header, StringComparison.Ordinal);
        client.Say(XmppRig.Header);
        _ = client.ReadUntil("</stream:features>");
        client.Say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        _ = client.ReadUntil("/>");
        client.StartTls().Say(XmppRig.Header.Replace($" from='{From}'", "", StringComparison.Ordinal));
        Assert.Equal("done\r\n", client.ReadLine());
        Assert.Null(server.ClientSubject);
        Assert.DoesNotContain(From, server.HeardInTheClear, StringComparison.Ordinal);
    }

    /// <summary>A local server in another machine: TLS with the gate first.</summary>
    [Theory]
    [InlineData(TlsMode.Implicit)]
    [InlineData(TlsMode.StartTls)]
    public void A_client_inside_TLS(TlsMode mode)
    {
        using FalseServer server = XmppRig.Honest(isDirect: true);
        using var rig = new XmppRig(new GateOptions { Tls = mode }, XmppRig.Target(server.Port, XmppRig.WebPki, isDirect: true));
        using WireClient client = rig.Gate.Connect();
        if (mode == TlsMode.StartTls)
        {
            client.Say(XmppRig.Header);
            _ = client.ReadUntil("</stream:features>");
            client.Say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
            _ = client.ReadUntil("/>");
        }

        client.StartTls().Say(XmppRig.Header);
        Assert.Equal("done\r\n", client.ReadLine());
        Assert.Equal(XmppRig.Header, server.HeardInside);
    }

    /// <summary>RFC 5891: the DNS has it in ASCII, and the header goes on as it was.</summary>
    [Fact]
    public void A_domain_of_other_letters_is_asked_for_in_ASCII()
    {
        const string Foreign = "b\u00fccher.example.test";
        using FalseServer server = XmppRig.Honest(isDirect: true);
        using var rig = new XmppRig(null, XmppRig.Target(server.Port, XmppRig.WebPki, isDirect: true));
        string header = XmppRig.Header.Replace(XmppRig.Domain, Foreign, StringComparison.Ordinal);
        byte[] utf8 = System.Text.Encoding.UTF8.GetBytes(header);
        using WireClient client = rig.Gate.Connect();
        client.Stream.Write(utf8);
        Assert.Equal("done\r\n", client.ReadLine());
        Assert.Equal("xn--bcher-kva.example.test", Assert.Single(rig.Gate.Services.Asked));
        Assert.Equal(System.Text.Encoding.Latin1.GetString(utf8), server.HeardInside);
    }

    /// <summary>The relay's own ends: what the server said before it went is heard, and its close_notify is an end.</summary>
    [Fact]
    public void A_server_that_ends_without_close_notify_is_a_truncation()
    {
        using var server = new FalseServer([FalseServer.Tls]) { Truncates = true };
        using var rig = new XmppRig(null, XmppRig.Target(server.Port, XmppRig.WebPki, isDirect: true));
        using (WireClient client = rig.Say(XmppRig.Header))
            Assert.Equal("done\r\n", client.ReadToAnyEnd());
        Assert.Equal("backend-truncated", rig.Gate.NextOutcome());
    }

    private static TlsDemand DemandOf(string demand, X509Certificate2 certificate) => demand switch
    {
        "dane" => XmppRig.Dane(certificate),
        "webpki" => XmppRig.WebPki,
        _ => XmppRig.Encrypted,
    };
}
