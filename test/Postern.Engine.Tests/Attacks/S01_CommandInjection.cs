using System.Net.Sockets;
using Postern.Engine.Connections;
using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Attacks;

/// <summary>
/// S1: bytes in the clear behind the command that starts TLS. Taken out: the guard <c>when consumed != input.Length</c>
/// in Dialogue (the one-write cases then start TLS on a poisoned buffer), and <c>StreamSocket.HasUnread</c> in
/// Connection.Negotiate (the two-writes case then does).
/// </summary>
public sealed class S01_CommandInjection
{
    public static TheoryData<string, string, string> OneWrite() => new()
    {
        { "smtp", "EHLO a\r\nSTARTTLS\r\nNOOP\r\n", "220 2.0.0" },
        { "smtp", "EHLO a\r\nSTARTTLS\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<you@example.org>\r\n", "220 2.0.0" },
        { "submission", "EHLO a\r\nSTARTTLS\r\nAUTH PLAIN AGEAYg==\r\n", "220 2.0.0" },
        { "lmtp", "LHLO a\r\nSTARTTLS\r\nNOOP\r\n", "220 2.0.0" },
        { "imap", "a STARTTLS\r\nb NOOP\r\n", "a OK" },
        { "imap", "a STARTTLS\r\nb", "a OK" },
        { "pop3", "STLS\r\nCAPA\r\n", "Begin TLS" },
        { "sieve", "STARTTLS\r\nNOOP\r\n", "Begin TLS" },
        { "nntp", "STARTTLS\r\nMODE READER\r\n", "382" },
    };

    [Theory]
    [MemberData(nameof(OneWrite))]
    public void Behind_the_command_in_one_write(string protocol, string attack, string leave)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol });
        using WireClient client = rig.Connect();
        client.Say(attack);
        string heard = client.ReadToAnyEnd();
        Assert.DoesNotContain(leave, heard, StringComparison.Ordinal);
        Assert.Equal("refused:injection", rig.NextOutcome());
        Assert.Equal(0, rig.Backend.Connections);
    }

    /// <summary>
    /// The second write is in the kernel when the gate has read the first and not answered it yet: found by asking the
    /// kernel. An urgent byte between the two makes a read end there, so that the dialogue cannot have seen the rest.
    /// </summary>
    [Fact]
    public void In_two_writes_before_our_answer()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "smtp" });
        using WireClient client = rig.Connect();
        _ = client.ReadLine();
        client.Say("EHLO a\r\n");
        _ = client.ReadUntil("250 STARTTLS\r\n");
        rig.WhileHeld(() =>
        {
            client.Say("STARTTLS\r\n");
            _ = client.Socket.Send("!"u8, SocketFlags.OutOfBand);
            client.Say("NOOP\r\n");
        });
        Assert.DoesNotContain("220", client.ReadToAnyEnd(), StringComparison.Ordinal);
        Assert.Equal("refused:injection", rig.NextOutcome());
        Assert.Equal(0, rig.Backend.Connections);
    }

    [Fact]
    public void After_our_answer_it_goes_to_tls_and_fails_there()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap" });
        using WireClient client = rig.Connect();
        _ = client.ReadLine();
        client.Say("a STARTTLS\r\n");
        _ = client.ReadLine();
        client.Say("b NOOP\r\n");
        Assert.DoesNotContain("b OK", client.ReadToAnyEnd(), StringComparison.Ordinal);
        Assert.Equal("handshake-failed", rig.NextOutcome());
        Assert.Equal(0, rig.Backend.Connections);
    }

    [Fact]
    public void Glued_in_front_of_the_client_hello()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap" });
        using WireClient client = rig.Connect();
        _ = client.ReadLine();
        client.Say("a STARTTLS\r\n");
        _ = client.ReadLine();

        // A record header of TLS 1.0, as a ClientHello begins, behind a command.
        client.Say("b NOOP\r\n\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00");
        _ = client.ReadToAnyEnd();
        Assert.Equal("handshake-failed", rig.NextOutcome());
        Assert.Equal(0, rig.Backend.Connections);
    }

    [Fact]
    public void In_the_middle_of_the_handshake()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit });
        using WireClient client = rig.Connect();

        // A well-formed record header that promises 512 bytes of handshake, then words.
        client.Say("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
        client.Say(new string('a', 200) + " NOOP\r\n" + new string('b', 300));
        _ = client.ReadToAnyEnd();
        Assert.Equal("handshake-failed", rig.NextOutcome());
        Assert.Equal(0, rig.Backend.Connections);
    }

    [Fact]
    public void What_is_said_inside_tls_is_the_first_that_the_backend_hears()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "smtp" });
        using WireClient client = rig.Connect().StartSmtpTls();
        client.Say("EHLO inside\r\n");
        Assert.Equal("250 OK\r\n", client.ReadLine());
        Assert.Equal("EHLO inside\r\n", rig.Backend.Heard);
    }
}
