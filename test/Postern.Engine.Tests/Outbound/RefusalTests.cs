using System.Security.Cryptography.X509Certificates;
using Postern.Engine.Outbound;
using Postern.Engine.Tests.Rig;
using Postern.Policy.Decision;
using Xunit;

namespace Postern.Engine.Tests.Outbound;

/// <summary>
/// Mail that is not delivered: never in the clear against a demand, never to a host that is not the one, never lost. Taken out: what
/// HopSession asks of the case (a certificate of another name is mailed to), HopTls.Required in BeginHello (STARTTLS is stripped).
/// </summary>
public sealed class RefusalTests
{
    private static readonly X509Certificate2 s_right = ServerCertificates.Of("right");

    /// <summary>The host never hears a word of mail, and the answer says who demanded what.</summary>
    [Theory]
    [InlineData("dane", "stripped", "451 4.7.4", TlsFailure.NoStartTls)]
    [InlineData("webpki", "stripped", "451 4.7.4", TlsFailure.NoStartTls)]
    [InlineData("encrypted", "stripped", "451 4.7.4", TlsFailure.NoStartTls)]
    [InlineData("dane", "refused", "451 4.7.4", TlsFailure.NoStartTls)]
    [InlineData("encrypted", "broken", "451 4.7.5", TlsFailure.Handshake)]
    [InlineData("webpki", "wrong name", "451 4.7.5", TlsFailure.WrongName)]
    [InlineData("webpki", "expired", "451 4.7.5", TlsFailure.Expired)]
    [InlineData("webpki", "self-signed", "451 4.7.5", TlsFailure.NotTrusted)]
    [InlineData("dane", "right", "451 4.7.5", TlsFailure.NoTlsaMatch)]
    public void A_host_that_falls_short_has_no_mail(string demand, string shown, string answer, TlsFailure failure)
    {
        bool hasTls = shown is not "stripped";
        string certificate = shown is "stripped" or "refused" or "broken" ? "right" : shown;
        using var rig = new OutboundRig(new MailHostOptions
        {
            Certificate = hasTls ? ServerCertificates.Of(certificate) : null,
            StartTlsAnswer = shown == "refused" ? "454 4.7.0 not now" : "220 go",
            BreaksHandshake = shown == "broken",
        });
        rig.Route(demand switch
        {
            "dane" => OutboundRig.Dane(s_right, wrong: true),
            "webpki" => OutboundRig.WebPki,
            _ => OutboundRig.Encrypted,
        });
        using WireClient client = rig.Connect();
        string said = OutboundRig.Send(client);
        Assert.StartsWith(answer, said, StringComparison.Ordinal);
        Assert.Contains(ServerCertificates.Name, said, StringComparison.Ordinal);
        Assert.DoesNotContain("MAIL", rig.Host.Heard, StringComparison.Ordinal);
        Assert.Empty(rig.Host.Messages);
        Assert.Equal(failure, Assert.Single(rig.Gate.Router.Told).Failure);

        // The session goes on.
        Assert.StartsWith("250", OutboundRig.Ask(client, "RSET"), StringComparison.Ordinal);
    }

