using System.Text.Json;
using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.FacingServers;

/// <summary>
/// C1 to C14, each protocol: a server that does not start TLS as it should hears no word of the client, and no word that is not of
/// the dialogue. The gate is plain, so that what the client has said would be there to be lost.
/// </summary>
public sealed class FalseServerTests
{
    private static readonly BackendTrust s_trust = new() { Mode = TlsMode.StartTls };

    /// <summary>C1: what each protocol has for no, and some that are no answers at all.</summary>
    private static readonly Dictionary<string, string[]> s_refusals = new(StringComparer.Ordinal)
    {
        ["smtp"] = ["454 4.7.0 no\r\n", "502 no\r\n", "500 no\r\n", "501 no\r\n", "530 no\r\n", "354 go on\r\n", "421 no\r\n", "250 OK\r\n", "221 bye\r\n"],
        ["imap"] = [$"{FalseServer.FirstWord} NO no\r\n", $"{FalseServer.FirstWord} BAD no\r\n", "+ go on\r\n", "* BYE no\r\n", "A1 OK go\r\n", "P0000000000000000 OK go\r\n"],
        ["pop3"] = ["-ERR no\r\n", "+ \r\n", "OK\r\n"],
        ["sieve"] = ["NO no\r\n", "BYE no\r\n", "NO {2}\r\nno\r\n"],
        ["nntp"] = ["580 no\r\n", "502 no\r\n", "483 no\r\n", "400 no\r\n", "281 ok\r\n", "383 go\r\n"],
        ["ldap"] = ["\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\0\x04\0", "\x30\x0c\x02\x01\0\x78\x07\x0a\x01\0\x04\0\x04\0", "\x30\x80", "* OK\r\n"],
        ["postgres"] = ["N", "E\0\0\0\x05\0", "R\0\0\0\x08\0\0\0\0", "s"],
        ["xmpp-client"] =
        [
            "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>", "<proceed/>", "<proceed xmlns='urn:example'/>",
            "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
        ],
    };

    public static TheoryData<string> Protocols => [.. Part.All.Select(part => part.Protocol)];

