using Postern.Configuration;
using Postern.Policy.Operator;
using Postern.Policy.Tests;
using Postern.Roles.Resolver.Desk;
using Postern.Roles.Tests.Rigs;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>The operator's rules at the desk: where they come from, and when they end.</summary>
public sealed partial class RouteDeskTests
{
    [Fact]
    public void A_rule_that_has_expired_is_an_alarm()
    {
        OperatorRule rule = new(RuleScope.Read("example.org")!, Requirement.None) { Expires = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Origin = "postern.toml:7" };
        var world = new FalseWorld(Plain, new DeskSettings { Table = OperatorTable.Make([rule], out _)! });
        _ = Ask(world);
        Assert.Equal(["the rule has expired and does not hold: example.org: require none (postern.toml:7)"], world.Alarms);
    }

    /// <summary>Taken out: the rule's end, in RouteDesk.Surveyed.</summary>
    [Fact]
    public void A_finding_ends_with_the_rule_that_made_it()
    {
        var world = new FalseWorld(Plain);
        OperatorRule rule = new(RuleScope.Read("example.org")!, Requirement.Tls) { Expires = world.Clock.Now + TimeSpan.FromSeconds(90) };
        world = new FalseWorld(Plain, new DeskSettings { Table = OperatorTable.Make([rule], out _)! }) { TimeToLive = 1_000_000 };
        _ = Ask(world);
        int asked = world.Asked.Count;
        world.Clock.Now += TimeSpan.FromSeconds(89);
        _ = Ask(world);
        Assert.Equal(asked, world.Asked.Count);
        world.Clock.Now += TimeSpan.FromSeconds(1);
        _ = Ask(world);
        Assert.True(world.Asked.Count > asked);
        _ = Assert.Single(world.Alarms);
    }

    [Fact]
    public void The_operators_word_is_read_from_the_snapshot()
    {
        const string List = """
            {"author":"a","version":"0.1","timestamp":"2026-01-01T00:00:00Z","expires":"2027-01-01T00:00:00Z",
             "policies":{"example.org":{"mode":"enforce","mxs":["mx.example.org"]},"other.example":{"mode":"enforce","mxs":["mx.other.example"]}}}
            """;
        var snapshot = new ResolverSnapshot
        {
            Default = "tls",
            RefusesLoss = true,
            Rules = [new PolicyRuleText("example.org", "pin", ["sha256:" + new string('a', 64)], [], null, "postern.toml:3")],
            Lists = [new PolicyListText("list.json", System.Text.Encoding.UTF8.GetBytes(List))],
        };
        DeskSettings settings = DeskSettings.Read(snapshot, out string problem)!;
        Assert.Empty(problem);
        Assert.Equal((Requirement.Tls, true), (settings.Default, settings.RefusesLoss));

        // What he wrote himself goes before a list.
        Assert.Equal(Requirement.Pin, settings.Table.Find(Zone.Name("example.org"), default).Rule!.Require);
        Assert.Equal("list.json", settings.Table.Find(Zone.Name("other.example"), default).Rule!.Origin);
        Assert.Null(DeskSettings.Read(snapshot with { Default = "pin" }, out problem));
        Assert.NotEmpty(problem);
    }
}