    /// <summary>C4: what stands behind 220 came in the clear.</summary>
    [Fact]
    public void Injected_replies_end_the_line()
    {
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right, StartTlsAnswer = "220 go\r\n250 injected" });
        rig.Route(OutboundRig.WebPki);
        using WireClient client = rig.Connect();
        Assert.StartsWith("451 4.7.5", OutboundRig.Send(client), StringComparison.Ordinal);
        Assert.Equal(TlsFailure.Handshake, Assert.Single(rig.Gate.Router.Told).Failure);
    }

    [Fact]
    public void What_the_resolver_refuses_is_the_answer()
    {
        using var rig = new OutboundRig();
        rig.Gate.Router.Refuse(OutboundRig.Domain, new SmtpRefusal(550, "5.1.2", "example.test does not exist"));
        using WireClient client = rig.Connect();
        Assert.Equal("550 5.1.2 example.test does not exist\r\n", OutboundRig.Send(client));
        Assert.Equal(0, rig.Host.Connections);
    }

    [Fact]
    public void A_host_that_nobody_reaches_is_said()
    {
        using var rig = new OutboundRig();
        rig.Route(RigRouter.Host(OutboundRig.Domain, OutboundRig.IfOffered, "away.example.test", "127.0.0.9"));
        using WireClient client = rig.Connect();
        Assert.Equal("451 4.4.1 away.example.test[127.0.0.9] for example.test: Connection refused\r\n", OutboundRig.Send(client));
        Assert.Empty(rig.Gate.Router.Told);
    }

    [Fact]
    public void A_greeting_that_refuses_is_said()
    {
        using var rig = new OutboundRig(new MailHostOptions { Greeting = "554 5.7.1 go away" });
        rig.Route(OutboundRig.IfOffered);
        using WireClient client = rig.Connect();
        string said = OutboundRig.Send(client);
        Assert.StartsWith("451 4.3.2", said, StringComparison.Ordinal);
        Assert.Contains("go away", said, StringComparison.Ordinal);
    }

    /// <summary>RFC 8689: nothing but an authenticated host that offers it.</summary>
    [Theory]
    [InlineData(true, true, "250 ")]
    [InlineData(true, false, "550 5.7.30")]
    [InlineData(false, true, "550 5.7.10")]
    public void RequireTls_is_honoured(bool mxAuthenticated, bool offered, string answer)
    {
        string[] extensions = offered ? ["PIPELINING", "REQUIRETLS"] : ["PIPELINING"];
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right, Extensions = extensions }, Postern.Protocols.TlsMode.Implicit);
        rig.Route(OutboundRig.WebPki, mxAuthenticated);
        using WireClient client = rig.Gate.Connect().StartTls();
        _ = client.ReadLine();
        client.Say("EHLO client.example\r\n");
        _ = client.ReadUntil("REQUIRETLS\r\n");
        _ = OutboundRig.Ask(client, "MAIL FROM:<me@client.example> REQUIRETLS");
        Assert.StartsWith(answer, OutboundRig.Ask(client, "RCPT TO:<user@example.test>"), StringComparison.Ordinal);
        Assert.True(Assert.Single(rig.Gate.Router.Asked).RequireTls);
    }

    /// <summary>Nothing is accepted that the hop has not accepted.</summary>
    [Fact]
    public void A_host_that_goes_in_the_middle_of_a_message_leaves_it_with_the_client()
    {
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right, ClosesAfterLines = 3 });
        rig.Route(OutboundRig.WebPki);
        using WireClient client = rig.Connect();
        string text = string.Concat(Enumerable.Repeat("a line of it\r\n", 5_000));
        Assert.StartsWith("451 4.4.2", OutboundRig.Send(client, text: text), StringComparison.Ordinal);
        Assert.Empty(rig.Host.Messages);
    }

    /// <summary>Nothing looks like an end: the host sees a reset. Taken out: reset in MailRelay.Dispose.</summary>
    [Fact]
    public void A_client_that_goes_in_the_middle_leaves_nothing_behind()
    {
        using var rig = new OutboundRig(new MailHostOptions { Certificate = s_right });
        rig.Route(OutboundRig.WebPki);
        using (WireClient client = rig.Connect())
        {
            _ = OutboundRig.Ask(client, "MAIL FROM:<me@client.example>");
            _ = OutboundRig.Ask(client, "RCPT TO:<user@example.test>");
            _ = OutboundRig.Ask(client, "DATA");
            client.Say("half a message\r\n");
        }

        Assert.True(rig.Host.WaitForEnd());
        Assert.Empty(rig.Host.Messages);
        Assert.Equal(1, rig.Host.Broken);
    }

    /// <summary>A search that nobody waits for any more is given up.</summary>
    [Fact]
    public void A_client_that_goes_while_a_route_is_sought_takes_the_question_with_it()
    {
        using var rig = new OutboundRig();
        rig.Gate.Router.Silent = true;
        using (WireClient client = rig.Connect())
        {
            _ = OutboundRig.Ask(client, "MAIL FROM:<me@client.example>");
            client.Say("RCPT TO:<user@example.test>\r\n");
            Assert.True(SpinWait.SpinUntil(() => !rig.Gate.Router.Asked.IsEmpty, TimeSpan.FromSeconds(10)));
        }

        Assert.Equal("closed", rig.Gate.NextOutcome());
        Assert.Equal(1, rig.Gate.Router.GivenUp);
    }
}