    [Theory]
    [MemberData(nameof(Protocols))]
    public void An_honest_server_hears_the_client_inside_TLS(string protocol)
    {
        Part part = Part.All.Single(each => each.Protocol == protocol);
        using var server = new FalseServer(part.Honest, part.Inside);
        using GateRig rig = Rig(part, server);
        using WireClient client = rig.Connect();
        string said = part.Opening.Length > 0 ? part.Opening : "x\r\n";
        if (part.Greeting.Length > 0)
            Assert.StartsWith(part.Greeting, client.ReadUntil(part.Inside.Length > 0 ? part.Inside : "\r\n"), StringComparison.Ordinal);
        client.Say(said);
        Assert.EndsWith("done\r\n", client.ReadUntil("done\r\n"), StringComparison.Ordinal);
        Assert.Equal(said, server.HeardInside);
        Assert.Matches(part.HeardWhole, server.HeardInTheClear);
        Assert.Equal(ServerCertificates.Name, server.ServerName);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void C1_a_server_that_does_not_start_TLS(string protocol)
    {
        Part part = Part.All.Single(each => each.Protocol == protocol);
        string kin = protocol switch { "submission" or "lmtp" => "smtp", "xmpp-server" => "xmpp-client", _ => protocol };
        foreach (string refusal in s_refusals[kin])
            HearsNothing(part, part.Answering(refusal), "backend-no-starttls", "backend-refused", "backend-invalid");
    }

    /// <summary>C1: not in the list, or in no list; C2: the question itself is refused.</summary>
    [Theory]
    [InlineData("smtp", "250 server\r\n")]
    [InlineData("smtp", "250 STARTTLS\r\n")]
    [InlineData("smtp", "250-server\r\n250 XSTARTTLS\r\n")]
    [InlineData("smtp", "500 what\r\n")]
    [InlineData("lmtp", "502 what\r\n")]
    [InlineData("pop3", "+OK\r\nUIDL\r\n.\r\n")]
    [InlineData("pop3", "-ERR what\r\n")]
    [InlineData("xmpp-client", "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'><stream:features/>")]
    [InlineData("xmpp-server", "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'><stream:features/>")]
    [InlineData("xmpp-server", "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback' id='1'>")]
    public void C1_C2_STARTTLS_is_not_offered(string protocol, string answer)
    {
        Part part = Part.All.Single(each => each.Protocol == protocol);
        HearsNothing(part, [part.Words[0], answer, "220 go\r\n"], "backend-no-starttls", "backend-invalid");
    }

    [Fact]
    public void C3_PREAUTH() =>
        HearsNothing(Part.All.Single(part => part.Protocol == "imap"), ["* PREAUTH welcome alice\r\n", "x"], "backend-invalid");

    /// <summary>C4, C5: without the unread check of Dialogue, and of Upgrade, the words behind would count inside TLS.</summary>
    [Theory]
    [MemberData(nameof(Protocols))]
    public void C4_C5_words_behind_the_one_that_starts_TLS(string protocol)
    {
        Part part = Part.All.Single(each => each.Protocol == protocol);
        foreach (string behind in (string[])["250 injected\r\n", "x", "\r\n", " "])
            HearsNothing(part, part.Answering(part.Words[^1] + behind), "backend-injection", "backend-invalid");
    }

    /// <summary>C12: inside TLS the client is next; without Gate.BackendMustWait it would take the words for an answer.</summary>
    [Theory]
    [InlineData("smtp")]
    [InlineData("imap")]
    [InlineData("pop3")]
    [InlineData("nntp")]
    public void C12_a_server_that_speaks_first_inside_TLS(string protocol)
    {
        Part part = Part.All.Single(each => each.Protocol == protocol);
        using var server = new FalseServer(part.Honest, "250 injected\r\n");
        using GateRig rig = Rig(part, server);
        using WireClient client = rig.Connect();
        Assert.DoesNotContain("injected", client.ReadToAnyEnd(), StringComparison.Ordinal);
        Assert.Equal("backend-injection", rig.NextOutcome());
    }

    /// <summary>C14: no end of a reply, no end of replies. The bounds are those of the negotiators and of Dialogue.</summary>
    [Theory]
    [InlineData("smtp", "250-x\r\n")]
    [InlineData("pop3", "X\r\n")]
    [InlineData("imap", "* OK x\r\n")]
    [InlineData("nntp", "x")]
    [InlineData("sieve", "\"X\"\r\n")]
    [InlineData("xmpp-client", "<a>")]
    [InlineData("xmpp-server", "<a>")]
    public void C14_a_reply_without_an_end(string protocol, string again)
    {
        Part part = Part.All.Single(each => each.Protocol == protocol);
        string endless = string.Concat(Enumerable.Repeat(again, 64 * 1024 / again.Length));
        HearsNothing(part, [.. part.Words[..^1], endless], "backend-invalid", "backend-no-starttls");
    }

    /// <summary>C11 after STARTTLS as at once.</summary>
    [Theory]
    [MemberData(nameof(Protocols))]
    public void C11_another_server_than_the_right_one(string protocol)
    {
        Part part = Part.All.Single(each => each.Protocol == protocol);
        using var server = new FalseServer(part.Honest, part.Inside, ServerCertificates.Of("wrong name"));
        using GateRig rig = Rig(part, server);
        using (WireClient client = rig.Connect())
        {
            client.Say(part.Opening);
            _ = client.ReadToAnyEnd();
        }

        Assert.Equal("backend-untrusted", rig.NextOutcome());
        Assert.Equal("", server.HeardInside);
        Assert.Matches(part.HeardWhole, server.HeardInTheClear);
    }

    private static GateRig Rig(Part part, FalseServer server) =>
        new(new GateOptions { Protocol = part.Protocol, Tls = TlsMode.Plain, BackendTls = s_trust, BackendPort = server.Port });

    /// <summary>The client has said its password before the gate knew whether it can be passed on.</summary>
    private static void HearsNothing(Part part, string[] words, params string[] outcomes)
    {
        const string Secret = "LOGIN alice secret\r\n";
        using var server = new FalseServer(words);
        using GateRig rig = Rig(part, server);
        string said;
        using (WireClient client = rig.Connect())
        {
            client.Say(part.Opening + Secret);
            said = client.ReadToAnyEnd();
        }

        JsonElement record = rig.NextRecord();
        Assert.Contains(record.GetProperty("outcome").GetString(), outcomes);
        Assert.False(server.HeardInside.Length > 0 || server.HeardInTheClear.Contains("secret", StringComparison.Ordinal), server.HeardInTheClear);
        Assert.Matches(part.HeardSoFar, server.HeardInTheClear);

        // C8: what it said is for nobody's eyes.
        Assert.DoesNotContain("injected", said + record, StringComparison.Ordinal);
        Assert.NotEqual("", said);
    }
}
