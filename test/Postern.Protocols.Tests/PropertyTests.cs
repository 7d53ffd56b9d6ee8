using System.Text;
using CsCheck;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>Whatever the other side sends: no exception, bounded words, and the same answer however it is cut.</summary>
public sealed class PropertyTests
{
    private static readonly string[] s_words =
    [
        "EHLO a", "LHLO a", "HELO a", "STARTTLS", "STLS", "a STARTTLS", "CAPA", "CAPABILITY", "a CAPABILITY", "NOOP", "a NOOP", "QUIT", "a LOGOUT",
        "LOGOUT", "MAIL FROM:<a@b>", "AUTH PLAIN AA==", "USER a", "a LOGIN {3}", "a LOGIN {3+}", "abc", "NOOP {2+}", "220 x", "220-x", "250 SIZE 1",
        "250-AUTH PLAIN", "250 ok", "554 no", "421 later", "* OK x", "* BYE x", "* PREAUTH x", "+OK", "-ERR no", "OK", "NO x", "\"SASL\" \"\"", "GET / HTTP/1.1",
        "P0123456789ABCDEF OK", "P0123456789ABCDEF NO", "* LIST () {3}", "* LIST () {0}", "\"STARTTLS\"", "{8}", "250 STARTTLS", "250-STARTTLS", ".", "200 x", "382 x", "580 x",
        "CAPABILITIES", "MODE READER",
    ];

    private static readonly string[] s_ends = ["\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", " \r\n", "", "\0", "\xff\r\n"];

    private static readonly Gen<byte[]> s_lines = Gen.Select(Gen.Int[0, s_words.Length - 1].Select(i => s_words[i]), Gen.Int[0, s_ends.Length - 1].Select(i => s_ends[i])).Array[0, 12]
        .Select(lines => Encoding.Latin1.GetBytes(string.Concat(lines.Select(line => line.Item1 + line.Item2))));

    public static TheoryData<string> Groups() => [.. Negotiators.All.Keys];

    [Theory]
    [MemberData(nameof(Groups))]
    public void Lines_of_every_protocol(string group) => Holds(group, s_lines);

    [Theory]
    [MemberData(nameof(Groups))]
    public void Bytes_of_any_kind(string group) => Holds(group, Gen.Byte.Array[0, 400]);

    private static void Holds(string group, Gen<byte[]> inputs) =>
        Gen.Select(inputs, Gen.Int[1, 40].Array[0, 30]).Sample((input, cuts) =>
        {
            Played whole = Player.Play(Negotiators.All[group](), input, []);
            Assert.True(whole.Output.Length <= 64 * 1024);
            Played cut = Player.Play(Negotiators.All[group](), input, cuts);

            // An injection that is cut off from its STARTTLS is not in the buffer: there TLS begins, and chokes on it.
            if (whole.Refusal == Refusal.Injection && cut.Verdict == Verdict.StartTls)
                return;
            Assert.Equal((whole.Verdict, whole.Refusal), (cut.Verdict, cut.Refusal));
            Assert.Equal(whole.Output, cut.Output);
            if (whole.Verdict == Verdict.Relay)
                Assert.Equal(whole.Unread, cut.Unread);
        });
}
