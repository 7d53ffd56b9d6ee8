using Postern.Bench.Peers;
using Postern.Bench.Scenarios;

namespace Postern.Bench.Tests;

/// <summary>What words mean.</summary>
public sealed class OptionsTests
{
    private static readonly string[] s_always = ["--directory", "/nowhere", "--processors", "0,1,2,3", "--docs", "/docs"];

    [Fact]
    public void Without_a_word_everything_is_measured_that_has_no_family()
    {
        var options = Read();
        Assert.Equal(ScenarioList.All.Where(scenario => scenario.Family is null), options.Scenarios);
        Assert.Equal(PeerList.All, options.Peers);
        Assert.Equal((3, 1, "benchmarks"), (options.Rounds, options.Scale, options.Page));
    }

    [Fact]
    public void A_family_is_measured_whole_and_has_a_page_of_its_own()
    {
        var options = Read("growth");
        Assert.Equal(
            [
                "growth-echo-10", "growth-echo-100", "growth-echo-1000", "growth-echo-8000",
                "growth-workers-1", "growth-workers-2", "growth-workers-4",
            ],
            options.Scenarios.Select(scenario => scenario.Name));
        Assert.Equal("benchmarks-growth", options.Page);
    }

    [Theory]
    [InlineData("handshake")]
    [InlineData("growth-echo-10")]
    [InlineData("growth", "haproxy")]
    [InlineData("growth", "handshake")]
    [InlineData("postern")]
    public void A_part_writes_no_page(params string[] words) => Assert.Null(Read(words).Page);

    [Fact]
    public void Words_are_taken_in_the_order_of_the_table()
    {
        var options = Read("idle", "haproxy", "handshake", "postern", "--rounds", "5", "--scale", "10", "--json", "file");
        Assert.Equal(["handshake", "idle"], options.Scenarios.Select(scenario => scenario.Name));
        Assert.Equal(["postern", "haproxy"], options.Peers.Select(peer => peer.Name));
        Assert.Equal((5, 10, "file"), (options.Rounds, options.Scale, options.Json));
    }

    [Fact]
    public void A_profile_has_more_load_than_a_measurement()
    {
        var options = Read("--profile", "handshake");
        Assert.Equal("handshake", options.Profile?.Name);
        Assert.Equal(4, options.Scale);
        Assert.Equal(2, Read("--profile", "handshake", "--scale", "2", "postern").Scale);
    }

    [Theory]
    [InlineData("no scenario", "handshakes")]
    [InlineData("needs a value", "--rounds")]
    [InlineData("from 1 to 99", "--rounds", "0")]
    [InlineData("from 1 to 99", "--rounds", "many")]
    [InlineData("from 1 to 100", "--scale", "101")]
    [InlineData("from 1 to 100", "--scale", "-1")]
    [InlineData("takes a scenario", "--profile", "haproxy")]
    [InlineData("name no other", "--profile", "handshake", "idle")]
    [InlineData("name no other", "--profile", "handshake", "haproxy")]
    public void What_is_wrong_is_said(string what, params string[] words)
    {
        // Last, so that a missing value is missing.
        var (options, problem) = Options.Read([.. s_always, .. words]);
        Assert.Null(options);
        Assert.Contains(what, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Proxies_get_the_last_processors()
    {
        Assert.Equal("3", Read().LastProcessors(1));
        Assert.Equal("2,3", Read().LastProcessors(2));
        Assert.Equal("0,1,2,3", Read().LastProcessors(9));
    }

    [Fact]
    public void The_script_knows_every_scenario_and_every_peer_and_its_help_names_them()
    {
        var script = File.ReadAllText(Path.Combine(SourceTree.Root, "bench.sh"));
        var help = script[..script.IndexOf("END\n}", StringComparison.Ordinal)].Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in ScenarioList.All.Select(scenario => scenario.Name).Concat(PeerList.All.Select(peer => peer.Name)))
            Assert.Contains(name, help);
        foreach (var name in ScenarioList.All.Where(scenario => scenario.Family is null).Select(scenario => scenario.Name))
            Assert.Matches($@"[ |]{name}[|)]", script);
    }

    [Fact]
    public void No_two_things_have_one_name()
    {
        string[] names = [.. ScenarioList.All.Select(scenario => scenario.Name), .. PeerList.All.Select(peer => peer.Name), ScenarioList.Growth];
        Assert.Equal(names.Distinct(), names);
    }

    private static Options Read(params string[] words)
    {
        var (options, problem) = Options.Read([.. words, .. s_always]);
        return options ?? throw new InvalidOperationException(problem);
    }
}
