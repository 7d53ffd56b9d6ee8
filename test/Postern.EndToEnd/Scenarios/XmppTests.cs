using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.EndToEnd.Rigs;
using Postern.Protocols;
using Postern.Protocols.ProxyProtocol;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>A real Prosody behind the gate: who it takes clients for, and log-ins that are bound to the gate's TLS.</summary>
public sealed class XmppTests(XmppHost host) : IClassFixture<XmppHost>
{
    private const string Domain = XmppHost.Domain;
    private const string Plus = "SCRAM-SHA-256-PLUS";

    /// <summary>The gate with STARTTLS serves those too who begin with TLS.</summary>
    [Theory]
    [InlineData("starttls", "starttls")]
    [InlineData("implicit", "implicit")]
    [InlineData("implicit", "starttls")]
    public void Real_clients_log_in_and_a_message_arrives(string tls, string gate)
    {
        int port = gate == "starttls" ? host.StartTls : host.Implicit;
        using var bob = StropheClient.Listen(tls, port, host.Certificates.Authority, "bob@" + Domain);
        ToolResult alice = StropheClient.Send(tls, port, host.Certificates.Authority, "alice@" + Domain, "bob@" + Domain, $"by {tls} at {gate}");
        Assert.True(alice.ExitCode == 0, alice.Output);
        bob.WaitForMessage($"by {tls} at {gate}");
        Assert.Contains("SASL SCRAM-SHA-256 auth successful", bob.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Prosody_knows_the_clients_own_address()
    {
        using var tcp = new TcpClient(new IPEndPoint(IPAddress.Parse("127.0.0.7"), 0));
        tcp.Connect(IPAddress.Loopback, host.Implicit);
        using var tls = new System.Net.Security.SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        tls.AuthenticateAsClient(Domain);
        using var xmpp = new XmppSession(tls, tls, Domain);
        _ = xmpp.Open();
        Assert.Equal("success", xmpp.Authenticate("SCRAM-SHA-256", new ScramClient("alice", ProsodyRig.Password, "n,,", [])));
        xmpp.Send("nobody@" + Domain, "x");
        host.Prosody.WaitForLog("from 127.0.0.7, secure: true");
    }

    /// <summary>The client's binding is found by .NET's or OpenSSL's TLS, the server's comes by the gate's header.</summary>
    [Theory]
    [InlineData("tls-server-end-point")]
    [InlineData("tls-exporter")]
    public void A_log_in_bound_to_the_gates_TLS_is_accepted_and_a_message_arrives(string binding)
    {
        using var bob = StropheClient.Listen("starttls", host.StartTls, host.Certificates.Authority, "bob@" + Domain);
        using BoundSession alice = Connect(binding);
        string features = alice.Xmpp.Open();
        Assert.Contains($"<mechanism>{Plus}</mechanism>", features, StringComparison.Ordinal);
        Assert.Contains($"<channel-binding type='{binding}'/>", features, StringComparison.Ordinal);

        // By itself Prosody has nothing but tls-unique, which the gate does not have.
        Assert.DoesNotContain("tls-unique", features, StringComparison.Ordinal);
        Assert.Equal("success", alice.Xmpp.Authenticate(Plus, alice.Bound(alice.Binding)));
        alice.Xmpp.Send("bob@" + Domain, "bound by " + binding);
        bob.WaitForMessage("bound by " + binding);
    }

    /// <summary>Somebody stands between, with TLS of his own towards the gate: what the client binds to is not what the gate has.</summary>
    [Theory]
    [InlineData("tls-server-end-point")]
    [InlineData("tls-exporter")]
    public void Another_binding_is_refused(string binding)
    {
        using BoundSession alice = Connect(binding);
        _ = alice.Xmpp.Open();
        byte[] wrong = [.. alice.Binding];
        wrong[^1] ^= 1;
        Assert.Equal("malformed-request", alice.Xmpp.Authenticate(Plus, alice.Bound(wrong)));
        Assert.Equal("malformed-request", alice.Xmpp.Authenticate(Plus, alice.Bound([])));

        // That of another connection, where each has its own.
        if (binding == "tls-exporter")
        {
            using BoundSession other = Connect(binding);
            Assert.Equal("malformed-request", alice.Xmpp.Authenticate(Plus, alice.Bound(other.Binding)));
        }

        // The same client with the right one: it was that.
        Assert.Equal("success", alice.Xmpp.Authenticate(Plus, alice.Bound(alice.Binding)));
    }

    /// <summary>
    /// RFC 5802 §6: a client that could bind, and was shown an offer without -PLUS, says so; who has shown it that is found out.
    /// Taken out: the hook of mod_postern before mod_saslauth's (the second try, behind an abort, then succeeds).
    /// </summary>
    [Fact]
    public void A_client_that_was_shown_another_offer_is_refused_also_at_a_second_try()
    {
        var misled = new ScramClient("alice", ProsodyRig.Password, "y,,", []);
        using (BoundSession first = Connect("tls-server-end-point"))
        {
            _ = first.Xmpp.Open();
            Assert.Equal("malformed-request", first.Xmpp.Authenticate("SCRAM-SHA-256", misled));
        }

        using BoundSession second = Connect("tls-server-end-point");
        _ = second.Xmpp.Open();
        second.Xmpp.Abort("SCRAM-SHA-256", new ScramClient("alice", ProsodyRig.Password, "n,,", []));
        Assert.Equal("malformed-request", second.Xmpp.Authenticate("SCRAM-SHA-256", misled));
        Assert.Equal("success", second.Xmpp.Authenticate(Plus, second.Bound(second.Binding)));
    }

    /// <summary>Where nobody reads the header, nothing claims that somebody does.</summary>
    [Fact]
    public void Without_the_module_there_is_no_binding_and_no_offer_of_one()
    {
        using var alice = BoundSession.ByEndPoint(host.Unread, Domain);
        string features = alice.Xmpp.Open();
        Assert.Contains("<mechanism>SCRAM-SHA-256</mechanism>", features, StringComparison.Ordinal);
        Assert.DoesNotContain("-PLUS", features, StringComparison.Ordinal);
        Assert.DoesNotContain("channel-binding", features, StringComparison.Ordinal);
        Assert.NotEqual("success", alice.Xmpp.Authenticate(Plus, alice.Bound(alice.Binding)));
    }

    /// <summary>A header is believed because of whom it comes from. Taken out: is_gate in mod_postern.</summary>
    [Fact]
    public void A_header_from_elsewhere_is_not_read()
    {
        Assert.Contains("<mechanism>", Prosody("127.0.0.1", [.. Header(), .. Stream]), StringComparison.Ordinal);
        Assert.Equal("", Prosody("127.0.0.77", [.. Header(), .. Stream]));
        host.Prosody.WaitForLog("Connection from 127.0.0.77, which is not among postern_gates: closed");
    }

    [Fact]
    public void A_gate_that_sends_no_header_is_named_in_the_log()
    {
        using var alice = BoundSession.ByEndPoint(host.Headless, Domain);
        _ = Assert.Throws<EndOfStreamException>(alice.Xmpp.Open);
        host.Prosody.WaitForLog("From 127.0.0.1: no PROXY header: the gate needs proxy-protocol = \"v2\"");
    }

    /// <summary>Taken out: the timer of mod_postern's listener.</summary>
    [Fact]
    public void Silence_in_place_of_a_header_ends()
    {
        Assert.Equal("", Prosody("127.0.0.1", SignatureOnly));
        host.Prosody.WaitForLog("No PROXY header from 127.0.0.1 in time");
    }

    /// <summary>What is no header, or says that there was no TLS, gets no log-in.</summary>
    [Fact]
    public void A_broken_header_ends_the_connection()
    {
        byte[] good = Header();
        foreach ((string problem, byte[] header) in ((string, byte[])[])
        [
            ("a header of version 1", "PROXY TCP4 192.0.2.1 192.0.2.1 1 1\r\n"u8.ToArray()),
            ("no PROXY header", [.. good[..11], 0x0b, .. good[12..]]),
            ("an unknown version or command", [.. good[..12], 0x11, .. good[13..]]),
            ("an unknown address family", [.. good[..13], 0x31, .. good[14..]]),
            ("longer than 8 KiB", [.. good[..14], 0xff, 0xff, .. good[16..]]),
            ("too short for its addresses", [.. good[..14], 0, 11, .. good[16..27]]),
            ("a broken TLV", [.. good[..14], 0, 15, .. good[16..28], 0x20, 0, 1]),
            ("a broken TLV", With(0x20, [1, 0, 0, 0, 0], twice: true)),
            ("a TLS part that is too short", With(0x20, [1, 0, 0, 0])),
            ("a broken TLS part", With(0x20, [1, 0, 0, 0, 0, 0x21, 0, 9, 1])),
            ("a channel binding of a wrong length", [.. With(0x20, [1, 0, 0, 0, 0], extra: [0xe1, 0, 4, 1, 2, 3, 4])]),
        ])
        {
            string before = host.Prosody.ReadLog();
            Assert.Equal("", Prosody("127.0.0.1", [.. header, .. Stream]));
            Workplace.WaitFor(
                () => host.Prosody.ReadLog()[before.Length..].Contains(problem, StringComparison.Ordinal),
                () => $"nothing of '{problem}' in: {host.Prosody.ReadLog()[before.Length..]}");
        }

        // Cut anywhere, it is the same header.
        Assert.Contains("<mechanism>", Prosody("127.0.0.1", good[..7], good[7..40], [.. good[40..], .. Stream]), StringComparison.Ordinal);

        // Without TLS there is no offer: Prosody demands it, and has none to begin here.
        string plain = Prosody("127.0.0.1", [.. With(0xe0, [0]), .. Stream]);
        Assert.DoesNotContain("<mechanism>", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("<starttls", plain, StringComparison.Ordinal);
    }

    private static byte[] Stream => Encoding.ASCII.GetBytes(
        $"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{Domain}' version='1.0'>");

    private static byte[] SignatureOnly => Header()[..12];

    private BoundSession Connect(string binding) => binding == "tls-exporter"
        ? BoundSession.ByExporter(host.StartTls, Domain)
        : BoundSession.ByEndPoint(host.Implicit, Domain);

    /// <summary>What Prosody answers on the port behind the gate, to these bytes from this address, up to its features or its end.</summary>
    private string Prosody(string from, params byte[][] parts)
    {
        using var tcp = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0)) { NoDelay = true, ReceiveTimeout = 30_000 };
        tcp.Connect(IPAddress.Loopback, host.Prosody.C2sBehindGate);
        var said = new StringBuilder();
        try
        {
            foreach (byte[] part in parts)
            {
                tcp.GetStream().Write(part);
                Thread.Sleep(parts.Length > 1 ? 100 : 0);
            }

            byte[] buffer = new byte[4096];
            int count;
            while (!said.ToString().Contains("</stream:features>", StringComparison.Ordinal) && (count = tcp.GetStream().Read(buffer)) > 0)
                _ = said.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        catch (IOException)
        {
            // It closed on us.
        }

        return said.ToString();
    }

    private static byte[] Header()
    {
        var header = new ByteWriter(new byte[16 * 1024]);
        var endpoint = new ProxyAddress([192, 0, 2, 1], 40_000);
        ProxyHeaderWriter.WriteV2(
            new ProxyHeaderFacts
            {
                Source = endpoint, Destination = endpoint, TlsVersion = "TLSv1.3", Cipher = "TLS_AES_256_GCM_SHA384", ChannelBinding = new byte[32],
            },
            XmppLimit, new byte[16 * 1024], ref header);
        return header.Written.ToArray();
    }

    private static int XmppLimit => ProtocolList.Find("xmpp-client")!.MaxProxyHeader;

    /// <summary>A header with this TLV and no other.</summary>
    private static byte[] With(byte type, byte[] value, bool twice = false, byte[]? extra = null)
    {
        byte[] tlv = [type, 0, (byte)value.Length, .. value];
        byte[] tlvs = [.. tlv, .. twice ? tlv : [], .. extra ?? []];
        return [.. Header()[..14], 0, (byte)(12 + tlvs.Length), .. Header()[16..28], .. tlvs];
    }
}
