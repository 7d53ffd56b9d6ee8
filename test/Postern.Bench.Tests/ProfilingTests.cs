using Postern.Bench.Profiling;

namespace Postern.Bench.Tests;

/// <summary>What perf and strace print, read.</summary>
public sealed class ProfilingTests
{
    [Fact]
    public void Stacks_come_with_the_outermost_frame_first()
    {
        var stacks = PerfScript.Read(
            [
                "19010 ",
                "\tffffffff8102 do_syscall_64 ([kernel.kallsyms])",
                "\t          155948 __strcmp_avx2 (/usr/lib/x86_64-linux-gnu/libc.so.6)",
                "\t           14a9b Some.Type (of a kind)::Name (/opt/posternd)",
                "",
                "7 ",
                "\t            73fc [unknown] (/usr/lib/libcrypto.so.3)",
                "\t            73fd [unknown] (/usr/lib/libcrypto.so.3)",
                "\t            73fe main (/opt/posternd)",
            ]).ToArray();
        Assert.Equal([19010, 7], stacks.Select(stack => stack.Pid));
        Assert.Equal(
            [new("Some.Type (of a kind)::Name", "posternd"), new("__strcmp_avx2", "libc.so.6"), new("do_syscall_64", "kernel")],
            stacks[0].Frames);
        Assert.Equal([new("main", "posternd"), new("[libcrypto.so.3]", "libcrypto.so.3")], stacks[1].Frames);
    }

    [Theory]
    [InlineData("Postern_Engine_Postern_Engine_Loop_Reactor__Turn", "Loop.Reactor.Turn")]
    [InlineData("Postern_Interop_Postern_Interop_LibSsl_Keys_NativeKeys__EVP_PKEY_sign", "LibSsl.Keys.NativeKeys.EVP_PKEY_sign")]
    [InlineData("posternd_Postern_Daemon_Program__Main", "Program.Main")]
    [InlineData("S_P_CoreLib_System_Threading_Thread__StartThread", "System.Threading.Thread.StartThread")]
    [InlineData("__x64_sys_connect", "__x64_sys_connect")]
    [InlineData("__libc_start_main@@GLIBC_2.34", "__libc_start_main@@GLIBC_2.34")]
    public void Names_of_the_compiler_are_made_readable(string symbol, string name) => Assert.Equal(name, ManagedName.Shorten(symbol));

    [Fact]
    public void A_frame_that_has_another_form_is_kept_as_unknown()
    {
        var stack = Assert.Single(PerfScript.Read(["1", "nonsense"]));
        Assert.Equal([new("[?]", "?")], stack.Frames);
    }

    [Fact]
    public void A_sample_without_a_stack_is_none() => Assert.Empty(PerfScript.Read(["1", "", "2", ""]));

    [Fact]
    public void What_is_no_output_of_perf_is_refused() =>
        Assert.Throws<IOException>(() => PerfScript.Read(["failed to open perf.data"]).ToArray());

    [Fact]
    public void System_calls_are_counted_a_unit_and_a_role()
    {
        string[] worker =
        [
            "    calls syscall",
            "--------- ----------------",
            "     3000 epoll_wait",
            "     1000 read",
            "        1 brk",
            "--------- ----------------",
            "     4001 total",
        ];
        var table = new SystemCallTable();
        table.Add("worker", worker);
        table.Add("key-agent", ["     1000 read"]);
        var lines = table.Draw(1000, "connection").Split('\n');
        Assert.Equal("| system calls for each connection | worker | key-agent |  all |", lines[0]);
        Assert.Equal("| epoll_wait                       |   3.00 |         - | 3.00 |", lines[2]);
        Assert.Equal("| read                             |   1.00 |      1.00 | 2.00 |", lines[3]);
        Assert.Equal("| all                              |   4.00 |      1.00 | 5.00 |", lines[4]);
    }
}
