using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Postern.Engine.Outbound;
using Postern.Engine.Tests.Rig;
using Postern.Policy.Decision;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Outbound;

/// <summary>Mail that is delivered: to whom, over what, and whole.</summary>
public sealed class DeliveryTests
{
    private static readonly X509Certificate2 s_right = ServerCertificates.Of("right");

    [Fact]
    public void A_message_goes_to_an_authenticated_host_inside_tls()
    {
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right });
        rig.Route(OutboundRig.WebPki);
        using WireClient client = rig.Connect();
        Assert.Equal("250 2.0.0 queued as 1\r\n", OutboundRig.Send(client));
        Assert.Equal("221 2.0.0 Bye\r\n", OutboundRig.Ask(client, "QUIT"));

        Assert.Equal("Subject: x\r\n\r\nhello\r\n", Assert.Single(rig.Host.Messages));
        Assert.Equal($"EHLO {GateRig.HostName}|STARTTLS|*EHLO {GateRig.HostName}|*MAIL FROM:<me@client.example>|*RCPT TO:<user@example.test>|*DATA", rig.Host.Heard.Replace("|*QUIT", "", StringComparison.Ordinal));
        HopResult told = Assert.Single(rig.Gate.Router.Told);
        Assert.Equal((7UL, 0, null, null, true), (told.Ticket, told.Host, told.Failure, told.WatchFailure, told.InsideTls));
        JsonElement record = rig.Gate.NextRecord();
        Assert.Equal("closed", record.GetProperty("outcome").GetString());
        Assert.Contains($"{ServerCertificates.Name}[127.0.0.1]:{rig.Host.Port}", record.ToString(), StringComparison.Ordinal);
        Assert.Contains($"TLSv1.3 TLS_AES_256_GCM_SHA384 {ServerCertificates.Name}", record.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TlsMode.Implicit)]
    [InlineData(TlsMode.StartTls)]
    public void The_client_may_come_inside_tls(TlsMode tls)
    {
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right }, tls);
        rig.Route(OutboundRig.Dane(s_right));
        using WireClient client = rig.Gate.Connect();
        if (tls == TlsMode.StartTls)
            _ = client.StartSmtpTls();
        else
            _ = client.StartTls().ReadLine();
        client.Say("EHLO client.example\r\n");
        Assert.Contains("250 REQUIRETLS", client.ReadUntil("REQUIRETLS\r\n"), StringComparison.Ordinal);
        Assert.Equal("250 2.0.0 queued as 1\r\n", OutboundRig.Send(client));
        _ = Assert.Single(rig.Host.Messages);
    }

    /// <summary>Two messages to one domain: one connection to the host, one question to the resolver.</summary>
    [Fact]
    public void The_hop_is_kept_for_the_next_message()
    {
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right });
        rig.Route(OutboundRig.WebPki);
        using WireClient client = rig.Connect();
        Assert.StartsWith("250", OutboundRig.Send(client), StringComparison.Ordinal);
        Assert.StartsWith("250", OutboundRig.Send(client), StringComparison.Ordinal);
        Assert.Equal((2, 1, 1), (rig.Host.Messages.Count, rig.Host.Connections, rig.Gate.Router.Asked.Count));
    }

    [Fact]
    public void Whatever_the_client_says_at_once_is_answered_in_order()
    {
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right });
        rig.Route(OutboundRig.WebPki);
        using WireClient client = rig.Connect();
        client.Say("MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nRCPT TO:<c@other.test>\r\nDATA\r\n");
        Assert.Equal("250 2.1.0 OK\r\n", client.ReadLine());
        Assert.Equal("250 2.0.0 ok\r\n", client.ReadLine());
        Assert.Equal("250 2.0.0 ok\r\n", client.ReadLine());
        Assert.StartsWith("452 4.5.3 ", client.ReadLine(), StringComparison.Ordinal);
        Assert.StartsWith("354 ", client.ReadLine(), StringComparison.Ordinal);
        client.Say("x\r\n.\r\nQUIT\r\n");
        Assert.StartsWith("250 ", client.ReadLine(), StringComparison.Ordinal);
        Assert.StartsWith("221 ", client.ReadLine(), StringComparison.Ordinal);
        Assert.Equal("x\r\n", Assert.Single(rig.Host.Messages));
    }

    /// <summary>A client that closes its side behind the message hears what became of it. Taken out: isOwed in MailRelay (it is sent twice).</summary>
    [Fact]
    public void A_client_that_says_no_more_hears_the_answer()
    {
        using var held = new ManualResetEventSlim();
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right, HoldsDelivery = held });
        rig.Route(OutboundRig.WebPki);
        using WireClient client = rig.Connect();
        client.Say("MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nDATA\r\n");
        _ = client.ReadUntil("354 go\r\n");
        client.Say("x\r\n.\r\nQUIT\r\n");
        client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Thread.Sleep(300);
        held.Set();
        Assert.Equal("250 2.0.0 queued as 1\r\n221 2.0.0 Bye\r\n", client.ReadToEnd());
    }

    /// <summary>Larger than every buffer on the way, to a host that reads line by line.</summary>
    [Theory]
    [InlineData(TlsMode.Plain)]
    [InlineData(TlsMode.Implicit)]
    public void A_large_message_comes_whole(TlsMode tls)
    {
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right }, tls);
        rig.Route(OutboundRig.WebPki);
        using WireClient client = rig.Gate.Connect();
        if (tls == TlsMode.Implicit)
            _ = client.StartTls();
        _ = client.ReadLine();
        client.Say("EHLO client.example\r\n");
        _ = client.ReadUntil(tls == TlsMode.Plain ? "ENHANCEDSTATUSCODES\r\n" : "REQUIRETLS\r\n");
        var text = new StringBuilder();
        for (int line = 0; line < 40_000; line++)
            _ = text.Append(System.Globalization.CultureInfo.InvariantCulture, $"..line {line} {new string('x', line % 60)}\r\n");
        Assert.StartsWith("250", OutboundRig.Send(client, text: text.ToString()), StringComparison.Ordinal);
        Assert.Equal(text.ToString(), Assert.Single(rig.Host.Messages));
    }

    /// <summary>The first host refuses the connection, the second one takes the mail.</summary>
    [Fact]
    public void The_next_host_is_tried_and_the_next_address()
    {
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right });
        HopCase away = RigRouter.Host(OutboundRig.Domain, OutboundRig.WebPki, "away.example.test", "127.0.0.9");
        HopCase skipped = RigRouter.Host(OutboundRig.Domain, OutboundRig.WebPki, "skipped.example.test") with { Refusal = new SmtpRefusal(451, "4.7.5", "no") };
        HopCase second = RigRouter.Host(OutboundRig.Domain, OutboundRig.WebPki);
        rig.Route(away, skipped, second with { Addresses = [System.Net.IPAddress.Parse("127.0.0.8"), .. second.Addresses] });
        using WireClient client = rig.Connect();
        Assert.StartsWith("250", OutboundRig.Send(client), StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(rig.Gate.Router.Told).Host);
    }

    [Fact]
    public void Without_a_demand_a_host_without_starttls_has_it_in_the_clear()
    {
        using var rig = new OutboundRig();
        rig.Route(OutboundRig.IfOffered);
        using WireClient client = rig.Connect();
        Assert.StartsWith("250", OutboundRig.Send(client), StringComparison.Ordinal);
        Assert.Equal("Subject: x\r\n\r\nhello\r\n", Assert.Single(rig.Host.Messages));
        Assert.False(Assert.Single(rig.Gate.Router.Told).InsideTls);
    }

    /// <summary>RFC 7435: a handshake that fails where nobody demands one is told, and the mail goes.</summary>
    [Fact]
    public void Without_a_demand_a_broken_handshake_is_gone_around()
    {
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right, BreaksHandshake = true });
        rig.Route(OutboundRig.IfOffered);
        using WireClient client = rig.Connect();
        Assert.StartsWith("250", OutboundRig.Send(client), StringComparison.Ordinal);
        HopResult told = Assert.Single(rig.Gate.Router.Told);
        Assert.Equal((TlsFailure.Handshake, false), (told.Failure, told.InsideTls));
    }

    /// <summary>testing: it is delivered, and what it fell short of is told.</summary>
    [Fact]
    public void What_is_watched_is_told_and_does_not_stop_mail()
    {
        using var rig = new OutboundRig(new MailHostOptions { Certificate = ServerCertificates.Of("expired") });
        rig.Route(RigRouter.Host(OutboundRig.Domain, OutboundRig.IfOffered) with { Watch = OutboundRig.WebPki });
        using WireClient client = rig.Connect();
        Assert.StartsWith("250", OutboundRig.Send(client), StringComparison.Ordinal);
        HopResult told = Assert.Single(rig.Gate.Router.Told);
        Assert.Equal((null, TlsFailure.Expired, true), (told.Failure, told.WatchFailure, told.InsideTls));
    }
}
