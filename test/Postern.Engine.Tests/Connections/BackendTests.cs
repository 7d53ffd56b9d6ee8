using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Connections;

/// <summary>The greeting ledger at work, and backends that refuse, fail, or are not there.</summary>
public sealed class BackendTests
{
    [Theory]
    [InlineData("imap", TlsMode.StartTls, "a STARTTLS\r\n", "* OK backend\r\n", "")]
    [InlineData("pop3", TlsMode.StartTls, "STLS\r\n", "+OK backend\r\n", "")]
    [InlineData("sieve", TlsMode.StartTls, "STARTTLS\r\n", "\"SASL\" \"PLAIN\"\r\nOK \"backend\"\r\n", "\"SASL\" \"PLAIN\"\r\nOK \"backend\"\r\n")]
    [InlineData("imap", TlsMode.Implicit, "", "* OK backend\r\n", "* OK backend\r\n")]
    public void A_greeting_reaches_who_is_owed_one(string protocol, TlsMode tls, string start, string greeting, string expected)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol, Tls = tls }, new Backend(greeting, _ => "done\r\n"));
        using WireClient client = rig.Connect();
        if (tls == TlsMode.StartTls)
        {
            client.Say(start);
            string heard = "";
            while (!heard.Contains("Begin TLS", StringComparison.Ordinal))
                heard += client.ReadLine();
        }

        client.StartTls();
        if (expected.Length > 0)
            Assert.Equal(expected, client.ReadUntil(expected));
        client.Say("x\r\n");
        Assert.Equal("done\r\n", client.ReadLine());
        Assert.Equal("x\r\n", rig.Backend.Heard);
    }

    [Theory]
    [InlineData("554 5.7.1 not you\r\n", "554 5.7.1 not you\r\n", "backend-refused")]
    [InlineData("421-4.3.2 one\r\n421 4.3.2 two\r\n", "421-4.3.2 one\r\n421 4.3.2 two\r\n", "backend-refused")]
    [InlineData("554 \x1b[31m\r\n", "421 4.3.2 ", "backend-refused")]
    [InlineData("what?\r\n", "421 4.3.2 ", "backend-invalid")]
    public void A_swallowed_greeting_that_refuses_is_the_answer_to_the_next_command(string greeting, string answer, string outcome)
    {
        using var rig = new GateRig(new GateOptions(), new Backend(greeting, _ => null));
        using WireClient client = rig.Connect().StartSmtpTls();
        client.Say("EHLO inside\r\n");
        Assert.StartsWith(answer, client.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal(outcome, rig.NextOutcome());
        Assert.Equal("", rig.Backend.Heard);
    }

    [Theory]
    [InlineData("* BYE overloaded\r\n", "* BYE overloaded\r\nx1 NO [UNAVAILABLE]", "backend-refused")]
    [InlineData("* PREAUTH welcome\r\n", "* BYE [UNAVAILABLE]", "backend-invalid")]
    public void And_so_it_is_for_imap(string greeting, string answer, string outcome)
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap" }, new Backend(greeting, _ => null));
        using WireClient client = rig.Connect();
        _ = client.ReadLine();
        client.Say("a STARTTLS\r\n");
        _ = client.ReadLine();
        client.StartTls().Say("x1 CAPABILITY\r\n");
        Assert.StartsWith(answer, client.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal(outcome, rig.NextOutcome());
    }

    [Theory]
    [InlineData("smtp", "421 4.3.2 ")]
    [InlineData("imap", "* BYE [UNAVAILABLE] ")]
    [InlineData("pop3", "-ERR [SYS/TEMP] ")]
    [InlineData("sieve", "BYE (TRYLATER) ")]
    public void Without_a_backend_an_owed_greeting_is_the_refusal(string protocol, string words)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol, Tls = TlsMode.Implicit });
        rig.Backend.Dispose();
        using WireClient client = rig.Connect().StartTls();
        Assert.StartsWith(words, client.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal("backend-unreachable", rig.NextOutcome());
    }

    [Fact]
    public void The_dialer_is_waited_for()
    {
        using var rig = new GateRig(new GateOptions());
        rig.Dialer.Waits = true;
        using WireClient client = rig.Connect().StartSmtpTls(), other = rig.Connect().StartSmtpTls();
        client.Say("EHLO inside\r\n");
        while (rig.Dialer.Waiting.Count < 2)
            Thread.Sleep(10);
        Assert.Equal(0, rig.Backend.Connections);
        rig.WhileHeld(rig.Dialer.Answer);
        Assert.StartsWith("250 ", client.ReadLine(), StringComparison.Ordinal);
        other.Say("EHLO too\r\n");
        Assert.StartsWith("250 ", other.ReadLine(), StringComparison.Ordinal);
    }

    /// <summary>Taken out: GiveUp (the answer then comes to an object that has another client by then).</summary>
    [Fact]
    public void A_dialer_that_does_not_answer_is_given_up()
    {
        using var rig = new GateRig(new GateOptions());
        rig.Dialer.Waits = true;
        using WireClient client = rig.Connect().StartSmtpTls();
        client.Say("EHLO inside\r\n");
        client.Socket.ReceiveTimeout = 20_000;
        Assert.StartsWith("421 4.3.2 ", client.ReadToEnd(), StringComparison.Ordinal);
        Assert.Empty(rig.Dialer.Waiting);
        JsonElement record = rig.NextRecord();
        Assert.Equal("backend-unreachable", record.GetProperty("outcome").GetString());
        Assert.Contains("the dialer did not answer", record.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_backend_a_greeted_client_is_told_at_its_next_command()
    {
        using var rig = new GateRig(new GateOptions());
        rig.Backend.Dispose();
        using WireClient client = rig.Connect().StartSmtpTls();
        client.Say("EH");
        Thread.Sleep(50);
        client.Say("LO inside\r\n");
        Assert.StartsWith("421 4.3.2 ", client.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal("backend-unreachable", rig.NextOutcome());
    }

    [Fact]
    public void What_a_client_says_early_inside_tls_waits_for_the_greeting()
    {
        // A server that hears its client before it has greeted takes it for a spammer.
        using var slow = new TcpListener(IPAddress.Loopback, 0);
        using var rig = new GateRig(new GateOptions(), new Backend("", text => text.StartsWith("EHLO", StringComparison.Ordinal) ? "250 OK\r\n" : null));
        using WireClient client = rig.Connect().StartSmtpTls();
        client.Say("EHLO early\r\n");
        BackendConnection backend = rig.Backend.Next();
        Thread.Sleep(200);
        Assert.Equal("", backend.Heard);
        _ = backend.Socket.Send("220 at last\r\n"u8);
        Assert.Equal("250 OK\r\n", client.ReadLine());
    }

    [Fact]
    public void Optional_tls_replays_the_hello_and_offers_what_the_backend_offers()
    {
        Func<string, string?> answer = text => text.StartsWith("EHLO", StringComparison.Ordinal)
            ? "250-backend\r\n250-PIPELINING\r\n250-AUTH PLAIN\r\n250-XCLIENT NAME\r\n250-STARTTLS\r\n250 SIZE 42\r\n"
            : "250 OK\r\n";
        using var rig = new GateRig(new GateOptions { Tls = TlsMode.StartTlsOptional }, new Backend(answer: answer));

        // The gate asks when it starts; wait until it knows.
        string offered = "";
        for (int i = 0; i < 100 && !offered.Contains("SIZE 42", StringComparison.Ordinal); i++)
        {
            Thread.Sleep(20);
            using WireClient curious = rig.Connect();
            _ = curious.ReadLine();
            curious.Say("EHLO curious\r\n");
            offered = curious.ReadUntil("250 STARTTLS\r\n");
        }

        Assert.Equal("250-gate.example.test\r\n250-PIPELINING\r\n250-SIZE 42\r\n250 STARTTLS\r\n", offered);
        using WireClient client = rig.Connect();
        _ = client.ReadLine();
        client.Say("EHLO client.example\r\n");
        _ = client.ReadUntil("250 STARTTLS\r\n");
        client.Say("MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n");
        Assert.Equal("250 OK\r\n", client.ReadLine());
        Assert.Contains("EHLO client.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n", rig.Backend.Heard, StringComparison.Ordinal);
    }

    [Fact]
    public void An_idle_timeout_is_kept_when_the_operator_set_one()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit, IdleTimeout = 400 }, new Backend("* OK hi\r\n", _ => "ok\r\n"));
        using WireClient client = rig.Connect().StartTls();
        _ = client.ReadLine();
        for (int i = 0; i < 5; i++)
        {
            Thread.Sleep(200);
            client.Say("x\r\n");
            _ = client.ReadLine();
        }

        Assert.Equal("", client.ReadToEnd());
        Assert.Equal("idle-timeout", rig.NextOutcome());
    }

    /// <summary>ADR 7's minute is not for tcp: an upload that pauses has the time that the operator gave. Taken out: BackendHasEnded (closed, in a minute).</summary>
    [Fact]
    public void An_idle_timeout_is_all_that_tcp_has_when_the_backend_has_ended()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "tcp", Tls = TlsMode.Implicit, IdleTimeout = 400 }, new Backend("hi\r\n", closes: false));
        using WireClient client = rig.Connect().StartTls();
        Assert.Equal("hi\r\n", client.ReadLine());
        rig.Backend.Next().Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.Equal("", client.ReadToEnd());
        Assert.Equal("idle-timeout", rig.NextOutcome());
    }
}
