using Postern.Roles.Sandbox;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// What is left to a key agent whose keys are on a token, when somebody has taken it over. Taken out: any "refused" of
/// the table, by adding its call to the list.
/// </summary>
public sealed class TokenSandboxTests
{
    [Fact]
    public void Every_attempt_ends_as_the_table_says()
    {
        Dictionary<string, string> outcomes = SandboxTests.Try(SandboxTests.Compile(), RoleCalls.KeyAgentWithToken);
        string table = "| attempt | key agent with a token |\n| --- | --- |\n"
            + string.Concat(outcomes.Select(outcome => $"| {outcome.Key} | {Words(outcome.Value)} |\n"));
        TestContext.Current.TestOutputHelper!.WriteLine(table);
        Assert.Contains(table, File.ReadAllText(Path.Combine(SandboxTests.Root(), "docs/sandbox.md")), StringComparison.Ordinal);
    }

    /// <summary>Any other error is the attempt's own: the filter let it through.</summary>
    private static string Words(string outcome) => outcome is "allowed" or "EACCES" ? SandboxTests.Words(outcome) : $"not refused by the filter ({outcome})";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_entry_has_a_number_of_its_own_and_a_reason(bool arm64)
    {
        int[] numbers = [.. RoleCalls.KeyAgentWithToken.Select(call => arm64 ? call.Arm64 : call.X64).Where(number => number != SystemCall.None)];
        Assert.Equal(numbers.Length, numbers.Distinct().Count());
        Assert.All(RoleCalls.KeyAgentWithToken, call => Assert.NotEmpty(call.Reason));
    }

    [Fact]
    public void The_numbers_are_those_of_the_kernel() => SandboxTests.CheckNumbers(RoleCalls.KeyAgentWithToken);

    /// <summary>Without a token nothing is wider than it was.</summary>
    [Fact]
    public void It_is_a_list_of_its_own()
    {
        Assert.Superset(RoleCalls.KeyAgent.ToHashSet(), RoleCalls.KeyAgentWithToken.ToHashSet());
        Assert.DoesNotContain(RoleCalls.KeyAgent, call => call.Name is "openat" or "socket" or "connect" or "read" or "write");
        Assert.DoesNotContain(RoleCalls.KeyAgentWithToken, call => call.Name is "execve" or "ptrace" or "kill" or "bind" or "listen" or "ioctl");
        Assert.All(RoleCalls.KeyAgentWithToken.Where(call => call.Name is "mmap" or "mprotect"), call => Assert.Equal(Condition.NotExecutable, call.Condition));
    }
}
