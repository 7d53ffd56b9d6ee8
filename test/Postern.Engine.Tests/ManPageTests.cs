using Postern.Engine.Connections;
using Xunit;

namespace Postern.Engine.Tests;

/// <summary>posternd(8) and the control protocol's page explain every word that the log and the status say of a connection.</summary>
public sealed class ManPageTests
{
    private static readonly string Manual = Read("posternd.8").Replace("\\-", "-", StringComparison.Ordinal);

    [Fact]
    public void Every_outcome_is_explained() =>
        Assert.All(Enum.GetValues<Outcome>(), outcome => Assert.Matches($@"(?m)^\.BR? (.* )?{OutcomeNames.Of(outcome)}( |$)", Manual));

    [Fact]
    public void Every_stage_is_named()
    {
        string[] stages = [.. Enum.GetValues<Stage>().Select(StageNames.Of)];

        Assert.Contains($"is how far the connection came: {string.Join(", ", stages)}.", Manual, StringComparison.Ordinal);
        Assert.Contains($"by how far they came: {string.Join(", ", stages.Select(stage => $"`{stage}`"))} |", Read("control.md"), StringComparison.Ordinal);
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, page));
}
