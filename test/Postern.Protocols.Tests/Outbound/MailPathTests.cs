using System.Text;
using CsCheck;
using Postern.Protocols.Smtp.Outbound;
using Xunit;

namespace Postern.Protocols.Tests.Outbound;

/// <summary>RFC 5321 §4.1.2: where an address ends, where its domain begins, and what is none.</summary>
public sealed class MailPathTests
{
    [Theory]
    [InlineData("TO:<a@example.org>", "a@example.org", "example.org", "")]
    [InlineData("to:<a@example.org>", "a@example.org", "example.org", "")]
    [InlineData("TO:<a@example.org> X=1 Y", "a@example.org", "example.org", "X=1 Y")]
    [InlineData("TO:<a@Example.ORG.>", "a@Example.ORG.", "Example.ORG.", "")]
    [InlineData("TO:<a.b+c=d@x_1-y.example>", "a.b+c=d@x_1-y.example", "x_1-y.example", "")]
    [InlineData("TO:<.a..b.@example.org>", ".a..b.@example.org", "example.org", "")]
    [InlineData("TO:<!#$%&'*+-/=?^_`{|}~@example.org>", "!#$%&'*+-/=?^_`{|}~@example.org", "example.org", "")]
    [InlineData("TO:<a%example.net@example.org>", "a%example.net@example.org", "example.org", "")]
    [InlineData("TO:<\"a b\"@example.org>", "\"a b\"@example.org", "example.org", "")]
    [InlineData("TO:<\"@\"@example.org>", "\"@\"@example.org", "example.org", "")]
    [InlineData("TO:<\"a@example.net> x\"@example.org>", "\"a@example.net> x\"@example.org", "example.org", "")]
    [InlineData("TO:<\"\\\"@example.net>\"@example.org>", "\"\\\"@example.net>\"@example.org", "example.org", "")]
    [InlineData("TO:<\"\\\\\"@example.org>", "\"\\\\\"@example.org", "example.org", "")]
    [InlineData("TO:<\"\"@example.org>", "\"\"@example.org", "example.org", "")]
    [InlineData("TO:<@one.example:a@example.org>", "a@example.org", "example.org", "")]
    [InlineData("TO:<@one.example,@two.example:\"a:b\"@example.org>", "\"a:b\"@example.org", "example.org", "")]
    [InlineData("TO:<dörte@bücher.example>", "dörte@bücher.example", "bücher.example", "")]
    [InlineData("TO:<a@example.org> ", null, null, null)]
    [InlineData("TO:<a@example.org>X=1", null, null, null)]
    [InlineData("TO: <a@example.org>", null, null, null)]
    [InlineData("TO :<a@example.org>", null, null, null)]
    [InlineData("FROM:<a@example.org>", null, null, null)]
    [InlineData("TO:a@example.org", null, null, null)]
    [InlineData("TO:", null, null, null)]
    [InlineData("TO:<", null, null, null)]
    [InlineData("TO:<a", null, null, null)]
    [InlineData("TO:<a@example.org", null, null, null)]
    [InlineData("TO:<a@>", null, null, null)]
    [InlineData("TO:<@example.org>", null, null, null)]
    [InlineData("TO:<a@b@example.org>", null, null, null)]
    [InlineData("TO:<a b@example.org>", null, null, null)]
    [InlineData("TO:<a@example.org b>", null, null, null)]
    [InlineData("TO:<<a@example.org>>", null, null, null)]
    [InlineData("TO:<\"a@example.org>", null, null, null)]
    [InlineData("TO:<\"a\\\"@example.org>", null, null, null)]
    [InlineData("TO:<\"a\"b@example.org>", null, null, null)]
    [InlineData("TO:<a\"b\"@example.org>", null, null, null)]
    [InlineData("TO:<a,b@example.org>", null, null, null)]
    [InlineData("TO:<a@example,org>", null, null, null)]
    [InlineData("TO:<@one.example:@two.example:a@example.org>", null, null, null)]
    [InlineData("TO:<@one.example:>", null, null, null)]
    [InlineData("TO:<@\"x\":a@example.org>", null, null, null)]
    [InlineData("TO:<@one.example a@example.org>", null, null, null)]
    public void A_mailbox(string argument, string? address, string? domain, string? parameters)
    {
        MailPath path = MailPath.Read(Encoding.UTF8.GetBytes(argument), "TO:"u8);
        Assert.Equal(address is null ? MailPathKind.Broken : MailPathKind.Mailbox, path.Kind);
        Assert.Equal(address ?? "", Encoding.UTF8.GetString(path.Address));
        Assert.Equal(domain ?? "", Encoding.UTF8.GetString(path.Domain));
        Assert.Equal(parameters ?? "", Encoding.UTF8.GetString(path.Parameters));
    }

