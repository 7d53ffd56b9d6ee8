using System.Diagnostics;
using System.Net.Sockets;
using Postern.Engine.Connections;
using Postern.Engine.Tests.Outbound;
using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Attacks;

/// <summary>
/// S11: silence, slowness, endlessness, numbers. Taken out: the SetDeadline of a stage (its row then hangs), MaxLine and
/// Dialogue.MaxBytes (the endless ones then go on), OverLimit in Connection.Admit (the numbers then get in).
/// </summary>
public sealed class S11_Exhaustion
{
    [Theory]
    [InlineData("smtp", "421 4.4.2")]
    [InlineData("imap", "* BYE [UNAVAILABLE]")]
    [InlineData("pop3", "-ERR [SYS/TEMP]")]
    [InlineData("sieve", "BYE (TRYLATER)")]
    [InlineData("nntp", "400 ")]
    public void Silence_after_the_greeting(string protocol, string farewell)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol, NegotiationTimeout = 300 });
        using WireClient client = rig.Connect();
        Assert.Contains(farewell, client.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal("timeout", rig.NextOutcome());
    }

    [Fact]
    public void Silence_in_the_handshake()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit, HandshakeTimeout = 300 });
        using WireClient client = rig.Connect();
        client.Say("\x16\x03\x01\x02\x00");
        Assert.Equal("", client.ReadToAnyEnd());
        Assert.Equal("timeout", rig.NextOutcome());
    }

    [Fact]
    public void Silence_before_the_proxy_header()
    {
        using var rig = new GateRig(new GateOptions { AcceptProxyFrom = ["127.0.0.0/8"], NegotiationTimeout = 300 });
        using WireClient client = rig.Connect();
        Assert.Equal("", client.ReadToAnyEnd());
        Assert.Equal("timeout", rig.NextOutcome());
    }

    [Fact]
    public void A_byte_a_moment_does_not_prolong_the_dialogue()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "smtp", NegotiationTimeout = 500 });
        using WireClient client = rig.Connect();
        long start = Stopwatch.GetTimestamp();
        try
        {
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(8))
            {
                client.Say("N");
                Thread.Sleep(50);
            }
        }
        catch (IOException)
        {
            // Closed, as it should be.
        }

        Assert.Equal("timeout", rig.NextOutcome());
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(6));
    }

    [Theory]
    [InlineData("smtp")]
    [InlineData("imap")]
    [InlineData("pop3")]
    [InlineData("sieve")]
    [InlineData("nntp")]
    public void An_endless_line(string protocol)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol });
        using WireClient client = rig.Connect();
        client.Say(new string('x', 64 * 1024));
        _ = client.ReadToAnyEnd();
        Assert.Equal("refused:too-long", rig.NextOutcome());
    }

    [Theory]
    [InlineData("smtp", "NOOP\r\n")]
    [InlineData("imap", "a NOOP\r\n")]
    [InlineData("sieve", "NOOP\r\n")]
    [InlineData("nntp", "HELP\r\n")]
    public void Endless_commands(string protocol, string command)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol });
        using WireClient client = rig.Connect();
        client.Say(string.Concat(Enumerable.Repeat(command, 1000)));
        _ = client.ReadToAnyEnd();
        Assert.Equal("refused:too-much", rig.NextOutcome());
    }

    [Theory]
    [InlineData("smtp", "XYZZY\r\n")]
    [InlineData("imap", "a LOGIN a b\r\n")]
    [InlineData("pop3", "USER a\r\n")]
    [InlineData("sieve", "GETSCRIPT \"a\"\r\n")]
    [InlineData("nntp", "ARTICLE 1\r\n")]
    public void Wrong_commands_without_end(string protocol, string command)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol });
        using WireClient client = rig.Connect();
        client.Say(string.Concat(Enumerable.Repeat(command, 50)));
        _ = client.ReadToAnyEnd();
        Assert.Equal("refused:too-many-errors", rig.NextOutcome());
    }

    [Fact]
    public void A_client_that_reads_no_answers_gets_no_more()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap", NegotiationTimeout = 1000 });
        using WireClient client = rig.Connect();
        client.Socket.ReceiveBufferSize = 1024;
        try
        {
            for (int i = 0; i < 1000; i++)
                client.Say("a CAPABILITY\r\n");
        }
        catch (IOException)
        {
            // Refused before that.
        }

        Assert.Equal("refused:too-much", rig.NextOutcome());
    }

    [Theory]
    [InlineData("smtp", "421 4.7.0")]
    [InlineData("imap", "* BYE [UNAVAILABLE]")]
    [InlineData("pop3", "-ERR [SYS/TEMP]")]
    [InlineData("sieve", "BYE (TRYLATER)")]
    [InlineData("nntp", "400 ")]
    public void More_connections_than_a_client_may_have(string protocol, string words)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol, MaxConnectionsPerClient = 3 });
        WireClient[] held = [rig.Connect(), rig.Connect(), rig.Connect()];
        foreach (WireClient client in held)
            _ = client.ReadLine();
        using (WireClient fourth = rig.Connect())
            Assert.StartsWith(words, fourth.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal("shed", rig.NextOutcome());

        // A place that is given back is a place.
        held[0].Dispose();
        Assert.Equal("client-left", rig.NextOutcome());
        using WireClient again = rig.Connect();
        Assert.DoesNotContain(words, again.ReadLine(), StringComparison.Ordinal);
        foreach (WireClient client in held)
            client.Dispose();
    }

    [Fact]
    public void Inside_implicit_tls_the_client_hears_why_too()
    {
        using var rig = new GateRig(
            new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit, MaxConnections = 1 }, new Backend("* OK hi\r\n"));
        using WireClient first = rig.Connect().StartTls();
        _ = first.ReadLine();
        using WireClient second = rig.Connect().StartTls();
        Assert.StartsWith("* BYE [UNAVAILABLE]", second.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal("shed", rig.NextOutcome());
        Assert.Equal(1, rig.Backend.Connections);
    }

    /// <summary>
    /// Protocols whose client speaks first: it is told all the same, where it would look. Taken out: EnterLinger in
    /// Connection.Shed (the words then come with an RST behind them).
    /// </summary>
    [Theory]
    [InlineData("xmpp-client", TlsMode.StartTls, "<stream:error><resource-constraint ")]
    [InlineData("xmpp-client", TlsMode.Implicit, "<stream:error><resource-constraint ")]
    [InlineData("xmpp-server", TlsMode.StartTls, "<stream:error><resource-constraint ")]
    [InlineData("xmpp-server", TlsMode.Implicit, "<stream:error><resource-constraint ")]
    [InlineData("ldap", TlsMode.StartTls, "1.3.6.1.4.1.1466.20036")]
    [InlineData("ldap", TlsMode.Implicit, "1.3.6.1.4.1.1466.20036")]
    [InlineData("postgres", TlsMode.StartTls, "too many connections")]
    [InlineData("postgres", TlsMode.Implicit, "too many connections")]
    public void A_client_that_speaks_first_hears_why_too(string protocol, TlsMode tls, string words)
    {
        string[]? alpn = protocol == "postgres" ? ["postgresql"] : null;
        using var rig = new GateRig(new GateOptions { Protocol = protocol, Tls = tls, MaxConnections = 1 });
        using WireClient first = rig.Connect();
        if (tls == TlsMode.Implicit)
            _ = first.StartTls(alpn: alpn);
        using WireClient second = rig.Connect();
        if (tls == TlsMode.Implicit)
            _ = second.StartTls(alpn: alpn);
        second.Say("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='x' version='1.0'>");
        Assert.Contains(words, second.ReadToEnd(), StringComparison.Ordinal);
        second.Dispose();
        Assert.Equal("shed", rig.NextOutcome());
    }

    [Fact]
    public void Out_of_descriptors_it_says_no_and_recovers()
    {
        // Room for two connections and their backends above what is kept in reserve.
        using var rig = new GateRig(new GateOptions { Protocol = "pop3", DescriptorLimit = 36 });
        WireClient[] held = [rig.Connect(), rig.Connect()];
        foreach (WireClient client in held)
            Assert.StartsWith("+OK", client.ReadLine(), StringComparison.Ordinal);
        using (WireClient third = rig.Connect())
            Assert.StartsWith("-ERR [SYS/TEMP]", third.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal("shed", rig.NextOutcome());
        foreach (WireClient client in held)
            client.Dispose();
        rig.WaitFor(Outcome.ClientLeft, 2);
        using WireClient again = rig.Connect();
        Assert.StartsWith("+OK", again.ReadLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_flood_of_failures_does_not_flood_the_log()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit });
        const int Flood = 200;
        for (int i = 0; i < Flood; i++)
        {
            using WireClient client = rig.Connect();
            client.Say("this is not a ClientHello\r\n");
            _ = client.ReadToAnyEnd();
        }

        rig.WaitFor(Outcome.HandshakeFailed, Flood);
        int written = 0;
        while (written <= Flood && TryRecord(rig))
            written++;
        Assert.InRange(written, 1, Logging.FailureSummary.WrittenOut * 2);
    }

    private static bool TryRecord(GateRig rig)
    {
        try
        {
            _ = rig.NextRecord(TimeSpan.FromMilliseconds(500));
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>An object that served a connection before is judged anew. Taken out: <c>_phase = Phase.Accepted</c> in Begin.</summary>
    [Theory]
    [InlineData(TlsMode.StartTls)]
    [InlineData(TlsMode.Plain)]
    public void One_too_many_after_others_have_left(TlsMode tls)
    {
        using var rig = new GateRig(new GateOptions { Tls = tls, MaxConnectionsPerClient = 1 });
        for (int i = 0; i < 3; i++)
        {
            using (WireClient first = rig.Connect())
            using (WireClient second = rig.Connect())
            {
                if (tls == TlsMode.StartTls)
                    _ = first.ReadLine();
                Assert.StartsWith("421 4.7.0", second.ReadToEnd(), StringComparison.Ordinal);
                Assert.Equal("shed", rig.NextOutcome());
            }

            Assert.NotEqual("shed", rig.NextOutcome());
            Assert.Equal(0, rig.Live);
        }
    }

    /// <summary>
    /// Answers that TLS gives of itself, to a client that reads none: however often it asks, one is owed. Taken out: the answer
    /// that waits for the next data in RecordLayer (each request then gets one, and buffers fill until the socket's are full).
    /// </summary>
    [Fact]
    public void Endless_key_updates()
    {
        const int Many = 100_000;
        using var rig = new GateRig(new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(rig.EndPoint);
        using var client = new KeyUpdater(socket);
        Assert.Equal(Many, client.Flood(Many));

        // Nobody else notices; and what waits for the client is its ticket, the greeting, one answer.
        using WireClient other = rig.Connect();
        Assert.StartsWith("220 backend", other.StartTls().ReadLine(), StringComparison.Ordinal);
        Assert.InRange(socket.Available, 1, 2000);
        Assert.Equal(2, rig.Live);
    }

    /// <summary>
    /// A mail host that has TLS 1.2 answer it and takes no answer is not read from either. Taken out: MaxUnsent in HopLine.ReceivePlain
    /// (all of the requests are then read, and all answers kept).
    /// </summary>
    [Fact]
    public void Endless_hello_requests_of_a_mail_host()
    {
        const int Many = 1_000_000;
        using var host = new Renegotiator(ServerCertificates.Of("right"));
        using var rig = new GateRig(new GateOptions { Tls = TlsMode.Plain, OutboundPort = host.Port });
        rig.Router.Answer(OutboundRig.Domain, RigRouter.Host(OutboundRig.Domain, OutboundRig.Encrypted));
        using WireClient client = rig.Connect();
        _ = client.ReadLine();
        client.Say("EHLO client.example\r\n");
        _ = client.ReadUntil("ENHANCEDSTATUSCODES\r\n");
        client.Say($"MAIL FROM:<me@client.example>\r\nRCPT TO:<user@{OutboundRig.Domain}>\r\n");
        Assert.InRange(host.Flood(Many), 1000, Many - 1);

        // Nobody else notices.
        using WireClient other = rig.Connect();
        Assert.StartsWith("220 ", other.ReadLine(), StringComparison.Ordinal);
    }
}
