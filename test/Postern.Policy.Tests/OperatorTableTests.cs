using CsCheck;
using Postern.Policy.Operator;

namespace Postern.Policy.Tests;

/// <summary>Which row of the table is meant.</summary>
public sealed class OperatorTableTests
{
    private static readonly OperatorTable s_table = World.Rules(
        World.Rule("example.org", Requirement.Dane),
        World.Rule(".example.org", Requirement.Sts),
        World.Rule(".mail.example.org", Requirement.Tls),
        World.Rule(".org", Requirement.WebPki),
        World.Rule("old.example.org", Requirement.None) with { Expires = World.Noon });

    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("a.example.org", ".example.org")]
    [InlineData("b.a.example.org", ".example.org")]
    [InlineData("mail.example.org", ".example.org")]
    [InlineData("a.mail.example.org", ".mail.example.org")]
    [InlineData("notexample.org", ".org")]
    [InlineData("old.example.org", ".example.org")]
    [InlineData("org", null)]
    [InlineData("example.net", null)]
    public void The_longest_match_decides(string domain, string? scope) =>
        Assert.Equal(scope, s_table.Find(Zone.Name(domain), World.Noon).Rule?.Scope.ToString());

    [Fact]
    public void A_rule_holds_until_its_hour()
    {
        Assert.Equal("old.example.org", s_table.Find(Zone.Name("old.example.org"), World.Noon.AddSeconds(-1)).Rule!.Scope.ToString());
        Assert.Equal("old.example.org", Assert.Single(s_table.Find(Zone.Name("old.example.org"), World.Noon).Expired).Scope.ToString());
    }

    /// <summary>What the operator once said does not hide what a list says now; nor does a list that has expired hide the next one.</summary>
    [Fact]
    public void What_has_expired_makes_way_for_a_list()
    {
        OperatorRule own = World.Rule("example.org", Requirement.None) with { Expires = World.Noon };
        OperatorRule first = World.Rule("example.org", Requirement.WebPki) with { Expires = World.Noon.AddHours(1), Origin = "first" };
        OperatorRule second = World.Rule("example.org", Requirement.WebPki) with { Origin = "second" };
        OperatorTable table = OperatorTable.Make([own], out _, [first], [second])!;
        TableEntry At(double hours) => table.Find(Zone.Name("example.org"), World.Noon.AddHours(hours));
        Assert.Equal((Requirement.None, 0), (At(-1).Rule!.Require, At(-1).Expired.Length));
        Assert.Equal(("first", 1), (At(0).Rule!.Origin, At(0).Expired.Length));
        Assert.Equal(("second", 2), (At(1).Rule!.Origin, At(1).Expired.Length));
        Assert.Null(OperatorTable.Make([own], out _, [first, second]));
    }

    [Fact]
    public void All_that_is_wrong_with_a_table_is_said_at_once()
    {
        OperatorTable? table = OperatorTable.Make(
            [
                World.Rule("a.example", Requirement.Pin),
                World.Rule("a.example", Requirement.Tls),
                World.Rule("b.example", Requirement.Dane) with { Pins = [Pin.Read("sha256:" + new string('0', 64))!] },
                World.Rule("c.example", Requirement.None) with { Hosts = [MtaSts.MxPattern.Read("mx.c.example")!] },
                World.Rule("d.example", Requirement.Dane) with { Testing = true },
                World.Rule("e.example", Requirement.Sts) with { NextHop = Zone.Name("mx.e.example") },
            ], out var wrong);
        Assert.Null(table);
        Assert.Equal(6, wrong.Length);
    }

    [Theory]
    [InlineData("example.org", true)]
    [InlineData(".example.org", true)]
    [InlineData("Example.ORG.", true)]
    [InlineData("..example.org", false)]
    [InlineData("*.example.org", false)]
    [InlineData(".", false)]
    [InlineData("", false)]
    [InlineData("user@example.org", false)]
    public void What_a_scope_is(string text, bool good) => Assert.Equal(good, RuleScope.Read(text) is not null);

    [Theory]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", true)]
    [InlineData("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", true)]
    [InlineData("sha256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", true)]
    [InlineData("sha256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFQ==", false)]
    [InlineData("sha256:ba78", false)]
    [InlineData("sha256:", false)]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", false)]
    [InlineData("sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", false)]
    [InlineData("sha256:xa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", false)]
    public void What_a_pin_is(string text, bool good)
    {
        Pin? pin = Pin.Read(text);
        Assert.Equal(good, pin is not null);
        if (pin is not null)
            Assert.Equal(pin, Pin.Read(pin.ToString()));
    }

    [Fact]
    public void Pins_of_any_text() => Gen.String.Sample(text => Pin.Read("sha256:" + text) is null or { Digest.Length: 32 });

    [Theory]
    [InlineData("none", Requirement.None)]
    [InlineData("tls", Requirement.Tls)]
    [InlineData("webpki", Requirement.WebPki)]
    [InlineData("pin", Requirement.Pin)]
    [InlineData("sts", Requirement.Sts)]
    [InlineData("dane", Requirement.Dane)]
    [InlineData("DANE", null)]
    [InlineData("", null)]
    public void The_words_of_require(string word, Requirement? requirement)
    {
        Assert.Equal(requirement, RequirementWords.Read(word));
        if (requirement is { } known)
            Assert.Equal(word, RequirementWords.Of(known));
    }
}
