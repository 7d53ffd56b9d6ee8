using System.Globalization;
using CsCheck;
using Postern.Protocols.Xmpp;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>Domains that clients ask for, and the certificates that are for them.</summary>
public sealed class DomainNameTests
{
    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("Example.ORG.", "example.org")]
    [InlineData("_x.localhost", "_x.localhost")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("bücher.example", "bücher.example")]
    [InlineData("例え.テスト", "例え.テスト")]
    [InlineData("", null)]
    [InlineData(".", null)]
    [InlineData("..", null)]
    [InlineData("example..org", null)]
    [InlineData("-example.org", null)]
    [InlineData("example-.org", null)]
    [InlineData("user@example.org", null)]
    [InlineData("example.org/resource", null)]
    [InlineData("exam ple.org", null)]
    [InlineData("example.org\r\nX", null)]
    [InlineData("example.org\0", null)]
    [InlineData("exam'ple.org", null)]
    [InlineData("*.example.org", null)]
    [InlineData("BÜCHER.example", null)]
    [InlineData("exam\u200bple.org", null)]
    [InlineData("exam\u202eple.org", null)]
    [InlineData("example。org", null)]
    public void What_is_a_domain(string text, string? domain) => Assert.Equal(domain, DomainName.Read(text));

    [Fact]
    public void Lengths_are_bounded()
    {
        string label = new('a', 63);
        Assert.NotNull(DomainName.Read($"{label}.{label}.{label}.{new string('a', 63)}"));
        Assert.Null(DomainName.Read($"{label}.{label}.{label}.{label}.a"));
        Assert.Null(DomainName.Read($"{label}a.example"));
        Assert.Null(DomainName.Read(new string('ü', 60) + ".example"));
    }

    [Theory]
    [InlineData("example.org", "example.org", true)]
    [InlineData("example.org", "EXAMPLE.org", true)]
    [InlineData("a.example.org", "*.example.org", true)]
    [InlineData("example.org", "*.example.org", false)]
    [InlineData("a.b.example.org", "*.example.org", false)]
    [InlineData("aexample.org", "*.example.org", false)]
    [InlineData("a.example.org", "a*.example.org", false)]
    [InlineData("org", "*.org", false)]
    [InlineData("bücher.example", "xn--bcher-kva.example", true)]
    [InlineData("bücher.rooms.example", "*.rooms.example", true)]
    public void Whose_certificate_it_is(string domain, string pattern, bool matches) => Assert.Equal(matches, DomainName.Matches(domain, pattern));

    /// <summary>RFC 3492 §7.1: (A), (B), (G), (L), (P), without the capitals that are no part of a name.</summary>
    [Theory]
    [InlineData("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn")]
    [InlineData("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye")]
    [InlineData("почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l")]
    [InlineData("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b")]
    [InlineData("majiでkoiする5秒前", "majikoi5-783gue6qz075azm5e")]
    public void Punycode_as_the_RFC_has_it(string label, string encoded) => Assert.Equal(encoded, Punycode.Encode(label));

    [Fact]
    public void Punycode_as_the_framework_has_it()
    {
        var idn = new IdnMapping { UseStd3AsciiRules = true };
        Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['0', '9'], Gen.Char['\u00e0', '\u00f6'], Gen.Char['\u0430', '\u044f'], Gen.Char['\u4e00', '\u9fff']).Array[1, 12]
            .Select(letters => new string(letters))
            .Sample(label => Assert.Equal(idn.GetAscii(label), DomainName.ToAscii(label)));
    }
}
