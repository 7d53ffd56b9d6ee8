using System.Runtime.InteropServices;

namespace Postern.Bench.Interop;

internal static unsafe partial class LibC
{
    internal const int SigInt = 2;
    internal const int SigTerm = 15;
    internal const int SigKill = 9;

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    internal static partial int Kill(int pid, int signal);

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, TimeSpec* time);

    [LibraryImport("libc")]
    private static partial nint sysconf(int name);

    /// <summary>Clock ticks a second, the unit of times in /proc/PID/stat (_SC_CLK_TCK is 2 on Linux).</summary>
    internal static long TicksPerSecond { get; } = sysconf(2);

    /// <summary>The processor time of the calling thread (CLOCK_THREAD_CPUTIME_ID).</summary>
    internal static long ThreadNanoseconds()
    {
        const int ThreadClock = 3;
        TimeSpec time;
        return clock_gettime(ThreadClock, &time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : 0;
    }

    /// <summary>
    /// The processor time that a process has used, exited threads included; null when it is gone.
    /// </summary>
    /// <remarks>
    /// The number is the one behind utime + stime of /proc/PID/stat, in nanoseconds instead of hundredths of a second.
    /// The clock's name is made of the process's number as the kernel lays it down in posix-timers.h:
    /// MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED).
    /// </remarks>
    internal static long? ProcessorNanoseconds(int pid)
    {
        const int Sched = 2;
        TimeSpec time;
        return clock_gettime((~pid << 3) | Sched, &time) == 0
            ? (time.Seconds * 1_000_000_000) + time.Nanoseconds
            : null;
    }
}
