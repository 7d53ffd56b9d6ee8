using System.Runtime.InteropServices;
using System.Text;
using Postern.Interop.LibC;

namespace Postern.Interop.Probe;

/// <summary>What attempts are aimed at.</summary>
/// <param name="Port">A TCP port of 127.0.0.1 where somebody listens.</param>
/// <param name="Control">The path of the control socket.</param>
/// <param name="Abstract">The name of an abstract unix socket that listens.</param>
/// <param name="Processes">The other processes, by what they are called in the table.</param>
/// <param name="Victims">Those that are killed, for a role that may kill.</param>
public sealed record AttemptTargets(ushort Port, string Control, string Abstract, IReadOnlyList<(string Name, int Pid)> Processes, IReadOnlyList<(string Name, int Pid)> Victims);

/// <summary>
/// Everything that a process that somebody has taken over would try, by bare system calls. Each gives 0 or more, or minus
/// errno. Those that change or end the process if they succeed come last.
/// </summary>
public static unsafe partial class Attempts
{
    private const int Page = 4096;
    private static readonly bool s_arm64 = Seccomp.IsArm64;

    private static readonly byte* s_page = (byte*)NativeMemory.AlignedAlloc(Page, Page);

    /// <summary>Its protection is tried.</summary>
    private static readonly byte* s_other = (byte*)NativeMemory.AlignedAlloc(Page, Page);

    public static IEnumerable<(string Name, Func<nint> Try)> All(AttemptTargets targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        return [.. Files(), .. Sockets(targets), .. targets.Processes.SelectMany(process => Processes(process.Name, process.Pid)), .. Kernel(), .. Memory(), .. Killing(targets), .. Itself()];
    }

    /// <summary>A child of the nursery must ask the kernel: the runtime remembers its parent's.</summary>
    public static int ProcessId() => (int)Call(39, 172);

    /// <summary>A moment, by a call that every role may make, and outside of the runtime: the nursery may fork in it.</summary>
    public static void Pause()
    {
        TimeSpan64 time = new() { Nanoseconds = 20_000_000 };
        _ = Call(230, 115, 1, 0, (nint)(&time), 0);
    }

    public static string Outcome(nint result) =>
        result >= 0 ? "allowed" : Marshal.PtrToStringUTF8(strerrorname_np((int)-result)) ?? $"error {-result}";

    /// <summary>For the launcher: a file of this length at this descriptor, which stays open over exec.</summary>
    public static void Open(string path, int length, int fd)
    {
        int file;
        fixed (byte* p = Nul(path))
            file = (int)Call(257, 56, -100, (nint)p, 0x42, 0x1b6);
        _ = NativeLibC.ftruncate(file, length);
        _ = NativeLibC.dup2(file, fd);
        if (file != fd)
            Descriptor.Close(file);
    }

    private static IEnumerable<(string, Func<nint>)> Files() =>
    [
        ("open a file", () => OpenAt("/etc/passwd", 0)),
        ("open what its start could read", () => OpenAt("/etc/ld.so.cache", 0)),
        ("make a file", () => OpenAt("/tmp/postern-probe", 0x41)),
        ("list its root directory", () => List("/")),
        ("see whether a file exists", () => Status("/etc/passwd")),
        ("open its own /proc", () => OpenAt("/proc/self/maps", 0)),
        ("make a file in memory and write to it", MemoryFile),
        ("open a file by its handle", OpenByHandle),
        ("open a file by io_uring", () => Call(425, 425, 1, (nint)Zeroed())),
    ];

    private static IEnumerable<(string, Func<nint>)> Sockets(AttemptTargets targets) =>
    [
        ("socket: TCP", () => Socket(2, 1)),
        ("socket: UDP", () => Socket(2, 2)),
        ("socket: unix", () => Socket(1, 1)),
        ("socket: netlink", () => Socket(16, 3)),
        ("socket: packets", () => Socket(17, 3)),
        ("socket: vsock", () => Socket(40, 1)),
        ("connect: TCP", () => On(2, 1, fd => Address(targets.Port, (p, length) => Call(42, 203, fd, p, length)))),
        ("connect: the control socket", () => On(1, 1, fd => Address(targets.Control, (p, length) => Call(42, 203, fd, p, length)))),
        ("connect: an abstract unix socket", () => On(1, 1, fd => Address("\0" + targets.Abstract, (p, length) => Call(42, 203, fd, p, length)))),
        ("connect: TCP, by sending", () => On(2, 1, fd => SendFast(fd, targets.Port))),
        ("connect: TCP, by sending, from its listener", () => FromListener(targets.Port)),
        ("send: UDP", () => On(2, 2, fd => Address(targets.Port, (p, length) => Call(44, 206, fd, (nint)s_page, 1, 0x40, p, length)))),
        ("bind: a TCP port", () => On(2, 1, fd => Address(0, (p, length) => Call(49, 200, fd, p, length)))),
        ("listen: TCP", () => On(2, 1, fd => Call(50, 201, fd, 1))),
        ("a pair of sockets: unix", () => Pair(1, 5)),
        ("a pair of sockets: TIPC", () => Pair(30, 5)),
    ];

