using System.Collections.Immutable;

namespace Postern.Roles.Sandbox;

/// <summary>
/// The system calls that each role may make, each with its reason. What is not here fails with EACCES: the runtime
/// looks into /proc and asks for limits now and then, and carries on when it is refused.
/// </summary>
public static class RoleCalls
{
    // The most frequent first: the kernel goes through the list from its beginning.
    private static readonly ImmutableArray<SystemCall> s_runtime =
    [
        new("futex", 202, 98, "the runtime: locks and waiting threads"),
        new("mmap", 9, 222, "the runtime and malloc: memory", Condition.NotExecutable),
        new("munmap", 11, 215, "the runtime and malloc: memory given back"),
        new("mprotect", 10, 226, "the collector and malloc: memory taken into use", Condition.NotExecutable),
        new("madvise", 28, 233, "the collector and malloc: pages given back"),
        new("brk", 12, 214, "malloc"),
        new("mremap", 25, 216, "malloc: a large block that grows"),
        new("getpid", 39, 172, "OpenSSL: has this process forked?"),
        new("gettid", 186, 178, "the runtime: which thread"),
        new("clock_gettime", 228, 113, "time, where the kernel gives none without a call"),
        new("clock_nanosleep", 230, 115, "the runtime: a short wait"),
        new("sched_yield", 24, 124, "the runtime: spinning locks"),
        new("sched_getaffinity", 204, 123, "the collector: processors"),
        new("getcpu", 309, 168, "the collector: which processor"),
        new("membarrier", 324, 283, "the collector: stopping threads"),
        new("getrandom", 318, 278, "OpenSSL: seeding its generator"),
        new("rt_sigaction", 13, 134, "the runtime: signal handlers"),
        new("rt_sigprocmask", 14, 135, "glibc: signals while a thread starts and ends"),
        new("rt_sigreturn", 15, 139, "the end of a signal handler"),
        new("sigaltstack", 131, 132, "the runtime: a thread's stack for handlers"),
        new("tgkill", 234, 131, "the collector stops a thread; abort() ends the process", Condition.OwnProcess),
        new("exit_group", 231, 94, "the process's end"),
        new("restart_syscall", 219, 128, "the kernel: a wait that a signal broke"),
        new("close", 3, 57, "a descriptor's end"),
    ];

    /// <summary>For roles with a thread for each worker. A worker itself starts none.</summary>
    private static readonly ImmutableArray<SystemCall> s_threads =
    [
        new("clone", 56, 220, "a thread", Condition.ThreadOnly),
        new("set_robust_list", 273, 99, "glibc: a thread's beginning"),
        new("rseq", 334, 293, "glibc: a thread's beginning"),
        new("exit", 60, 93, "a thread's end"),
    ];

    private static readonly ImmutableArray<SystemCall> s_room =
    [
        new("epoll_wait", 232, SystemCall.None, "the loop"),
        new("epoll_pwait", 281, 22, "the loop, where there is no epoll_wait"),
        new("recvfrom", 45, 207, "bytes of the client and its backend; the porter's answers"),
        new("sendto", 44, 206, "bytes to the client and its backend; questions to the porter", Condition.SendToConnected),
        new("recvmsg", 47, 212, "the connection; the porter's answers that bring a descriptor"),
        new("epoll_ctl", 233, 21, "watching the connection"),
        new("shutdown", 48, 210, "half-close"),
        new("setsockopt", 54, 208, "TCP_NODELAY, keepalive, RST on close; how long an answer of the porter is waited for"),
        new("getsockopt", 55, 209, "how a connect ended"),
        new("getsockname", 51, 204, "the address that a client came to, for the PROXY header"),
        new("write", 1, 64, "the runtime's last words on standard error"),
    ];

    public static ImmutableArray<SystemCall> KeyAgent { get; } =
    [
        new("recvfrom", 45, 207, "a worker's request"),
        new("sendto", 44, 206, "the answer to it", Condition.SendToConnected),
        new("recvmsg", 47, 212, "the supervisor's messages, with a worker's socket"),
        new("sendmsg", 46, 211, "what the supervisor is told", Condition.SendMessageConnected),
        .. s_runtime,
        .. s_threads,
    ];

