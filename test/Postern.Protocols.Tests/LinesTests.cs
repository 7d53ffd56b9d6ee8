using System.Text;
using CsCheck;
using Postern.Protocols.Lines;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>Where lines are cut, and what is taken for a verb, a literal, a browser.</summary>
public sealed class LinesTests
{
    private const int Limit = 8;

    [Theory]
    [InlineData("", LineStatus.NeedInput, 0)]
    [InlineData("\r\n", LineStatus.Line, 2)]
    [InlineData("abc\r\ndef", LineStatus.Line, 5)]
    [InlineData("abc", LineStatus.NeedInput, 0)]
    [InlineData("abc\r", LineStatus.NeedInput, 0)]
    [InlineData("abc\n", LineStatus.BareLineFeed, 0)]
    [InlineData("\n\r\n", LineStatus.BareLineFeed, 0)]
    [InlineData("abc\rd", LineStatus.BareCarriageReturn, 0)]
    [InlineData("abc\r\r\n", LineStatus.BareCarriageReturn, 0)]
    [InlineData("ab\0c\r\n", LineStatus.Line, 6)]
    [InlineData("123456\r\n", LineStatus.Line, 8)]
    [InlineData("1234567\r\n", LineStatus.TooLong, 0)]
    [InlineData("1234567", LineStatus.NeedInput, 0)]
    [InlineData("12345678", LineStatus.TooLong, 0)]
    [InlineData("1234567\n", LineStatus.TooLong, 0)]
    public void Where_a_line_ends(string input, LineStatus status, int length) =>
        Assert.Equal(new LineResult(status, length), LineReader.Read(Encoding.Latin1.GetBytes(input), Limit));

    /// <summary>As bytes come in one by one, the first word that is not "need input" is the last word.</summary>
    [Fact]
    public void A_line_is_the_same_however_it_is_cut() =>
        Gen.Int[0, 3].Select(i => "a\r\n\0"u8[i]).Array[0, 2 * Limit].Sample(input =>
        {
            LineResult whole = LineReader.Read(input, Limit);
            for (int length = 0; length <= input.Length; length++)
            {
                LineResult part = LineReader.Read(input.AsSpan(0, length), Limit);
                Assert.True(part.Status == LineStatus.NeedInput || part == whole, $"after {length} of {Convert.ToHexString(input)}: {part}");
            }

            Assert.True(whole.Status != LineStatus.NeedInput || input.Length < Limit);
            Assert.True(whole.Length <= Limit);
        });

    [Theory]
    [InlineData("NOOP", "NOOP", null)]
    [InlineData("noop x y", "noop", "x y")]
    [InlineData("NOOP ", "NOOP", "")]
    [InlineData("NOOP  x", "NOOP", " x")]
    [InlineData(" NOOP", "", "NOOP")]
    [InlineData("NOOP\tx", "NOOP\tx", null)]
    [InlineData("", "", null)]
    public void A_verb_and_what_stands_behind_one_space(string text, string verb, string? argument)
    {
        var line = new CommandLine(Encoding.ASCII.GetBytes(text + "\r\n"));
        Assert.Equal(verb, Encoding.ASCII.GetString(line.Verb));
        Assert.Equal(argument, line.HasArgument ? Encoding.ASCII.GetString(line.Argument) : null);
    }

    [Theory]
    [InlineData("STARTTLS", true)]
    [InlineData("starttls", true)]
    [InlineData("STARTTL", false)]
    [InlineData("STARTTLSX", false)]
    [InlineData("STARTTL\u00d3", false)]
    public void Verbs_are_ascii_and_of_any_case(string text, bool same) =>
        Assert.Equal(same, new CommandLine(Encoding.Latin1.GetBytes(text + "\r\n")).Is("STARTTLS"u8));

    [Theory]
    [InlineData("a ~!", true)]
    [InlineData("a\0", false)]
    [InlineData("a\tb", false)]
    [InlineData("a\u007f", false)]
    [InlineData("\u00e9", false)]
    public void Only_printable_ascii_is_a_command(string text, bool printable) =>
        Assert.Equal(printable, new CommandLine(Encoding.Latin1.GetBytes(text + "\r\n")).IsPrintable);

    [Theory]
    [InlineData("a LOGIN {3}", true, false, 3)]
    [InlineData("a LOGIN {3+}", true, true, 3)]
    [InlineData("a LOGIN {3-}", true, true, 3)]
    [InlineData("{0}", true, false, 0)]
    [InlineData("x {4096}", true, false, 4096)]
    [InlineData("x {4097}", true, false, LiteralText.TooLong)]
    [InlineData("x {99999999999999999999+}", true, true, LiteralText.TooLong)]
    [InlineData("{1}{2}", true, false, 2)]
    [InlineData("x {}", false, false, 0)]
    [InlineData("x {+}", false, false, 0)]
    [InlineData("x { 3}", false, false, 0)]
    [InlineData("x {-3}", false, false, 0)]
    [InlineData("x {3} ", false, false, 0)]
    [InlineData("x 3}", false, false, 0)]
    [InlineData("x {3", false, false, 0)]
    [InlineData("}", false, false, 0)]
    [InlineData("", false, false, 0)]
    public void A_literal_at_the_end_of_a_line(string line, bool announced, bool unasked, int length) =>
        Assert.Equal(announced ? new LiteralText(true, unasked, length) : default, LiteralText.AtEndOf(Encoding.ASCII.GetBytes(line)));

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", HttpMatch.Yes)]
    [InlineData("POST http://a/", HttpMatch.Yes)]
    [InlineData("OPTIONS *", HttpMatch.Yes)]
    [InlineData("TRACE /", HttpMatch.Yes)]
    [InlineData("", HttpMatch.NotYetKnown)]
    [InlineData("OPTIONS htt", HttpMatch.NotYetKnown)]
    [InlineData("GET", HttpMatch.NotYetKnown)]
    [InlineData("GET CAPABILITY", HttpMatch.No)]
    [InlineData("GET\r\n", HttpMatch.No)]
    [InlineData("get /", HttpMatch.No)]
    [InlineData("EHLO a", HttpMatch.No)]
    [InlineData("P LOGIN", HttpMatch.No)]
    public void The_first_bytes_of_a_browser(string first, HttpMatch match) =>
        Assert.Equal(match, HttpRequest.Check(Encoding.ASCII.GetBytes(first)));

    [Fact]
    public void A_browser_is_the_same_however_it_is_cut() =>
        Gen.Select(Of("GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "TRACE ", "QUIT "), Of("/", "*", "http", "htt", "x", ""), Gen.Char['a', 'z'].Array[0, 9].Select(tail => new string(tail)))
            .Sample((method, target, tail) =>
            {
                byte[] first = Encoding.ASCII.GetBytes(method + target + tail);
                HttpMatch whole = HttpRequest.Check(first);
                for (int length = 0; length <= first.Length; length++)
                {
                    HttpMatch part = HttpRequest.Check(first.AsSpan(0, length));
                    Assert.True(part == HttpMatch.NotYetKnown || part == whole, $"after {length} of {method}{target}{tail}: {part}");
                    Assert.True(part != HttpMatch.NotYetKnown || length < HttpRequest.MaxPrefix);
                }
            });

    private static Gen<string> Of(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
