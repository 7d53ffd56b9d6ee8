using System.Runtime.InteropServices;

namespace Postern.Interop.LibC;

/// <summary>The C library's functions, each declared once. Safe faces of them are the other files of this folder.</summary>
internal static unsafe partial class NativeLibC
{
    private const string Library = "libc";

    // Sockets: recv(2), send(2), accept4(2), connect(2) and their kin.
    [LibraryImport(Library)]
    public static partial nint recv(int fd, byte* buffer, nint length, int flags);

    [LibraryImport(Library)]
    public static partial nint send(int fd, byte* buffer, nint length, int flags);

    [LibraryImport(Library)]
    public static partial int socket(int family, int type, int protocol);

    [LibraryImport(Library)]
    public static partial int socketpair(int family, int type, int protocol, int* pair);

    [LibraryImport(Library)]
    public static partial int bind(int fd, byte* address, uint length);

    [LibraryImport(Library)]
    public static partial int listen(int fd, int backlog);

    [LibraryImport(Library)]
    public static partial int accept4(int fd, byte* address, uint* length, int flags);

    [LibraryImport(Library)]
    public static partial int connect(int fd, byte* address, uint length);

    [LibraryImport(Library)]
    public static partial int shutdown(int fd, int how);

    [LibraryImport(Library)]
    public static partial int setsockopt(int fd, int level, int option, void* value, uint length);

    [LibraryImport(Library)]
    public static partial int getsockopt(int fd, int level, int option, void* value, uint* length);

    [LibraryImport(Library)]
    public static partial int getsockname(int fd, byte* address, uint* length);

    [LibraryImport(Library)]
    public static partial nint sendmsg(int fd, MessageHeader* message, int flags);

    [LibraryImport(Library)]
    public static partial nint recvmsg(int fd, MessageHeader* message, int flags);

    // Descriptors.
    [LibraryImport(Library)]
    public static partial int close(int fd);

    [LibraryImport(Library)]
    public static partial nint read(int fd, byte* buffer, nint length);

    [LibraryImport(Library)]
    public static partial nint write(int fd, byte* buffer, nint length);

    [LibraryImport(Library)]
    public static partial int eventfd(uint initial, int flags);

    [LibraryImport(Library)]
    public static partial int timerfd_create(int clock, int flags);

    [LibraryImport(Library)]
    public static partial int timerfd_settime(int fd, int flags, TimerSetting* setting, TimerSetting* before);

    [LibraryImport(Library)]
    public static partial int memfd_create(byte* name, uint flags);

    [LibraryImport(Library)]
    public static partial int ftruncate(int fd, long length);

    [LibraryImport(Library)]
    public static partial int fcntl(int fd, int command, int argument);

    [LibraryImport(Library)]
    public static partial nint getrandom(byte* buffer, nint length, uint flags);

    [LibraryImport(Library)]
    public static partial int open(byte* path, int flags);

    [LibraryImport(Library)]
    public static partial int fork();

    [LibraryImport(Library)]
    public static partial int malloc_trim(nuint keep);

    [LibraryImport(Library)]
    public static partial void* malloc(nuint size);

    [LibraryImport(Library)]
    public static partial void free(void* block);

    [LibraryImport(Library)]
    public static partial nint pread(int fd, byte* buffer, nint length, long offset);

    [LibraryImport(Library)]
    public static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int madvise(void* address, nuint length, int advice);

    [LibraryImport(Library)]
    public static partial int munmap(void* address, nuint length);

    [LibraryImport(Library)]
    public static partial int unlink(byte* path);

    [LibraryImport(Library)]
    public static partial int statx(int directory, byte* path, int flags, uint mask, byte* status);

    [LibraryImport(Library)]
    public static partial int chmod(byte* path, uint mode);

    [LibraryImport(Library)]
    public static partial uint umask(uint mask);

    [LibraryImport(Library)]
    public static partial int dup2(int fd, int newFd);

    /// <summary>Variadic: the mode is looked at with O_CREAT only.</summary>
    [LibraryImport(Library)]
    public static partial int open(byte* path, int flags, uint mode);

    // epoll(7)
    [LibraryImport(Library)]
    public static partial int epoll_create1(int flags);

    [LibraryImport(Library)]
    public static partial int epoll_ctl(int epoll, int operation, int fd, byte* @event);

    [LibraryImport(Library)]
    public static partial int epoll_wait(int epoll, byte* events, int count, int milliseconds);

    // Processes.
    [LibraryImport(Library)]
    public static partial int posix_spawn(
        int* pid, byte* path, void* fileActions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library)]
    public static partial int execve(byte* path, byte** arguments, byte** environment);

    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_adddup2(void* actions, int fd, int newFd);

    [LibraryImport(Library)]
    public static partial int waitpid(int pid, int* status, int options);

    [LibraryImport(Library)]
    public static partial void _exit(int status);

    [LibraryImport(Library)]
    public static partial int kill(int pid, int signal);

    [LibraryImport(Library)]
    public static partial uint geteuid();

    [LibraryImport(Library)]
    public static partial int setgroups(nuint count, uint* groups);

    [LibraryImport(Library)]
    public static partial int setresgid(uint real, uint effective, uint saved);

    [LibraryImport(Library)]
    public static partial int setresuid(uint real, uint effective, uint saved);

    /// <summary>For system calls that glibc has no function for.</summary>
    [LibraryImport(Library, SetLastError = false)]
    public static partial nint syscall(nint number, nint a, nint b, void* c);

    [LibraryImport(Library, SetLastError = false)]
    public static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport(Library)]
    public static partial int unshare(int flags);

    [LibraryImport(Library)]
    public static partial int mkdir(byte* path, uint mode);

    [LibraryImport(Library)]
    public static partial int lchown(byte* path, uint owner, uint group);

    [LibraryImport(Library)]
    public static partial int chroot(byte* path);

    [LibraryImport(Library)]
    public static partial int chdir(byte* path);

    [LibraryImport(Library)]
    public static partial int setsid();

    [LibraryImport(Library)]
    public static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Library)]
    public static partial int getrlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Library)]
    public static partial int setrlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Library)]
    public static partial int getpwnam_r(byte* name, PasswordEntry* entry, byte* buffer, nuint length, PasswordEntry** result);

    [LibraryImport(Library)]
    public static partial nint signal(int number, nint handler);

    [LibraryImport(Library)]
    public static partial int* __errno_location();

    /// <summary>
    /// errno of the call before. The collector's own calls on the way out of a P/Invoke put errno back, which is what
    /// the generated SetLastError code stands on too.
    /// </summary>
    public static int LastError => *__errno_location();

    /// <summary>Kernel style: the result, or minus errno.</summary>
    public static int Result(nint result) => result >= 0 ? (int)result : -LastError;
}

/// <summary>struct msghdr, 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public byte* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public byte* Control;
    public nuint ControlLength;
    public int Flags;
}

/// <summary>struct iovec</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Base;
    public nuint Length;
}

/// <summary>struct itimerspec, 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimerSetting
{
    public long IntervalSeconds;
    public long IntervalNanoseconds;
    public long FirstSeconds;
    public long FirstNanoseconds;
}

/// <summary>struct rlimit, 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    public ulong Current;
    public ulong Maximum;
}

/// <summary>struct passwd (glibc).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PasswordEntry
{
    public byte* Name;
    public byte* Password;
    public uint UserId;
    public uint GroupId;
    public byte* Gecos;
    public byte* Directory;
    public byte* Shell;
}
