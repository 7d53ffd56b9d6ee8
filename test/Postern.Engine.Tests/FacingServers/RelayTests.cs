using System.Security.Cryptography;
using Postern.Engine.Tests.Rig;
using Postern.Interop.LibSsl;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.FacingServers;

/// <summary>The relay with TLS on both sides, or on the server's alone.</summary>
public sealed class RelayTests
{
    private static readonly BackendTrust s_trust = new() { Mode = TlsMode.Implicit };

    [Theory]
    [InlineData(TlsMode.Implicit)]
    [InlineData(TlsMode.Plain)]
    public void Twenty_megabytes_come_through_as_they_went(TlsMode front)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(20 * 1024 * 1024);
        using var server = new EchoServer();
        using var rig = new GateRig(new GateOptions { Protocol = "tcp", Tls = front, BackendTls = s_trust, BackendPort = server.Port });
        using WireClient client = rig.Connect();
        if (front == TlsMode.Implicit)
            client.StartTls();
        byte[] back = new byte[sent.Length];
        var writer = new Thread(() => client.Stream.Write(sent)) { IsBackground = true };
        writer.Start();
        client.Stream.ReadExactly(back);
        Assert.True(writer.Join(TimeSpan.FromSeconds(10)));
        Assert.True(sent.AsSpan().SequenceEqual(back));
    }

    /// <summary>S12 towards clients: without the defence (Connection.NoteEnd) the FIN would pass as the end of the message.</summary>
    [Theory]
    [InlineData("tcp", true)]
    [InlineData("imap", false)]
    public void A_server_that_is_cut_off_has_not_ended(string protocol, bool reset)
    {
        using var server = new FalseServer([FalseServer.Tls], "* OK server\r\n") { Truncates = true };
        using var rig = new GateRig(new GateOptions { Protocol = protocol, Tls = TlsMode.Implicit, BackendTls = s_trust, BackendPort = server.Port });
        using (WireClient client = rig.Connect().StartTls())
        {
            Assert.Equal("* OK server\r\n", client.ReadLine());
            client.Say("a NOOP\r\n");
            Assert.Equal("done\r\n", client.ReadLine());

            // An RST throws, and so does a FIN inside TLS: SslStream takes neither for an end.
            if (reset)
                Assert.Equal("", client.ReadToAnyEnd());
            else
                Assert.Equal("", client.ReadToEnd());
        }

        Assert.Equal("backend-truncated", rig.NextOutcome());
    }

    /// <summary>
    /// The kernel reports part of a record and the FIN behind it as one, and once. Taken out: Reactor.Again in
    /// Connection.ReceiveFromBackend (the FIN is then never read, and the client waits for ever).
    /// </summary>
    [Fact]
    public void A_server_that_is_cut_off_within_a_record_has_not_ended_either()
    {
        GateRig? gate = null;
        using var server = new FalseServer([FalseServer.Tls], "* OK server\r\n")
        {
            Truncates = true,
            LastBytes = [23, 3, 3, 0, 100, 1, 2, 3],
            AtOnce = action => gate!.WhileHeld(action),
        };
        using var rig = new GateRig(new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit, BackendTls = s_trust, BackendPort = server.Port });
        gate = rig;
        using (WireClient client = rig.Connect().StartTls())
        {
            Assert.Equal("* OK server\r\n", client.ReadLine());
            client.Say("a NOOP\r\n");
            Assert.Equal("done\r\n", client.ReadLine());
            Assert.Equal("", client.ReadToEnd());
        }

        Assert.Equal("backend-truncated", rig.NextOutcome());
    }

    /// <summary>A full wire, most of a record that OpenSSL has kept, and room for one more: else the last record of a turn waits for the next.</summary>
    [Fact]
    public void There_is_room_for_all_that_a_turn_may_decrypt() =>
        Assert.True(EngineThread.PlainSize >= TlsWire.IncomingSize + (2 * TlsChannel.MinRoom));

    [Fact]
    public void An_honest_end_passes_on_as_one_and_half_of_it_is_enough()
    {
        using var server = new FalseServer([FalseServer.Tls], "* OK server\r\n");
        using var rig = new GateRig(new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit, BackendTls = s_trust, BackendPort = server.Port });
        using (WireClient client = rig.Connect().StartTls())
        {
            Assert.Equal("* OK server\r\n", client.ReadLine());
            client.Tls.ShutdownAsync().Wait();
            Assert.Equal("", client.ReadToEnd());
        }

        Assert.Equal("closed", rig.NextOutcome());
    }

    [Fact]
    public void Words_of_a_plain_client_leave_for_the_server_inside_TLS_only()
    {
        using var server = new FalseServer([FalseServer.Tls], "+OK server\r\n");
        using var rig = new GateRig(new GateOptions { Protocol = "pop3", Tls = TlsMode.Plain, BackendTls = s_trust, BackendPort = server.Port });
        using WireClient client = rig.Connect();
        Assert.Equal("+OK server\r\n", client.ReadLine());
        client.Say("USER alice\r\nPASS secret\r\n");
        Assert.Equal("done\r\n", client.ReadLine());
        Assert.Equal("USER alice\r\nPASS secret\r\n", server.HeardInside);
        Assert.Equal("", server.HeardInTheClear);
    }

    [Fact]
    public void A_session_in_the_clear_reaches_its_server_inside_TLS_with_its_EHLO()
    {
        using var server = new FalseServer([FalseServer.Tls], "220 server\r\n") { Answers = heard => heard.StartsWith("EHLO", StringComparison.Ordinal) ? "250 server\r\n" : "250 OK\r\n" };
        using var rig = new GateRig(new GateOptions { Tls = TlsMode.StartTlsOptional, BackendTls = s_trust, BackendPort = server.Port });
        using WireClient client = rig.Connect();
        _ = client.ReadLine();
        client.Say("EHLO client.example\r\n");
        _ = client.ReadUntil("STARTTLS\r\n");
        client.Say("MAIL FROM:<a@example.org>\r\n");
        Assert.Equal("250 OK\r\n", client.ReadLine());

        // The gate's own question, what the server offers, is on a connection of its own, whose words may come between.
        string heard = server.HeardInside.Replace("QUIT\r\n", "", StringComparison.Ordinal).Replace("EHLO gate.example.test\r\n", "", StringComparison.Ordinal);
        Assert.Equal("EHLO client.example\r\nMAIL FROM:<a@example.org>\r\n", heard);
        Assert.Equal("", server.HeardInTheClear);
    }
}