    /// <summary>
    /// The key agent whose keys are on a token: a module is a vendor's program, which reads and locks files, or asks a
    /// daemon by a unix socket (pcscd), or a device by TCP. It still starts no program, signals and traces no process, and
    /// makes no memory executable.
    /// </summary>
    public static ImmutableArray<SystemCall> KeyAgentWithToken { get; } =
    [
        .. KeyAgent,
        new("openat", 257, 56, "a module: its token's files"),
        new("read", 0, 63, "a module: files, a daemon's answers"),
        new("write", 1, 64, "a module: files, questions to a daemon"),
        new("pread64", 17, 67, "a module: files"),
        new("pwrite64", 18, 68, "a module: files"),
        new("readv", 19, 65, "a module: files, sockets"),
        new("writev", 20, 66, "a module: files, sockets"),
        new("lseek", 8, 62, "a module: files"),
        new("fcntl", 72, 25, "a module: locks on files (SoftHSM, at each operation)"),
        new("flock", 73, 32, "a module: locks on files"),
        new("fstat", 5, 80, "a module: has a file changed?"),
        new("newfstatat", 262, 79, "a module: has a file changed?"),
        new("statx", 332, 291, "a module: has a file changed?"),
        new("access", 21, SystemCall.None, "a module: is a file there?"),
        new("faccessat", 269, 48, "a module: is a file there?"),
        new("getdents64", 217, 61, "a module: which tokens, which keys are there?"),
        new("ftruncate", 77, 46, "a module: a file that is written anew (SoftHSM counts logins)"),
        new("fsync", 74, 82, "a module: a file that is written"),
        new("fdatasync", 75, 83, "a module: a file that is written"),
        new("unlink", 87, SystemCall.None, "a module: a temporary file"),
        new("unlinkat", 263, 35, "a module: a temporary file"),
        new("rename", 82, SystemCall.None, "a module: a file that is written anew"),
        new("renameat", 264, 38, "a module: a file that is written anew"),
        new("umask", 95, 166, "a module: who may read a new file"),
        new("socket", 41, 198, "a module: to a daemon (pcscd) or a device in the network", Condition.StreamFamilies),
        new("connect", 42, 203, "a module: to a daemon or a device"),
        new("setsockopt", 54, 208, "a module: a socket's time-outs"),
        new("getsockopt", 55, 209, "a module: how a connect ended"),
        new("getsockname", 51, 204, "a module: a socket's own address"),
        new("getpeername", 52, 205, "a module: a socket's other address"),
        new("shutdown", 48, 210, "a module: a socket's end"),
        new("poll", 7, SystemCall.None, "a module: waiting for an answer"),
        new("ppoll", 271, 73, "a module: waiting for an answer"),
        new("select", 23, SystemCall.None, "a module: waiting for an answer"),
        new("pselect6", 270, 72, "a module: waiting for an answer"),
        new("nanosleep", 35, 101, "a module: waiting"),
        new("getuid", 102, 174, "a module: whose files?"),
        new("geteuid", 107, 175, "a module: whose files?"),
        new("getgid", 104, 176, "a module: whose files?"),
        new("getegid", 108, 177, "a module: whose files?"),
        new("uname", 63, 160, "a module: which system, which machine"),
        new("sysinfo", 99, 179, "a module: how much memory"),
    ];

    public static ImmutableArray<SystemCall> Dialer { get; } =
    [
        new("recvfrom", 45, 207, "a worker's request"),
        new("sendmsg", 46, 211, "the answer to it, with the connection; what the supervisor is told", Condition.SendMessageConnected),
        new("socket", 41, 198, "a connection to a backend", Condition.StreamFamilies),
        new("connect", 42, 203, "a connection to a backend"),
        new("getsockname", 51, 204, "is a host in the world this machine?"),
        new("recvmsg", 47, 212, "the supervisor's messages, with a worker's socket"),
        .. s_runtime,
        .. s_threads,
    ];

