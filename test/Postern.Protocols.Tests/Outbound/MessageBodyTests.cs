using System.Text;
using CsCheck;
using Postern.Fuzz;
using Postern.Protocols.Smtp;
using Postern.Protocols.Smtp.Outbound;
using Xunit;

namespace Postern.Protocols.Tests.Outbound;

/// <summary>
/// The end of data, and what others take for it (SMTP smuggling). Of a message that is passed on no byte is lost and none is added;
/// of one that can be read in two ways the hop never hears the end.
/// </summary>
/// <remarks>
/// What these tests are worth was tried on MessageBody.cs. With a bare LF let through (<c>IndexOf('\r')</c> in both cases), five rows of
/// <see cref="What_could_end_a_message_elsewhere"/> failed, the property below, scripts s10-*lf*, and the corpus; with a bare CR let
/// through, seven rows, the property, and s10-*cr*; without the line about NULs, its three rows, the property, s10-nul-dot and
/// s10-dot-nul; with a CR passed on before its LF was seen, nearly all, and <see cref="A_carriage_return_goes_with_its_line_feed"/>.
/// </remarks>
public sealed class MessageBodyTests
{
    private static readonly byte[][] s_pieces =
        [.. ((string[])["\r\n", "\r", "\n", ".", "\0", "a", "\r\n.\r\n", "\r\n.", "text\r\n", "\xff", "..", "MAIL FROM:<x@y>\r\n"]).Select(Encoding.Latin1.GetBytes)];

    private static readonly Gen<byte[]> s_bodies = Gen.Int[0, s_pieces.Length - 1].Array[0, 14].Select(picks => picks.SelectMany(pick => s_pieces[pick]).ToArray());

    /// <summary>Mostly good messages: lines of all that may stand in one.</summary>
    private static readonly Gen<byte[]> s_goodBodies =
        Pick.From("a", ".", "..", ".x", "", "x.", "\xfc\x0b", "x\0", "long" + new string('x', 5000)).Array[0, 12]
            .Select(lines => Encoding.Latin1.GetBytes(string.Concat(lines.Where(line => line != ".").Select(line => line + "\r\n")) + ".\r\n"));

    [Theory]
    [InlineData("\n.\n")]
    [InlineData("\n.\r\n")]
    [InlineData("\n.\r")]
    [InlineData("\r.\r")]
    [InlineData("\r.\r\n")]
    [InlineData("\r.\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\r\n.\r")]
    [InlineData("\r\n.\r\r\n")]
    [InlineData("\r\r\n.\r\n")]
    [InlineData("\r\n\n.\r\n")]
    [InlineData("\n\r.\r\n")]
    [InlineData("\r\n\0.\r\n")]
    [InlineData("\r\n\0\0.\0\r\n")]
    [InlineData("\r\n.\0\r\n")]
    [InlineData("\r\0\n.\r\n")]
    [InlineData("\r\n.\r\0\n")]
    [InlineData("x\ny")]
    [InlineData("x\ry")]
    public void What_could_end_a_message_elsewhere(string end)
    {
        // Behind text and at the front; in one piece and cut at every byte.
        foreach (string before in (string[])["x", ""])
        {
            byte[] message = Encoding.Latin1.GetBytes(before + end + "RSET\r\nMAIL FROM:<evil@client.example>\r\n.\r\n");
            for (int cut = 0; cut < message.Length; cut++)
            {
                OutboundTalk talk = InBody();
                talk.Client(message.AsSpan(0, cut));
                talk.Client(message.AsSpan(cut));
                Assert.Equal(["reset-hop"], talk.Actions);
                Assert.Equal(0, LaxDots([.. talk.ToHop]));
                Assert.StartsWith("554 5.6.0 ", Encoding.ASCII.GetString([.. talk.ToClient]));
            }
        }
    }

    /// <summary>A hop that takes a CR for the end of a line would see one in the CR of our CRLF, were it to come alone.</summary>
    [Fact]
    public void A_carriage_return_goes_with_its_line_feed()
    {
        OutboundTalk talk = InBody();
        talk.Client("x\r\n.\r"u8);
        Assert.Equal("x\\r\\n.", Escaped.Of([.. talk.ToHop]));
        talk.Client("\n"u8);
        Assert.Equal("x\\r\\n.\\r\\n", Escaped.Of([.. talk.ToHop]));
    }

    [Fact]
    public void What_goes_through_is_what_came() =>
        Gen.Select(s_goodBodies, Gen.Int[1, 4000].Array[0, 8], Gen.Int[0, 300]).Sample((body, cuts, spare) =>
        {
            OutboundTalk talk = InBody(spare);
            Feed(talk, [.. body, .. "NOOP\r\n"u8], cuts);
            Assert.Equal(body, talk.ToHop);
            Assert.Empty(talk.Actions);
            talk.Hop("250 2.0.0 ok\r\n"u8);
            Assert.Equal("250 2.0.0 ok\r\n250 2.0.0 OK\r\n", Encoding.ASCII.GetString([.. talk.ToClient]));
        });

