using System.Text;
using CsCheck;
using Postern.Engine.Gates;
using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Attacks;

/// <summary>
/// S9 false positives, S10 smuggling: the relay changes no byte. Taken out: any byte, by a change in Connection.Relay
/// (say, CR added before a bare LF), and for S9 the hand-over of <c>_front.In</c> from the PROXY header to TLS.
/// </summary>
public sealed class S09_S10_Untouched
{
    [Fact]
    public void Words_of_the_dialogue_mean_nothing_in_a_message()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "smtp" });
        using WireClient client = rig.Connect().StartSmtpTls();
        const string Message = "DATA\r\nSubject: STARTTLS\r\n\r\nSTARTTLS\r\nSTLS\r\na STARTTLS\r\nGET / HTTP/1.1\r\n.\r\n";
        client.Say(Message);
        _ = client.ReadLine();
        Assert.Equal(Message, rig.Backend.Heard);
    }

    [Fact]
    public void A_proxy_header_and_a_client_hello_in_one_segment()
    {
        using var rig = new GateRig(
            new GateOptions { Protocol = "imap", Tls = TlsMode.Implicit, AcceptProxyFrom = ["127.0.0.0/8"], ProxyOut = ProxyOut.V1 },
            new Backend("* OK hi\r\n"));
        using WireClient client = rig.Connect();

        // Nagle's buffer holds the header back until the ClientHello comes.
        client.Socket.NoDelay = false;
        client.Say("PROXY TCP4 192.0.2.7 198.51.100.1 40000 993\r\n");
        client.StartTls();
        Assert.Equal("* OK hi\r\n", client.ReadLine());
        Assert.Equal("PROXY TCP4 192.0.2.7 198.51.100.1 40000 993\r\n", rig.Backend.Next().Heard);
    }

    [Theory]
    [InlineData("\n.\n")]
    [InlineData("\n.\r\n")]
    [InlineData("\r.\r")]
    [InlineData("\r\n.\n")]
    [InlineData("\0\r\n..\r\n\xff")]
    public void No_end_of_data_is_made_or_mended(string odd)
    {
        using var rig = new GateRig(new GateOptions { Protocol = "smtp" });
        using WireClient client = rig.Connect().StartSmtpTls();
        string message = "DATA\r\ntext" + odd + "MAIL FROM:<evil@example.org>\r\n.\r\n";
        client.Say(message);
        _ = client.ReadLine();
        Assert.Equal(message, rig.Backend.Heard);
    }

    [Theory]
    [InlineData(TlsMode.Implicit)]
    [InlineData(TlsMode.Plain)]
    public void Every_byte_arrives_both_ways_whatever_the_pieces(TlsMode tls)
    {
        using var rig = new GateRig(
            new GateOptions { Protocol = "tcp", Tls = tls }, new Backend("", text => text));
        Gen.Byte.Array[1, 200_000].Sample(
            bytes =>
            {
                using WireClient client = rig.Connect();
                if (tls == TlsMode.Implicit)
                    _ = client.StartTls();
                string sent = Encoding.Latin1.GetString(bytes);
                var writer = new Thread(() => client.Say(sent));
                writer.Start();
                var echo = new StringBuilder();
                while (echo.Length < sent.Length)
                    _ = echo.Append(client.Read());
                writer.Join();
                Assert.Equal(sent, echo.ToString());
            },
            iter: 20, threads: 1);
    }
}
