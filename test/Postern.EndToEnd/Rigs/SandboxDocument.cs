using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>docs/sandbox.md, whose tables of one role say what a stolen one finds.</summary>
internal static class SandboxDocument
{
    /// <summary>The table is what was found; what is tried and not written down there is refused by the list of calls.</summary>
    /// <param name="role">As the table's head has it.</param>
    /// <param name="found">Attempts and outcomes: <see cref="ProbeRig.Try"/>.</param>
    public static void Tells(string role, IEnumerable<(string Attempt, string Outcome)> found)
    {
        string[] rows = [.. found.Select(tried => $"| {tried.Attempt} | {(tried.Outcome is "allowed" or "EACCES" ? tried.Outcome : $"let through, and {tried.Outcome}")} |")];
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', rows));
        string document = File.ReadAllText(SourceTree.At("docs/sandbox.md"));
        string[] documented = [.. document[document.IndexOf($"| attempt | {role} |", StringComparison.Ordinal)..].Split('\n').Skip(2).TakeWhile(line => line.StartsWith('|'))];
        Assert.NotEmpty(documented);
        Assert.Subset(rows.ToHashSet(StringComparer.Ordinal), documented.ToHashSet(StringComparer.Ordinal));
        Assert.All(rows.Except(documented), row => Assert.EndsWith("| EACCES |", row, StringComparison.Ordinal));
    }
}
