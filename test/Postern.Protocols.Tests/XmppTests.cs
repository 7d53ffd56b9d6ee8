using System.Text;
using System.Xml;
using CsCheck;
using Postern.Fuzz;
using Postern.Protocols.Xmpp;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>What the engine learns of XMPP, and the words that are said outside a dialogue.</summary>
/// <remarks>
/// What the scripts of the XMPP folders are worth was tried, by taking out one thing at a time. The namespace out of XmlElement.Is:
/// 72 failures in DialogueTests; XmppFront's demand that starttls is empty: 16; XmppBack's that proceed is: 8, and that it was asked
/// for: 8; a hundredfold XmlStreamReader.MaxDepth: 16; a tenfold MaxUnit: 40; StreamOpening.IsServed: 24; the bound of a reference
/// in XmlBytes: 8. Without the escape of a quote in XmlText <see cref="Our_header_to_a_server_holds_its_names"/> fails.
/// </remarks>
public sealed class XmppTests
{
    private const string Header =
        "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='Peer.Example' to='Example.ORG' version='1.0'>";

    private static readonly FrontSettings s_front = new("gate.example");

    [Theory]
    [InlineData("jabber:server", "peer.example")]
    [InlineData("jabber:client", null)]
    public void Names_are_known_after_the_header(string content, string? origin)
    {
        byte[] heard = Encoding.ASCII.GetBytes(Header.Replace("jabber:server", content, StringComparison.Ordinal));
        XmppProtocol protocol = content == "jabber:server" ? XmppProtocol.Server : XmppProtocol.Client;
        foreach (FrontNegotiator negotiator in (FrontNegotiator[])[protocol.FacingClient(s_front), protocol.FirstWords(s_front, TlsMode.Implicit, TlsMode.StartTls)!])
        {
            Assert.Null(negotiator.Addressee);
            Conversation.Run(negotiator, heard);
            Assert.Equal("example.org", negotiator.Addressee);
            Assert.Equal(origin, negotiator.Origin);
        }
    }

    /// <summary>A domain that is not served is nobody's addressee: it chooses no certificate and reaches no server.</summary>
    [Fact]
    public void An_unknown_domain_is_not_told()
    {
        FrontNegotiator negotiator = XmppProtocol.Server.FacingClient(s_front with { Domains = ["example.net"] });
        Outcome outcome = Conversation.Run(negotiator, Encoding.ASCII.GetBytes(Header));
        Assert.Equal(Refusal.UnknownDomain, outcome.Refusal);
        Assert.Null(negotiator.Addressee);
    }

    /// <summary>
    /// S4: what was said before STARTTLS is heard again inside, where it is the client's own; a client that came with TLS at once
    /// said nothing before.
    /// </summary>
    [Theory]
    [InlineData(TlsMode.StartTls, true)]
    [InlineData(TlsMode.Implicit, false)]
    [InlineData(TlsMode.Plain, false)]
    public void First_words_are_for_a_server_that_is_asked_in_the_clear(TlsMode back, bool heard)
    {
        foreach (TlsMode front in (TlsMode[])[TlsMode.Plain, TlsMode.Implicit, TlsMode.StartTls])
            Assert.Equal(heard, XmppProtocol.Client.FirstWords(s_front, front, back) is not null);
    }

    /// <summary>RFC 6120 §4.7.3: the id of each stream is another one.</summary>
    [Fact]
    public void Ids_come_from_the_gate()
    {
        ulong next = 0x0123456789abcdee;
        FrontSettings settings = s_front with { Nonce = () => ++next };
        foreach (string id in (string[])["0123456789abcdef", "0123456789abcdf0"])
        {
            Outcome outcome = Conversation.Run(XmppProtocol.Server.FacingClient(settings), Encoding.ASCII.GetBytes(Header));
            Assert.Contains($" id='{id}' ", Encoding.ASCII.GetString(outcome.Output), StringComparison.Ordinal);
        }
    }

    /// <summary>An error from outside stands in our stream when there is one, and in one of its own when there is none.</summary>
    [Fact]
    public void A_refusal_from_outside_makes_one_document()
    {
        FrontNegotiator negotiator = XmppProtocol.Server.FacingClient(s_front);
        var dialogue = new Dialogue(negotiator);
        var output = new ByteWriter(new byte[16 * 1024]);
        foreach (string heard in (string[])["", Header[..20], Header])
        {
            _ = dialogue.Feed(Encoding.ASCII.GetBytes(heard), ref output);
            int said = output.Length;
            XmppProtocol.Server.WriteUnavailable(new Apology(Unavailable.TimedOut, "gate.example"), negotiator.Place, [], ref output);
            Assert.Equal("connection-timeout", Condition(output.Written.ToArray()));
            output.Truncate(said);
        }

        Assert.Equal(RefusalPlace.Answer, negotiator.Place);
    }

    [Theory]
    [InlineData(Unavailable.Busy, "resource-constraint")]
    [InlineData(Unavailable.TimedOut, "connection-timeout")]
    [InlineData(Unavailable.NoBackend, "remote-connection-failed")]
    [InlineData(Unavailable.BadBackend, "remote-connection-failed")]
    [InlineData(Unavailable.NoTls, "remote-connection-failed")]
    [InlineData(Unavailable.Untrusted, "remote-connection-failed")]
    [InlineData(Unavailable.Unproved, "remote-connection-failed")]
    public void Conditions(Unavailable why, string condition) =>
        Gen.String[0, 3000].Sample(reason =>
        {
            var output = new ByteWriter(new byte[16 * 1024]);
            XmppProtocol.Client.WriteUnavailable(new Apology(why, "gate.example", reason), RefusalPlace.Greeting, [], ref output);
            Assert.False(output.Overflowed);
            Assert.Equal(condition, Condition(output.Written.ToArray()));
        }, iter: 200);

    /// <summary>Names of a client's choosing are written into a header: none of them leaves its quotes.</summary>
    [Fact]
    public void Our_header_to_a_server_holds_its_names() =>
        Gen.Select(Gen.String[Gen.Char[' ', '~'], 0, 60], Gen.String[Gen.Char[' ', '~'], 0, 60]).Sample((to, from) =>
        {
            BackNegotiator back = XmppProtocol.Server.FacingServer(new BackSettings("gate.example", to, from, 1));
            byte[] said = [.. Conversation.Run(back, []).Output, .. "</stream:stream>"u8];
            using XmlReader reader = Parse(said);
            Assert.Equal(XmlNodeType.Element, reader.MoveToContent());
            Assert.Equal((to, from), (reader.GetAttribute("to"), reader.GetAttribute("from")));
        });

    /// <summary>The condition of the stream error in a whole document; throws for what is none.</summary>
    private static string Condition(byte[] document)
    {
        var read = new XmlDocument();
        using XmlReader reader = Parse(document);
        read.Load(reader);
        XmlNode error = Assert.Single(read.DocumentElement!.GetElementsByTagName("error", "http://etherx.jabber.org/streams").Cast<XmlNode>());
        Assert.Equal("urn:ietf:params:xml:ns:xmpp-streams", error.FirstChild!.NamespaceURI);
        return error.FirstChild.LocalName;
    }

    private static XmlReader Parse(byte[] document) =>
        XmlReader.Create(new MemoryStream(document), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
}