    [Fact]
    public void A_message_goes_through_or_has_no_end() =>
        Gen.Select(s_bodies, Gen.Int[1, 12].Array[0, 10]).Sample((body, cuts) =>
        {
            OutboundTalk talk = InBody();
            byte[] input = [.. body, .. "\r\n.\r\n"u8];
            Feed(talk, input, cuts);

            string message = FirstMessage(input);
            if (IsAmbiguous(message))
            {
                Assert.Equal("reset-hop", talk.Actions[0]);
                Assert.StartsWith(Encoding.Latin1.GetString([.. talk.ToHop]), message);
                Assert.Equal(0, LaxDots([.. talk.ToHop]));
            }
            else
            {
                Assert.Empty(talk.Actions);
                Assert.Equal(message, Encoding.Latin1.GetString([.. talk.ToHop]));
                Assert.Equal(1, LaxDots([.. talk.ToHop]));
            }
        }, iter: 20_000);

    /// <summary>A large message needs no more room than a small one; what does not fit is left with the client.</summary>
    [Fact]
    public void A_message_waits_where_the_hop_has_no_room()
    {
        var session = new OutboundSession(new OutboundSettings(Target.HostName));
        byte[] clientRoom = new byte[OutboundSession.ClientRoom];
        byte[] hopRoom = new byte[OutboundSession.HopRoom];
        foreach (string words in (string[])["EHLO a\r\n", "MAIL FROM:<a@b.example>\r\n", "RCPT TO:<c@d.example>\r\n"])
            _ = Talk(words);
        session.RouteFound(new NextHop("mx", SmtpExtensions.Pipelining));
        _ = Talk("RCPT TO:<c@d.example>\r\n");
        Hear("250 ok\r\n250 ok\r\n");
        _ = Talk("DATA\r\n");
        Hear("354 go\r\n");

        string large = string.Concat(Enumerable.Repeat("a line of text\r\n", 10_000));
        Assert.InRange(Talk(large), OutboundSession.HopRoom - 2, OutboundSession.HopRoom);
        var toClient = new ByteWriter(clientRoom);
        var full = new ByteWriter(hopRoom.AsSpan(0, OutboundSession.HopRoom - 1));
        Assert.Equal(0, session.FromClient(Encoding.ASCII.GetBytes(large), ref toClient, ref full).Consumed);

        int Talk(string words)
        {
            var toClient = new ByteWriter(clientRoom);
            var toHop = new ByteWriter(hopRoom);
            return session.FromClient(Encoding.ASCII.GetBytes(words), ref toClient, ref toHop).Consumed;
        }

        void Hear(string words)
        {
            var toClient = new ByteWriter(clientRoom);
            Assert.Equal(words.Length, session.FromHop(Encoding.ASCII.GetBytes(words), ref toClient).Consumed);
        }
    }

    private static OutboundTalk InBody(int spare = 4096)
    {
        var talk = new OutboundTalk(new OutboundSettings(Target.HostName), spare);
        talk.Client("EHLO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"u8);
        talk.Found(new NextHop("mx", SmtpExtensions.Pipelining));
        talk.Hop("250 ok\r\n250 ok\r\n"u8);
        talk.Hop("354 go\r\n"u8);
        Assert.EndsWith("354 go\r\n", Encoding.ASCII.GetString([.. talk.ToClient]));
        talk.ToClient.Clear();
        talk.ToHop.Clear();
        talk.Actions.Clear();
        return talk;
    }

    private static void Feed(OutboundTalk talk, byte[] input, int[] cuts)
    {
        int at = 0;
        foreach (int length in cuts)
        {
            int end = Math.Min(input.Length, at + length);
            talk.Client(input.AsSpan(at, end - at));
            at = end;
        }

        talk.Client(input.AsSpan(at));
    }

    /// <summary>Up to the first CRLF.CRLF, or the dot at the very front: by searching a text, not by reading bytes.</summary>
    private static string FirstMessage(byte[] input)
    {
        string text = "\r\n" + Encoding.Latin1.GetString(input);
        int end = text.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        return text[2..(end + 5)];
    }

    private static bool IsAmbiguous(string message) =>
        message.Split("\r\n").Any(line => line.Contains('\r') || line.Contains('\n') || line.StartsWith('\0') || line.StartsWith(".\0", StringComparison.Ordinal));

    /// <summary>How many lines are one dot for a reader who takes any CR or LF for an end of a line, and drops NULs; also at the end of what it has.</summary>
    private static int LaxDots(byte[] heard)
    {
        string[] lines = Encoding.Latin1.GetString(heard).Replace("\0", "", StringComparison.Ordinal).Split('\r', '\n');
        return lines[..^1].Count(line => line == ".");
    }
}
