using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Postern.Engine.Outbound;
using Postern.Engine.Tests.Rig;
using Postern.Policy.Decision;
using Postern.Policy.Service;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Outbound;

/// <summary>
/// Streams that reach nobody: no word of theirs is said in the clear, or to one who is not the server; no word that a server said in the
/// clear comes back; and the local server is told why in XMPP's own words (RFC 6120 §4.9.3). Taken out: what BackendSession.WithServer
/// asks of the demand and Upgrade's demand (a wrong key is talked to), Dialogue's look at what is unread (C4).
/// </summary>
public sealed class XmppRefusalTests
{
    private const string Secret = "<db:result>secret</db:result>";

    private static string Stream => XmppRig.Part.Words[1];

    public static TheoryData<string, string[], string> Faults => new()
    {
        // C1: not offered, offered elsewhere, or refused when asked for.
        { "stripped", [Stream.Replace("starttls", "x", StringComparison.Ordinal)], "backend-no-starttls" },
        { "another namespace", [Stream.Replace(":xmpp-tls", ":xmpp-sasl", StringComparison.Ordinal)], "backend-no-starttls" },
        { "no version", [Stream.Replace(" version='1.0'>", ">", StringComparison.Ordinal)], "backend-no-starttls" },
        { "failure", [Stream, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"], "backend-no-starttls" },

        // C4, C5: what stands behind proceed came in the clear.
        { "injection", [Stream, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message>injected</message>" + FalseServer.Tls], "backend-injection" },
    };

    /// <summary>Whatever is demanded: TLS with anybody is TLS.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public void A_server_without_TLS_hears_no_word(string fault, string[] answers, string outcome)
    {
        Assert.NotEqual("", fault);
        foreach (TlsDemand demand in (TlsDemand[])[XmppRig.Encrypted, XmppRig.WebPki, XmppRig.Dane(null), XmppRig.Encrypted with { Proof = TlsProof.IfOffered }])
        {
            using var server = new FalseServer(["", .. answers]);
            using var rig = new XmppRig(null, XmppRig.Target(server.Port, demand));
            Refused(rig, "policy-violation", outcome);
            Assert.Matches(XmppRig.Part.HeardSoFar, server.HeardInTheClear);
            Assert.Equal("", server.HeardInside);
        }
    }

    [Theory]
    [InlineData(true, "webpki", "wrong name", "policy-violation", "backend-untrusted", "(expected a trusted certificate for server.example.test)")]
    [InlineData(false, "webpki", "expired", "policy-violation", "backend-untrusted", "certificate has expired")]
    [InlineData(false, "webpki", "unknown root", "policy-violation", "backend-untrusted", "xmpp.example.test[127.0.0.1]:")]
    [InlineData(true, "dane", "right", "policy-violation", "backend-untrusted", "matches no TLSA record (expected a match with the TLSA record of server.example.test)")]
    [InlineData(false, "dane", "right", "policy-violation", "backend-untrusted", "matches no TLSA record")]
    [InlineData(true, "unusable", "right", "policy-violation", "backend-unproved", "none of the TLSA records is usable")]
    public void A_server_that_is_not_the_one_hears_no_word(bool isDirect, string demand, string shown, string condition, string outcome, string reason)
    {
        using FalseServer server = XmppRig.Honest(isDirect, ServerCertificates.Of(shown));
        TlsDemand wrong = XmppRig.Dane(null);
        TlsDemand demanded = demand switch
        {
            "webpki" => XmppRig.WebPki,
            "dane" => wrong,
            _ => wrong with { Tlsa = [wrong.Tlsa[0] with { Data = [1, 2, 3] }] },
        };
        using var rig = new XmppRig(null, XmppRig.Target(server.Port, demanded, isDirect));
        JsonElement record = Refused(rig, condition, outcome, reason);
        Assert.Contains(reason, record.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("", server.HeardInside);
        Assert.Equal(demand == "unusable" ? 0 : 1, server.Connections);
    }

    /// <summary>C8, C9: a condition, a referral, a name: in the clear it is anybody's word.</summary>
    [Fact]
    public void What_a_server_says_in_the_clear_reaches_nobody()
    {
        const string Error = "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>injected.example</see-other-host></stream:error></stream:stream>";
        string header = Stream[..Stream.IndexOf("<stream:features>", StringComparison.Ordinal)];
        using var server = new FalseServer(["", header + Error]);
        using var rig = new XmppRig(null, XmppRig.Target(server.Port, XmppRig.WebPki));
        Refused(rig, "remote-connection-failed", "backend-refused", "refused");
    }

    [Theory]
    [InlineData(ServiceRefusalKind.HostUnknown, "host-unknown", "refused:unknown-domain")]
    [InlineData(ServiceRefusalKind.ConnectionFailed, "remote-connection-failed", "backend-unreachable")]
    [InlineData(ServiceRefusalKind.PolicyViolation, "policy-violation", "backend-unproved")]
    public void What_the_resolver_refuses_is_said(ServiceRefusalKind kind, string condition, string outcome)
    {
        using var rig = new XmppRig();
        rig.Gate.Services.Answer = new ServiceAnswer([], new ServiceRefusal(kind, "it's <so>"));
        Refused(rig, condition, outcome, ": it&apos;s &lt;so&gt;</text>");
        Assert.Equal(0, rig.Gate.Dialer.Asked);
    }

    [Fact]
    public void Nobody_left_is_what_the_one_server_was_refused_for()
    {
        using var rig = new XmppRig(null, XmppRig.Target(1, XmppRig.WebPki) with { Refusal = new ServiceRefusal(ServiceRefusalKind.PolicyViolation, "TLSA of it is bogus") });
        Refused(rig, "policy-violation", "backend-unproved", ": TLSA of it is bogus</text>");
        Assert.Equal(0, rig.Gate.Dialer.Asked);
    }

    /// <summary>One that is attacked is what somebody has to look at, whoever else is down.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_wrong_key_outweighs_a_server_that_is_down(bool wrongFirst)
    {
        using FalseServer wrong = XmppRig.Honest(isDirect: true);
        ServiceTarget down = XmppRig.Target(XmppRig.DeadPort(), XmppRig.WebPki);
        ServiceTarget attacked = XmppRig.Target(wrong.Port, XmppRig.Dane(null), isDirect: true);
        using var rig = wrongFirst ? new XmppRig(null, attacked, down) : new XmppRig(null, down, attacked);
        Refused(rig, "policy-violation", "backend-untrusted", "matches no TLSA record");
        Assert.Equal(2, rig.Gate.Dialer.Asked);
    }

    [Fact]
    public void A_server_that_is_down()
    {
        int port = XmppRig.DeadPort();
        using var rig = new XmppRig(null, XmppRig.Target(port, XmppRig.WebPki));
        Refused(rig, "remote-connection-failed", "backend-unreachable", $"gate.example.test cannot reach a server of that domain now: xmpp.example.test[127.0.0.1]:{port}: Connection refused</text>");
    }

    /// <summary>S11: a zone can name as many as it likes. Taken out: MaxTries (forty are dialled).</summary>
    [Fact]
    public void Servers_without_end_are_not_tried_without_end()
    {
        int port = XmppRig.DeadPort();
        using var rig = new XmppRig(null, [.. Enumerable.Range(0, 10).Select(_ => XmppRig.Target(port, XmppRig.WebPki, false, "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"))]);
        Refused(rig, "remote-connection-failed", "backend-unreachable", "Connection refused");
        Assert.Equal(ServiceCandidates.MaxTries, rig.Gate.Dialer.Asked);
    }

    [Fact]
    public void Without_a_resolver_there_is_no_way()
    {
        using var rig = new XmppRig(new GateOptions { Tls = TlsMode.Plain, HasResolver = false });
        Refused(rig, "remote-connection-failed", "backend-unreachable", "this gate has no resolver");
    }

    [Theory]
    [InlineData(" to='server.example.test'", "", "improper-addressing")]
    [InlineData("server.example.test", "user@server.example.test", "improper-addressing")]
    [InlineData("server.example.test", "[::1]", "improper-addressing")]
    [InlineData("client.example.test", "not a domain", "improper-addressing")]
    [InlineData(" version='1.0'", "", "unsupported-version")]
    [InlineData("'jabber:server'", "'jabber:client'", "invalid-namespace")]
    public void A_header_that_is_none_is_answered_at_once(string part, string other, string condition)
    {
        using var rig = new XmppRig();
        string said;
        using (WireClient client = rig.Say(XmppRig.Header.Replace(part, other, StringComparison.Ordinal)))
            said = client.ReadToAnyEnd();
        Assert.Contains($"<stream:error><{condition} ", said, StringComparison.Ordinal);
        Assert.Equal("refused:client-garbage", rig.Gate.NextOutcome());
        Assert.Empty(rig.Gate.Services.Asked);
    }

    [Fact]
    public void A_resolver_that_does_not_answer()
    {
        using var rig = new XmppRig(XmppRig.Hurried);
        rig.Gate.Services.Silent = true;
        Refused(rig, "remote-connection-failed", "backend-unreachable", "which servers server.example.test has could not be found out in time");
        Assert.Equal(1, rig.Gate.Services.GivenUp);
    }

    [Fact]
    public void A_dialer_that_does_not_answer()
    {
        using var rig = new XmppRig(XmppRig.Hurried, XmppRig.Target(1, XmppRig.WebPki));
        rig.Gate.Dialer.Waits = true;
        Refused(rig, "remote-connection-failed", "backend-unreachable", "the dialer did not answer");
        Assert.Empty(rig.Gate.Dialer.Waiting);
    }

    /// <summary>Of each kind of silence there is an end, and then the next server's turn.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_server_that_says_nothing(bool isDirect)
    {
        using var silent = new FalseServer(["", FalseServer.Silence, FalseServer.Silence]);
        using var rig = new XmppRig(XmppRig.Hurried, XmppRig.Target(silent.Port, XmppRig.WebPki, isDirect));
        Refused(rig, "remote-connection-failed", "backend-unreachable", "did not start TLS in time");
        silent.WaitForEnd();
    }

    /// <summary>The local server does not wait for ever: with the time over, no further server is tried.</summary>
    [Fact]
    public void All_of_it_has_an_end()
    {
        using var silent = new FalseServer(["", FalseServer.Silence, FalseServer.Silence]);
        using var rig = new XmppRig(
            new GateOptions { Tls = TlsMode.Plain, Times = ServiceTimes.Standard with { Whole = 2_000, Answer = 20_000, Connect = 20_000, Tls = 20_000 } },
            XmppRig.Target(silent.Port, XmppRig.WebPki), XmppRig.Target(silent.Port, XmppRig.WebPki));
        Refused(rig, "remote-connection-failed", "backend-unreachable", "did not start TLS in time");
        Assert.Equal(1, rig.Gate.Dialer.Asked);
    }

    [Fact]
    public void A_client_that_leaves_while_the_resolver_is_asked_takes_the_question_with_it()
    {
        using var rig = new XmppRig();
        rig.Gate.Services.Silent = true;
        using (rig.Say(XmppRig.Header))
            Assert.True(SpinWait.SpinUntil(() => !rig.Gate.Services.Asked.IsEmpty, TimeSpan.FromSeconds(10)));
        Assert.Equal("client-left", rig.Gate.NextOutcome());
        Assert.Equal(1, rig.Gate.Services.GivenUp);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_client_that_leaves_while_a_server_is_tried_takes_the_connection_with_it(bool isDirect)
    {
        using var silent = new FalseServer(["", FalseServer.Silence, FalseServer.Silence]);
        using var rig = new XmppRig(null, XmppRig.Target(silent.Port, XmppRig.WebPki, isDirect));
        using (rig.Say(XmppRig.Header))
            Assert.True(SpinWait.SpinUntil(() => silent.Connections == 1, TimeSpan.FromSeconds(10)));
        silent.WaitForEnd();
        Assert.Equal("client-left", rig.Gate.NextOutcome());
    }

    /// <summary>The client has said more than its header before anybody was found: it hears one error, in the domain's name, and nobody hears it.</summary>
    private static JsonElement Refused(XmppRig rig, string condition, string outcome, string text = "")
    {
        string said;
        using (WireClient client = rig.Say(XmppRig.Header, Secret))
            said = client.ReadToAnyEnd();
        Assert.StartsWith(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='0' from='server.example.test' to='client.example.test' ",
            said, StringComparison.Ordinal);
        Assert.Contains($"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text ", said, StringComparison.Ordinal);
        Assert.EndsWith("</text></stream:error></stream:stream>", said, StringComparison.Ordinal);
        Assert.Contains(text, said, StringComparison.Ordinal);
        JsonElement record = rig.Gate.NextRecord();
        Assert.Equal(outcome, record.GetProperty("outcome").GetString());
        Assert.Equal(XmppRig.Domain, record.GetProperty("domain").GetString());
        Assert.DoesNotContain("injected", said + record, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", said + record, StringComparison.Ordinal);
        return record;
    }
}