    /// <summary>What SQLite does to three files of one directory.</summary>
    public static ImmutableArray<SystemCall> Recorder { get; } =
    [
        new("recvfrom", 45, 207, "a resolver's request"),
        new("sendto", 44, 206, "the answer to it", Condition.SendToConnected),
        new("pwrite64", 18, 68, "SQLite: the file and its log"),
        new("pread64", 17, 67, "SQLite: the file and its log"),
        new("fcntl", 72, 25, "SQLite: locks, against another process with the same file"),
        new("fdatasync", 75, 83, "SQLite: the log is on the disk before the file is written"),
        new("fsync", 74, 82, "SQLite: a new file is on the disk"),
        new("ftruncate", 77, 46, "SQLite: a log that is used up"),
        new("openat", 257, 56, "SQLite: the file, its log, its index"),
        new("fstat", 5, 80, "SQLite: how long is the file?"),
        new("newfstatat", 262, 79, "SQLite: is the file there, and still the same?"),
        new("lstat", 6, SystemCall.None, "SQLite: is the path a symbolic link?"),
        new("stat", 4, SystemCall.None, "SQLite: is the file still the same?"),
        new("statx", 332, 291, "SQLite: is the file there, and still the same?"),
        new("readlink", 89, SystemCall.None, "SQLite: where the path leads"),
        new("readlinkat", 267, 78, "SQLite: where the path leads"),
        new("access", 21, SystemCall.None, "SQLite: is there a log?"),
        new("faccessat", 269, 48, "SQLite: is there a log?"),
        new("unlink", 87, SystemCall.None, "SQLite: the log at the end; a damaged file makes room"),
        new("unlinkat", 263, 35, "SQLite: the log at the end; a damaged file makes room"),
        new("rename", 82, SystemCall.None, "a damaged file is put aside"),
        new("renameat", 264, 38, "a damaged file is put aside"),
        new("renameat2", 316, 276, "a damaged file is put aside"),
        new("read", 0, 63, "SQLite: seeds of names of temporary files"),
        new("write", 1, 64, "the runtime's last words on standard error"),
        new("lseek", 8, 62, "SQLite: where the file ends"),
        new("geteuid", 107, 175, "SQLite: whose is a new file?"),
        new("recvmsg", 47, 212, "the supervisor's messages, with a resolver's socket"),
        new("sendmsg", 46, 211, "what the supervisor is told", Condition.SendMessageConnected),
        .. s_runtime,
        .. s_threads,
    ];

    /// <summary>
    /// libunbound, our own sockets to a resolver of this machine and to policy hosts, and the file of the root's keys. Its sends may
    /// connect (MSG_FASTOPEN, as libunbound does with TCP): it may connect anyway.
    /// </summary>
    public static ImmutableArray<SystemCall> Resolver { get; } =
    [
        new("recvfrom", 45, 207, "a worker's question; answers of the DNS and of policy hosts"),
        new("sendto", 44, 206, "the answer to it; questions to the DNS and to policy hosts"),
        new("epoll_wait", 232, SystemCall.None, "waiting for the DNS"),
        new("epoll_pwait", 281, 22, "waiting for the DNS, where there is no epoll_wait"),
        new("epoll_ctl", 233, 21, "waiting for the DNS"),
        new("epoll_create1", 291, 20, "waiting for the DNS"),
        new("epoll_create", 213, SystemCall.None, "libunbound: its loop"),
        new("epoll_pwait2", 441, 441, "libunbound: its loop"),
        new("timerfd_create", 283, 85, "libunbound: its loop"),
        new("timerfd_settime", 286, 86, "libunbound: its loop"),
        new("eventfd2", 290, 19, "libunbound: its loop"),
        new("poll", 7, SystemCall.None, "libunbound: waiting for its own thread"),
        new("ppoll", 271, 73, "libunbound: waiting for its own thread"),
        new("select", 23, SystemCall.None, "libunbound: its loop"),
        new("pselect6", 270, 72, "libunbound: its loop"),
        new("socket", 41, 198, "to servers of the DNS and to policy hosts", Condition.InternetFamilies),
        new("bind", 49, 200, "libunbound: a port for its questions that nobody can guess"),
        new("connect", 42, 203, "to servers of the DNS and to policy hosts"),
        new("setsockopt", 54, 208, "libunbound: fragments, buffers, what it wants to know of an answer"),
        new("getsockopt", 55, 209, "how a connect ended"),
        new("getsockname", 51, 204, "libunbound: a socket's own address"),
        new("getpeername", 52, 205, "libunbound: who is at the other end"),
        new("shutdown", 48, 210, "libunbound: the end of a connection"),
        new("socketpair", 53, 199, "a thread wakes another", Condition.UnixFamily),
        new("pipe2", 293, 59, "libunbound: questions to its own thread"),
        new("pipe", 22, SystemCall.None, "libunbound: questions to its own thread"),
        new("recvmsg", 47, 212, "the supervisor's messages, with a worker's socket; libunbound: answers"),
        new("sendmsg", 46, 211, "what the supervisor is told; libunbound: questions"),
        new("read", 0, 63, "libunbound: questions to its own thread; the file of the root's keys"),
        new("write", 1, 64, "libunbound: questions to its own thread; the file of the root's keys"),
        new("readv", 19, 65, "libunbound: answers by TCP"),
        new("writev", 20, 66, "libunbound: questions by TCP"),
        new("fcntl", 72, 25, "libunbound: sockets that do not wait"),
        new("openat", 257, 56, "libunbound: the file of the root's keys"),
        new("lseek", 8, 62, "libunbound: the file of the root's keys"),
        new("fstat", 5, 80, "libunbound: the file of the root's keys"),
        new("newfstatat", 262, 79, "libunbound: the file of the root's keys"),
        new("fsync", 74, 82, "libunbound: the file of the root's keys is on the disk"),
        new("rename", 82, SystemCall.None, "libunbound: the file of the root's keys is written anew"),
        new("renameat", 264, 38, "libunbound: the file of the root's keys is written anew"),
        new("renameat2", 316, 276, "libunbound: the file of the root's keys is written anew"),
        new("unlink", 87, SystemCall.None, "libunbound: what is left of a file that could not be written"),
        new("unlinkat", 263, 35, "libunbound: what is left of a file that could not be written"),
        .. s_runtime,
        .. s_threads,
    ];