    [Theory]
    [InlineData("<>", "Null")]
    [InlineData("<> SIZE=1", "Null")]
    [InlineData("<postmaster>", "NoDomain")]
    [InlineData("<\"a@b\">", "NoDomain")]
    [InlineData("<a@[192.0.2.1]>", "Literal")]
    [InlineData("<a@[IPv6:2001:db8::1]>", "Literal")]
    [InlineData("<a@[x y]>", "Broken")]
    [InlineData("<a@[x>y]>", "Broken")]
    [InlineData("<a@[[x]>", "Broken")]
    [InlineData("<a@[x>", "Broken")]
    [InlineData("<a@[x].example>", "Broken")]
    public void What_has_no_domain(string path, string kind) =>
        Assert.Equal(kind, MailPath.Read(Encoding.ASCII.GetBytes("FROM:" + path), "FROM:"u8).Kind.ToString());

    /// <summary>What is said to a hop is one command, with one address: no way out of the brackets.</summary>
    [Fact]
    public void No_address_ends_before_it_ends() =>
        Pick.From('"', '\\', '@', '>', '<', ' ', 'a', '.', '[', ']', ':', ',').Array[0, 16].Sample(letters =>
        {
            byte[] argument = Encoding.ASCII.GetBytes($"TO:<{new string(letters)}>");
            MailPath path = MailPath.Read(argument, "TO:"u8);
            if (path.Kind == MailPathKind.Broken)
                return;
            MailPath again = MailPath.Read([.. "TO:<"u8, .. path.Address, .. ">"u8], "TO:"u8);
            Assert.Equal(path.Kind, again.Kind);
            Assert.True(path.Address.SequenceEqual(again.Address) && path.Domain.SequenceEqual(again.Domain) && again.Parameters.IsEmpty);
        }, iter: 20_000);

    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("EXAMPLE.Org.", "example.org")]
    [InlineData("localhost", "localhost")]
    [InlineData("_x.example", "_x.example")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("1.example", "1.example")]
    [InlineData("192.0.2.1", null)]
    [InlineData("example.123", null)]
    [InlineData("123", null)]
    [InlineData(".", null)]
    [InlineData("..", null)]
    [InlineData("a..b", null)]
    [InlineData(".a", null)]
    [InlineData("-a.example", null)]
    [InlineData("a-.example", null)]
    [InlineData("BÜCHER.example", null)]
    [InlineData("a\u200db.example", null)]
    [InlineData("a☃.example", null)]
    public void A_domain(string domain, string? read) => Assert.Equal(read, RecipientDomain.Read(Encoding.UTF8.GetBytes(domain)));

    [Fact]
    public void A_domain_is_no_longer_than_the_DNS_has_it()
    {
        string label = new('a', 63);
        string longest = $"{label}.{label}.{label}.{new string('b', 61)}";
        Assert.Equal(longest, RecipientDomain.Read(Encoding.ASCII.GetBytes(longest)));
        Assert.Null(RecipientDomain.Read(Encoding.ASCII.GetBytes(longest + "b")));
        Assert.Null(RecipientDomain.Read(Encoding.ASCII.GetBytes(label + "a.example")));
        Assert.Null(RecipientDomain.Read(Encoding.UTF8.GetBytes(string.Join('.', Enumerable.Repeat("ü", 80)))));
    }
}
