using Xunit;

namespace Postern.Architecture.Tests;

/// <summary>References run one way (ARCHITECTURE.md, "Projects").</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new(StringComparer.Ordinal)
    {
        ["Postern.Protocols"] = [],
        ["Postern.Policy"] = [],
        ["Postern.Interop"] = [],
        ["Postern.Resolver"] = ["Postern.Policy", "Postern.Interop"],
        ["Postern.Store"] = ["Postern.Policy", "Postern.Interop"],
        ["Postern.Engine"] = ["Postern.Protocols", "Postern.Policy", "Postern.Interop"],
        ["Postern.Configuration"] = ["Postern.Protocols", "Postern.Policy", "Postern.Interop"],
        ["Postern.Roles"] = ["Postern.Engine", "Postern.Configuration", "Postern.Resolver", "Postern.Store"],
        ["Postern.Daemon"] = ["Postern.Roles"],
        ["Postern.Cli"] = ["Postern.Engine", "Postern.Configuration", "Postern.Resolver", "Postern.Store"],
    };

    [Fact]
    public void Every_project_has_its_place() =>
        Assert.Equal(s_allowed.Keys.Order(StringComparer.Ordinal), Tree.Projects.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_to_nothing_but_what_it_may(string project) =>
        Assert.Subset(s_allowed[project].ToHashSet(StringComparer.Ordinal), Tree.References(project).ToHashSet(StringComparer.Ordinal));

    [Theory]
    [InlineData("Postern.Protocols")]
    [InlineData("Postern.Policy")]
    [InlineData("Postern.Interop")]
    [InlineData("Postern.Resolver")]
    [InlineData("Postern.Store")]
    [InlineData("Postern.Engine")]
    [InlineData("Postern.Roles")]
    [InlineData("Postern.Daemon")]
    public void What_touches_hostile_bytes_carries_no_package(string project) => Assert.Empty(Tree.Packages(project));

    [Fact]
    public void Configuration_carries_the_toml_reader_only() =>
        Assert.Equal(["Tomlyn"], Tree.Packages("Postern.Configuration"));

    public static TheoryData<string> Projects() => [.. s_allowed.Keys];
}