    public static ImmutableArray<SystemCall> Worker { get; } =
    [
        new("epoll_wait", 232, SystemCall.None, "the loop"),
        new("epoll_pwait", 281, 22, "the loop, where there is no epoll_wait"),
        new("recvfrom", 45, 207, "bytes of clients and backends; the key agent's answers"),
        new("sendto", 44, 206, "bytes to clients, backends and the log; requests to the key agent", Condition.SendToConnected),
        new("accept4", 288, 242, "a client"),
        new("epoll_ctl", 233, 21, "watching a connection"),
        new("shutdown", 48, 210, "half-close"),
        new("setsockopt", 54, 208, "TCP_NODELAY, keepalive, RST on close"),
        new("getsockopt", 55, 209, "how a connect ended"),
        new("getsockname", 51, 204, "the address that a client came to, for the PROXY header"),
        new("eventfd2", 290, 19, "the descriptor that is kept for the day when there are no more"),
        new("recvmsg", 47, 212, "the supervisor's messages; the dialer's answers, with the connection"),
        new("sendmsg", 46, 211, "requests to the dialer; what the supervisor is told; the journal's records", Condition.SendMessageConnected),
        new("read", 0, 63, "an event's counter"),
        new("write", 1, 64, "the runtime's last words on standard error"),
        .. s_runtime,
    ];

    public static ImmutableArray<SystemCall> Porter { get; } =
    [
        new("epoll_wait", 232, SystemCall.None, "the loop"),
        new("epoll_pwait", 281, 22, "the loop, where there is no epoll_wait"),
        new("recvfrom", 45, 207, "what rooms say; the key agent's answers; what a backend offers in the clear"),
        new("sendto", 44, 206, "answers to rooms, requests to the key agent and the dialer, the log; words to a client for whom there is no room", Condition.SendToConnected),
        new("recvmsg", 47, 212, "the supervisor's and the nursery's messages; the dialer's answers, with the connection"),
        new("sendmsg", 46, 211, "a room's connection; what the nursery and the supervisor are told", Condition.SendMessageConnected),
        new("accept4", 288, 242, "a client"),
        new("epoll_ctl", 233, 21, "watching a room"),
        new("setsockopt", 54, 208, "how long an answer of the dialer is waited for"),
        new("getsockopt", 55, 209, "how the connect to a backend ended that is asked what it offers"),
        new("getsockname", 51, 204, "our own address, for the PROXY header of that connection"),
        new("eventfd2", 290, 19, "the descriptor that is kept for the day when there are no more"),
        new("read", 0, 63, "an event's counter"),
        new("write", 1, 64, "the runtime's last words on standard error"),
        .. s_runtime,
    ];

    /// <summary>A child can do no more than its nursery: hence what rooms need is here, too.</summary>
    public static ImmutableArray<SystemCall> Nursery { get; } =
    [
        .. s_room,
        new("clone", 56, 220, "a room", Condition.ChildOnly),
        new("sendmsg", 46, 211, "the porter is told of a room, with its way to it", Condition.SendMessageConnected),
        new("socketpair", 53, 199, "a room's way to its porter", Condition.UnixFamily),
        new("wait4", 61, 260, "rooms that have ended"),
        new("kill", 62, 129, "a room that does what no room does", Condition.OneKilled),
        new("dup2", 33, SystemCall.None, "in a room: its own end becomes descriptor 3"),
        new("dup3", 292, 24, "in a room: its own end becomes descriptor 3"),
        new("close_range", 436, 436, "in a room: nothing else of the nursery's stays open"),
        new("epoll_create1", 291, 20, "in a room: a loop of its own"),
        new("seccomp", 317, 277, "in a room: its own, shorter list", Condition.FilterOnly),
        .. s_runtime.Where(call => call.Name != "clone"),
    ];

    /// <summary>A worker's, without accept4 and sendmsg: it accepts nothing and hands nobody a descriptor; and it makes no thread.</summary>
    public static ImmutableArray<SystemCall> Room { get; } =
        [.. s_room, .. s_runtime.Where(call => call.Name is not ("clone" or "tgkill" or "set_robust_list" or "rseq"))];
}
