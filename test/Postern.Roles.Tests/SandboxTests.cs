using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Postern.Interop.LibC;
using Postern.Roles.Sandbox;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>The declarations of the roles. What a role can do that somebody has taken over is tried from inside (Postern.EndToEnd, SandboxTests).</summary>
public sealed class SandboxTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_entry_has_a_number_of_its_own_and_a_reason(bool arm64)
    {
        foreach (ImmutableArray<SystemCall> calls in RoleList.All.Select(role => role.Calls))
        {
            int[] numbers = [.. calls.Select(call => arm64 ? call.Arm64 : call.X64).Where(number => number != SystemCall.None)];
            Assert.Equal(numbers.Length, numbers.Distinct().Count());
            Assert.All(calls, call => Assert.NotEmpty(call.Reason));
        }
    }

    /// <summary>The numbers, against the headers of this machine.</summary>
    [Fact]
    public void The_numbers_are_those_of_the_kernel()
    {
        ImmutableArray<SystemCall> calls = [.. RoleList.All.SelectMany(role => role.Calls)];
        string source = "#include <sys/syscall.h>\n#include <stdio.h>\nint main(void) {\n"
            + string.Concat(calls.Where(call => Number(call) != SystemCall.None).Select(call => $"printf(\"{call.Name} %d\\n\", SYS_{call.Name});\n")) + "}\n";
        string file = Path.Combine(Path.GetTempPath(), $"postern-numbers-{Environment.ProcessId}");
        File.WriteAllText(file + ".c", source);
        Run("gcc", file + ".c", "-o", file);
        Dictionary<string, int> real = Run(file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .DistinctBy(fields => fields[0]).ToDictionary(fields => fields[0], fields => int.Parse(fields[1], CultureInfo.InvariantCulture));
        Assert.All(calls.Where(call => Number(call) != SystemCall.None), call => Assert.Equal(real[call.Name], Number(call)));
        File.Delete(file);
        File.Delete(file + ".c");
    }

    [Fact]
    public void Every_limit_has_a_reason() => Assert.All(RoleList.All.SelectMany(role => role.Limits), limit => Assert.NotEmpty(limit.Reason));

    [Theory]
    [InlineData("", false)]
    [InlineData("Landlock (Function not implemented), namespaces (Operation not permitted)", true)]
    public void What_the_launcher_says_the_role_reads(string lacking, bool required)
    {
        foreach (Launched.Ids? ids in (Launched.Ids?[])[null, new(0xffff_fffe, 7)])
        {
            var launched = new Launched(ids, required, lacking);
            string[] arguments = launched.Write("worker");
            Assert.Equal("worker", arguments[0]);
            Assert.Equal(launched, Launched.Read(arguments.AsSpan(1)));
        }
    }

    [Theory]
    [InlineData]
    [InlineData("-", "available")]
    [InlineData("1", "available", "")]
    [InlineData("1:", "available", "")]
    [InlineData("-1:0", "available", "")]
    [InlineData("0x0:0", "available", "")]
    [InlineData("1:2:3", "available", "")]
    [InlineData("-", "available", "", "more")]
    public void Other_arguments_are_no_launchers(params string[] arguments) => Assert.Null(Launched.Read(arguments));

    private static int Number(SystemCall call) => Seccomp.IsArm64 ? call.Arm64 : call.X64;

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: exit status {process.ExitCode}: {errors.Result}");
        return output;
    }
}
