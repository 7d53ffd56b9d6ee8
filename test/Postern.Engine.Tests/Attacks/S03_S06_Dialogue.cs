using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Attacks;

/// <summary>S3 race, S4 session fixation, S5 secrets in the clear, S6 nesting and fallback.</summary>
public sealed class S03_S06_Dialogue
{
    /// <summary>
    /// S3: again and again, the next command straight behind STARTTLS. Taken out: see S01; here no try of two hundred may
    /// have its NOOP answered, in the clear or inside TLS.
    /// </summary>
    [Fact]
    public void S3_a_race_is_never_won()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "pop3" });
        for (int i = 0; i < 200; i++)
        {
            using WireClient client = rig.Connect();
            client.Say("STLS\r\n");
            if (i % 3 == 0)
                Thread.SpinWait(i * 50);
            client.Say("QUIT\r\n");
            Assert.DoesNotContain("+OK Bye", client.ReadToAnyEnd(), StringComparison.Ordinal);
        }

        Assert.Equal(0, rig.Backend.Connections);
    }

    /// <summary>
    /// S4: what is said before TLS counts for nothing inside. Taken out: nothing can be, short of dialling the backend
    /// before TLS; the test fails when Connection.Negotiate enters Dial in place of Handshake.
    /// </summary>
    [Fact]
    public void S4_a_session_begun_in_the_clear_is_not_gone_on_with()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "smtp" });
        using WireClient client = rig.Connect();
        _ = client.ReadLine();
        client.Say("EHLO evil.example\r\n");
        _ = client.ReadUntil("250 STARTTLS\r\n");
        client.Say("MAIL FROM:<evil@example.org>\r\n");
        Assert.StartsWith("530 5.7.0", client.ReadLine(), StringComparison.Ordinal);
        client.Say("STARTTLS\r\n");
        _ = client.ReadLine();
        client.StartTls().Say("RCPT TO:<you@example.org>\r\n");
        _ = client.ReadLine();
        Assert.Equal("RCPT TO:<you@example.org>\r\n", rig.Backend.Heard);
    }

    /// <summary>
    /// S5: refused before it could be of use, by nobody offered, and not in the log. Taken out: the last line of each
    /// front's Answer, by a positive answer.
    /// </summary>
    [Theory]
    [InlineData("smtp", "EHLO a\r\nAUTH PLAIN AHVzZXIAc2VjcmV0\r\n", "530 5.7.0")]
    [InlineData("submission", "EHLO a\r\nAUTH LOGIN\r\n", "530 5.7.0")]
    [InlineData("imap", "a LOGIN user secret\r\n", "a NO [PRIVACYREQUIRED]")]
    [InlineData("imap", "a AUTHENTICATE PLAIN AHVzZXIAc2VjcmV0\r\n", "a NO [PRIVACYREQUIRED]")]
    [InlineData("imap", "a LOGIN {4}\r\n", "a NO [PRIVACYREQUIRED]")]
    [InlineData("imap", "a LOGIN {4+}\r\nuser {6+}\r\nsecret\r\n", "a NO [PRIVACYREQUIRED]")]
    [InlineData("pop3", "USER user\r\n", "-ERR")]
    [InlineData("pop3", "APOP user secret\r\n", "-ERR")]
    [InlineData("sieve", "AUTHENTICATE \"PLAIN\" \"AHVzZXIAc2VjcmV0\"\r\n", "NO (ENCRYPT-NEEDED)")]
    [InlineData("nntp", "AUTHINFO USER user\r\nAUTHINFO PASS secret\r\n", "483")]
    public void S5_a_secret_in_the_clear_is_refused(string protocol, string words, string refusal)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol });
        using WireClient client = rig.Connect();
        client.Say(words);
        string heard = "";
        while (!heard.Contains(refusal, StringComparison.Ordinal))
            heard += client.ReadLine();
        Assert.DoesNotContain("AUTH ", heard.Replace("LOGINDISABLED", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("AUTH=", heard, StringComparison.Ordinal);
        client.Dispose();
        string record = rig.NextRecord().GetRawText();
        Assert.DoesNotContain("secret", record, StringComparison.Ordinal);
        Assert.DoesNotContain("AHVzZXI", record, StringComparison.Ordinal);
        Assert.Equal(0, rig.Backend.Connections);
    }

    /// <summary>S5 in optional mode: mail may go in the clear, a password not. Taken out: the AUTH line of WithoutTls.</summary>
    [Fact]
    public void S5_optional_tls_is_for_mail_not_for_passwords()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "smtp", Tls = TlsMode.StartTlsOptional });
        using WireClient client = rig.Connect();
        _ = client.ReadLine();
        client.Say("EHLO a\r\n");
        _ = client.ReadUntil("250 STARTTLS\r\n");
        client.Say("AUTH PLAIN AHVzZXIAc2VjcmV0\r\n");
        Assert.StartsWith("538 ", client.ReadLine(), StringComparison.Ordinal);
        client.Say("XCLIENT ADDR=192.0.2.1\r\n");
        Assert.StartsWith("550 ", client.ReadLine(), StringComparison.Ordinal);
        Assert.DoesNotContain("AUTH PLAIN", rig.Backend.Heard, StringComparison.Ordinal);
    }

    /// <summary>S6: garbage for a ClientHello, then plain text. Taken out: EnterLinger after a failed handshake.</summary>
    [Fact]
    public void S6_there_is_no_way_back_from_a_failed_handshake()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "imap" });
        using WireClient client = rig.Connect();
        _ = client.ReadLine();
        client.Say("a STARTTLS\r\n");
        _ = client.ReadLine();
        client.Say("garbage\r\n");
        Thread.Sleep(50);
        try
        {
            client.Say("b NOOP\r\nc LOGOUT\r\n");
        }
        catch (IOException)
        {
            // Closed already: just as well.
        }

        string heard = client.ReadToAnyEnd();
        Assert.DoesNotContain("b ", heard, StringComparison.Ordinal);
        Assert.Equal("handshake-failed", rig.NextOutcome());
        Assert.Equal(0, rig.Backend.Connections);
    }

    /// <summary>S6: STARTTLS inside TLS is the backend's to answer; the gate reads no command there.</summary>
    [Fact]
    public void S6_starttls_inside_tls_starts_nothing()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "smtp" }, new Backend(answer: _ => "502 5.5.1 No\r\n"));
        using WireClient client = rig.Connect().StartSmtpTls();
        client.Say("STARTTLS\r\n");
        Assert.Equal("502 5.5.1 No\r\n", client.ReadLine());
        client.Say("NOOP\r\n");
        Assert.Equal("502 5.5.1 No\r\n", client.ReadLine());
    }
}