    private static IEnumerable<(string, Func<nint>)> Processes(string name, int pid) =>
    [
        // SEIZE does not stop it, and ends with this thread.
        ($"trace {name}", () => Call(101, 117, 0x4206, pid, 0, 0)),
        ($"signal {name}", () => Call(62, 129, pid, 0)),
        ($"read the memory of {name}", () => ReadMemory(pid)),
        ($"open /proc/mem of {name}", () => OpenAt($"/proc/{pid}/mem", 2)),
        ($"open /proc/environ of {name}", () => OpenAt($"/proc/{pid}/environ", 0)),
        ($"take a descriptor of {name}", () => TakeDescriptor(pid)),
    ];

    private static IEnumerable<(string, Func<nint>)> Kernel() =>
    [
        ("mount", () => Path("/", p => Name("tmpfs", type => Call(165, 40, type, p, type, 0, 0)))),
        ("pivot_root", () => Path("/", p => Call(155, 41, p, p))),
        ("a new network namespace", () => Call(272, 97, (nint)Namespaces.Network)),
        ("chroot", () => Path("/", p => Call(161, 51, p))),
        ("keyctl", () => Call(250, 219, 0, -3, 0)),
        ("add_key", () => Name("user", p => Call(248, 217, p, p, p, 1, -1))),
        ("bpf", () => Call(321, 280, 5, (nint)Zeroed(), 64)),
        ("perf_event_open", PerfEvent),
        ("userfaultfd", () => Call(323, 282, 1)),
        ("shared memory (System V)", () => Call(29, 194, 0, Page, 0x3b6)),
        ("load a module", () => Name("", p => Call(175, 105, (nint)s_page, 1, p))),
        ("set the host name", () => Name("probe", p => Call(170, 161, p, 5))),
        ("set the clock", () => Call(227, 112, 0, (nint)Zeroed())),
        ("read the kernel's log", () => Call(103, 116, 3, (nint)s_page, 16)),
        ("type into a terminal", () => Name("x", p => Call(16, 29, 2, 0x5412, p))),
        ("real-time priority", RealTime),
        ("raise a limit", RaiseLimit),
        ("a filter more", () => AnotherFilter(1)),
        ("a filter more that asks this process", () => Close(AnotherFilter(8))),
        ("become root", () => Call(105, 146, 0)),
        ("take capabilities", TakeCapabilities),
        ("become dumpable", BecomeDumpable),
    ];

    private static IEnumerable<(string, Func<nint>)> Memory() =>
    [
        ("mprotect: executable", () => Call(10, 226, (nint)s_other, Page, 7)),
        ("mmap: executable", () => Call(9, 222, 0, Page, 5, 0x22, -1, 0)),
    ];

    private static IEnumerable<(string, Func<nint>)> Killing(AttemptTargets targets) =>
    [
        // Whether there is anybody whom it could signal, without a signal.
        ("signal everybody", () => Call(62, 129, -1, 0)),
        .. targets.Victims.Select(victim => ((string, Func<nint>))($"kill {victim.Name}", () => Call(62, 129, victim.Pid, ChildProcess.SignalKill))),
    ];

    private static IEnumerable<(string, Func<nint>)> Itself() =>
    [
        ("a thread", StartThread),
        ("fork", () => Fork(17)),
        ("fork a child of its parent's", () => Fork(17 | 0x8000)),
        ("fork into a user namespace", () => Fork(17 | 0x1000_0000)),
        ("exec a file in memory", ExecMemory),
        ("exec a program", () => Path("/bin/true", p => Call(59, 221, p, (nint)Zeroed(), (nint)s_page))),
    ];

    /// <summary>By the numbers of both architectures; minus errno.</summary>
    private static nint Call(nint x64, nint arm64, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0)
    {
        nint result = NativeLibC.syscall(s_arm64 ? arm64 : x64, a, b, c, d, e, f);
        return result == -1 ? -NativeLibC.LastError : result;
    }

    private static byte[] Nul(string text) => Encoding.UTF8.GetBytes(text + "\0");

    private static byte* Zeroed()
    {
        new Span<byte>(s_page, Page).Clear();
        return s_page;
    }

    [LibraryImport("libc")]
    private static partial nint strerrorname_np(int errno);
}
