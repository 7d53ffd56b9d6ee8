using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Postern.Interop.LibC;
using Postern.Roles.Sandbox;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// What a role that somebody has taken over can still do. Taken out: any "refused" of the table, by adding its call to
/// the role's list.
/// </summary>
public sealed class SandboxTests
{
    private const int Nobody = 65534;

    /// <summary>The table of docs/sandbox.md is what the probe finds: role × attempt × outcome.</summary>
    [Fact]
    public void Every_attempt_ends_as_the_table_says()
    {
        string probe = Compile();
        Dictionary<string, string> keyAgent = Try(probe, RoleCalls.KeyAgent), dialer = Try(probe, RoleCalls.Dialer), worker = Try(probe, RoleCalls.Worker);
        string table = "| attempt | key agent | dialer | worker |\n| --- | --- | --- | --- |\n"
            + string.Concat(keyAgent.Keys.Select(attempt => $"| {attempt} | {Words(keyAgent[attempt])} | {Words(dialer[attempt])} | {Words(worker[attempt])} |\n"));
        TestContext.Current.TestOutputHelper!.WriteLine(table);
        Assert.Contains(table, File.ReadAllText(Path.Combine(Root(), "docs/sandbox.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_but_talking_is_left_to_the_key_agent_and_the_worker()
    {
        foreach (ImmutableArray<SystemCall> calls in (ImmutableArray<SystemCall>[])[RoleCalls.KeyAgent, RoleCalls.Worker])
            Assert.Equal(["talk to the supervisor"], Try(Compile(), calls).Where(attempt => attempt.Value == "allowed").Select(attempt => attempt.Key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_entry_has_a_number_of_its_own_and_a_reason(bool arm64)
    {
        foreach (ImmutableArray<SystemCall> calls in (ImmutableArray<SystemCall>[])[RoleCalls.KeyAgent, RoleCalls.Dialer, RoleCalls.Worker])
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
        CheckNumbers([.. RoleCalls.KeyAgent, .. RoleCalls.Dialer, .. RoleCalls.Worker]);
    }

    internal static void CheckNumbers(ImmutableArray<SystemCall> calls)
    {
        string source = "#include <sys/syscall.h>\n#include <stdio.h>\nint main(void) {\n"
            + string.Concat(calls.Where(call => Number(call) != SystemCall.None).Select(call => $"printf(\"{call.Name} %d\\n\", SYS_{call.Name});\n")) + "}\n";
        string file = Path.Combine(Path.GetTempPath(), $"postern-numbers-{Guid.NewGuid():N}");
        File.WriteAllText(file + ".c", source);
        Run("gcc", file + ".c", "-o", file);
        Dictionary<string, int> real = Run(file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .DistinctBy(fields => fields[0]).ToDictionary(fields => fields[0], fields => int.Parse(fields[1], CultureInfo.InvariantCulture));
        Assert.All(calls.Where(call => Number(call) != SystemCall.None), call => Assert.Equal(real[call.Name], Number(call)));
        File.Delete(file);
        File.Delete(file + ".c");
    }

    private static int Number(SystemCall call) => Seccomp.IsArm64 ? call.Arm64 : call.X64;

    internal static string Words(string outcome) => outcome == "allowed" ? "allowed" : $"refused ({outcome})";

    internal static Dictionary<string, string> Try(string probe, ImmutableArray<SystemCall> calls)
    {
        // The probe is one process with one thread: what "own process" is matters only to be another than its targets.
        string filter = probe + ".filter";
        File.WriteAllBytes(filter, MemoryMarshal.AsBytes(SeccompProgram.Compile(calls, Seccomp.IsArm64, processId: 1).AsSpan()).ToArray());
        using Process own = Sleeper(asNobody: true), other = Sleeper(asNobody: false);
        try
        {
            int uid = Environment.UserName == "root" ? Nobody : int.Parse(Run("id", "-u"), CultureInfo.InvariantCulture);
            Dictionary<string, string> outcomes = Run(probe, filter, $"{uid}", $"{own.Id}", $"{other.Id}").Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split('\t')).ToDictionary(fields => fields[0], fields => fields[1]);
            Assert.False(own.HasExited || other.HasExited, "the probe ended another process");
            return outcomes;
        }
        finally
        {
            own.Kill();
            other.Kill();
        }
    }

    private static Process Sleeper(bool asNobody)
    {
        bool change = asNobody && Environment.UserName == "root";
        return Process.Start(new ProcessStartInfo(
            change ? "setpriv" : "sleep", change ? ["--reuid=65534", "--regid=65534", "--clear-groups", "sleep", "60"] : ["60"]))!;
    }

    internal static string Compile()
    {
        string folder = Directory.CreateTempSubdirectory("postern-probe-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        string probe = Path.Combine(folder, "probe");
        Run("gcc", "-O1", Path.Combine(Root(), "test/Postern.Roles.Tests/probe.c"), "-o", probe);
        return probe;
    }

    internal static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../.."));

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
