using System.Text;
using CsCheck;
using Postern.Fuzz;
using Postern.Protocols.Imap;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>
/// C6: no server can answer STARTTLS before it was said. With the nonce taken out of <see cref="ImapTag.From"/> (a tag that is
/// always the same), the second test fails.
/// </summary>
public sealed class ImapTagTests
{
    [Fact]
    public void A_tag_of_ours_is_one_for_servers_and_hides_no_bit() =>
        Gen.Select(Gen.ULong, Gen.ULong).Sample((one, other) =>
        {
            byte[] tag = ImapTag.From(one);
            Assert.Equal(tag, ImapTag.Of(tag).ToArray());
            Assert.Equal(one == other, tag.AsSpan().SequenceEqual(ImapTag.From(other)));
        });

    [Fact]
    public void An_answer_to_another_connection_is_none_here()
    {
        byte[] answer = [.. "* OK ready\r\n"u8, .. ImapTag.From(1), .. " OK Begin\r\n"u8];
        Assert.Equal(Verdict.StartTls, Run(1, answer).Verdict);
        Outcome outcome = Run(2, answer);
        Assert.Equal((Verdict.Refuse, Refusal.BackendGarbage), (outcome.Verdict, outcome.Refusal));
        Assert.Equal("P0000000000000002 STARTTLS\r\n", Encoding.ASCII.GetString(outcome.Output));
    }

    private static Outcome Run(ulong nonce, byte[] answer) =>
        Conversation.Run(ImapProtocol.Instance.FacingServer(new BackSettings("gate.example", "mail.example", null, nonce)), answer);
}
