using System.Text;
using Postern.Fuzz;
using Postern.Protocols.Smtp;
using Postern.Protocols.Smtp.Outbound;
using Xunit;

namespace Postern.Protocols.Tests.Outbound;

/// <summary>What is learned of a hop, and what is said of one that has no mail; its dialogues are scripts (test/Dialogues/smtp-hop*).</summary>
public sealed class HopHelloTests
{
    private const string Greeting = "220 mx\r\n";

    [Theory]
    [InlineData("250-mx\r\n250-PIPELINING\r\n250-8bitmime\r\n250-SIZE 1000\r\n250-SMTPUTF8\r\n250 REQUIRETLS\r\n", "Pipelining, EightBitMime, SmtpUtf8, Size, RequireTls")]
    [InlineData("250-PIPELINING\r\n250 SIZE\r\n", "Size")]
    [InlineData("250-mx\r\n250-XPIPELINING\r\n250-PIPELININGX\r\n250-AUTH PIPELINING\r\n250 STARTTLS\r\n", "None")]
    [InlineData("250 mx\r\n", "None")]
    public void What_is_offered_inside(string answer, string extensions)
    {
        var hello = new HopHello(Target.HostName, HopTls.Inside);
        Assert.Equal(Verdict.Relay, Conversation.Run(hello, Encoding.ASCII.GetBytes(answer)).Verdict);
        Assert.Equal(extensions, hello.Extensions.ToString());
    }

    [Fact]
    public void REQUIRETLS_in_the_clear_is_nothing()
    {
        var hello = new HopHello(Target.HostName, HopTls.IfOffered);
        Assert.Equal(Verdict.Relay, Conversation.Run(hello, "220 mx\r\n250-mx\r\n250-REQUIRETLS\r\n250 SIZE\r\n"u8).Verdict);
        Assert.Equal(SmtpExtensions.Size, hello.Extensions);
    }

    [Theory]
    [InlineData(HopTls.IfOffered, "554-5.7.1 Not\r\n554 5.7.1 from \x1bthere\r\n", "451 4.3.2 mx.example.org takes no mail now, and says: 554 Not from ?there")]
    [InlineData(HopTls.Required, "554 5.7.1 anybody's words\r\n", "451 4.3.2 mx.example.org takes no mail now, and says: 554")]
    [InlineData(HopTls.Required, Greeting + "421 4.3.2 no\r\n", "451 4.3.2 mx.example.org takes no mail now, and says: 421")]
    [InlineData(HopTls.Required, Greeting + "250 mx\r\n", "451 4.7.4 mx.example.org does not start TLS")]
    [InlineData(HopTls.Required, Greeting + "502 what\r\n", "451 4.7.4 mx.example.org does not start TLS")]
    [InlineData(HopTls.Required, Greeting + "250-mx\r\n250 STARTTLS\r\n220 go\r\n250 mx\r\n", "451 4.7.5 mx.example.org said more in the clear than the answer that starts TLS")]
    [InlineData(HopTls.Inside, "550 5.7.1 you\r\n", "451 4.3.2 mx.example.org takes no mail now, and says: 550 you")]
    [InlineData(HopTls.Inside, "HTTP/1.1 400\r\n", "451 4.5.0 mx.example.org says something that is not SMTP")]
    public void Why_there_is_no_mail(HopTls tls, string words, string reason)
    {
        var hello = new HopHello(Target.HostName, tls);
        Outcome outcome = Conversation.Run(hello, Encoding.Latin1.GetBytes(words));
        Assert.Equal(Verdict.Refuse, outcome.Verdict);
        OutboundRefusal refusal = hello.Explain(outcome.Refusal, "mx.example.org");
        Assert.Equal(reason, refusal.ToString());
        Assert.False(refusal.IsPermanent);
    }

    [Fact]
    public void A_refusal_is_one_short_line()
    {
        byte[] room = new byte[1024];
        var output = new ByteWriter(room);
        new OutboundRefusal(451, "4.7.5", "a\r\nb" + new string('x', 2000)).Write(ref output);
        string line = Encoding.ASCII.GetString(output.Written);
        Assert.StartsWith("451 4.7.5 a??b", line);
        Assert.Equal(line.Length - 2, line.IndexOf('\r', StringComparison.Ordinal));
        Assert.True(line.Length <= 512);
    }
}
