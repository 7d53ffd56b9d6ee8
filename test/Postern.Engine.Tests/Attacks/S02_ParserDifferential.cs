using Postern.Engine.Tests.Rig;
using Xunit;

namespace Postern.Engine.Tests.Attacks;

/// <summary>
/// S2: lines that two parsers could read in two ways (the way around Apache James's fix, CVE-2022-28220). Taken out:
/// <c>command.HasArgument</c> in the STARTTLS branch of a protocol (the rows with an argument then start TLS). The bare
/// LF branch of LineReader is held by the scripts of test/Dialogues (s2-bare-line-feed): without it these rows are still
/// refused, by the branches behind it, only later.
/// </summary>
public sealed class S02_ParserDifferential
{
    public static TheoryData<string, string> Variants()
    {
        var data = new TheoryData<string, string>();
        foreach ((string protocol, string hello, string start) in (ReadOnlySpan<(string, string, string)>)
            [("smtp", "EHLO a\r\n", "STARTTLS"), ("imap", "", "a STARTTLS"), ("pop3", "", "STLS"), ("sieve", "", "STARTTLS"), ("nntp", "", "STARTTLS")])
        {
            foreach (string line in (string[])
                [$"{start}\n", $"{start}\nNOOP\r\n", $"NOOP\r\n {start}\n", $"{start} x\r\n", $"{start} \r\n", $" {start}\r\n",
                 $"{start}\r", $"{start}\0\r\n", $"{start}\r\r\n", $"{start}\x0b\r\n", $"\0{start}\r\n", $"{start}\xe9\r\n", $"{start}\t\r\n"])
                data.Add(protocol, hello + line);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void No_spelling_but_the_one_starts_tls(string protocol, string line)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol, NegotiationTimeout = 300 });
        using WireClient client = rig.Connect();
        client.Say(line);
        client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        string heard = client.ReadToAnyEnd();
        Assert.DoesNotContain("Ready to start", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("Begin TLS", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("handshake", rig.NextRecord().GetProperty("stage").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, rig.Backend.Connections);
    }

    [Theory]
    [InlineData("smtp", "EHLO a\r\nStArTtLs\r\n", "220 2.0.0")]
    [InlineData("imap", "tag.1 starttls\r\n", "tag.1 OK")]
    [InlineData("pop3", "stls\r\n", "Begin TLS")]
    [InlineData("sieve", "StartTLS\r\n", "Begin TLS")]
    [InlineData("nntp", "starttls\r\n", "382")]
    public void Case_does_not_matter(string protocol, string line, string leave)
    {
        using var rig = new GateRig(new GateOptions { Protocol = protocol });
        using WireClient client = rig.Connect();
        client.Say(line);
        string heard = "";
        while (!heard.Contains(leave, StringComparison.Ordinal))
            heard += client.ReadLine();
        client.StartTls();
        Assert.True(client.Tls.IsEncrypted);
    }
}
