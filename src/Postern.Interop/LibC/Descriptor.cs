using System.Text;

namespace Postern.Interop.LibC;

/// <summary>What can be done with any descriptor. Results are kernel style: a count, or minus <see cref="Errno"/>.</summary>
public static unsafe class Descriptor
{
    public static void Close(int fd)
    {
        // EINTR and EIO leave the descriptor closed on Linux; trying again could close somebody else's.
        _ = NativeLibC.close(fd);
    }

    public static int Read(int fd, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
            return NativeLibC.Result(NativeLibC.read(fd, p, buffer.Length));
    }

    public static int Write(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
            return NativeLibC.Result(NativeLibC.write(fd, p, bytes.Length));
    }

    /// <summary>A second descriptor of the same thing, close-on-exec; or minus errno.</summary>
    public static int Duplicate(int fd)
    {
        return NativeLibC.Result(NativeLibC.fcntl(fd, DuplicateCloseOnExec, 0));
    }

    /// <summary>Makes it that descriptor, and closes all above. 0, or minus errno.</summary>
    public static int MoveAndCloseOthers(int fd, int to)
    {
        // It may stand at that number already, close-on-exec or not: what is here never execs.
        int result = fd == to ? 0 : NativeLibC.Result(NativeLibC.dup2(fd, to));
        return result < 0 ? result : Surroundings.CloseFrom(to + 1);
    }

    /// <summary>An eventfd (close-on-exec, non-blocking): to wake a loop from another thread, or to hold a place in the descriptor table.</summary>
    public static int Event() => NativeLibC.Result(NativeLibC.eventfd(0, CloseOnExec | NonBlocking));

    /// <summary>Adds one to an eventfd.</summary>
    public static void Signal(int eventFd)
    {
        ulong one = 1;
        _ = NativeLibC.write(eventFd, (byte*)&one, sizeof(ulong));
    }

    /// <summary>A timerfd (close-on-exec, non-blocking) that is readable every so many seconds; or minus errno.</summary>
    public static int Timer(int seconds)
    {
        const int Monotonic = 1;
        int fd = NativeLibC.Result(NativeLibC.timerfd_create(Monotonic, CloseOnExec | NonBlocking));
        TimerSetting setting = new() { IntervalSeconds = seconds, FirstSeconds = seconds };
        if (fd >= 0)
            _ = NativeLibC.timerfd_settime(fd, 0, &setting, null);
        return fd;
    }

    /// <summary>Anonymous memory behind a descriptor, holding these bytes.</summary>
    public static int Memory(ReadOnlySpan<byte> contents)
    {
        fixed (byte* name = "postern\0"u8)
        {
            int fd = NativeLibC.Result(NativeLibC.memfd_create(name, MemoryCloseOnExec));
            if (fd < 0)
                return fd;

            if (WriteAll(fd, contents))
                return fd;
            Close(fd);
            return -Errno.NoSpace;
        }
    }

    /// <summary>False when they do not all fit.</summary>
    public static bool WriteAll(int fd, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int written = Write(fd, bytes);
            if (written <= 0 && written != -Errno.Interrupted)
                return false;
            bytes = bytes[Math.Max(written, 0)..];
        }

        return true;
    }

    /// <summary>It is anonymous memory, which has a size and no name in any directory.</summary>
    public static bool IsMemory(int fd)
    {
        const int GetSeals = 1034;
        return NativeLibC.fcntl(fd, GetSeals, 0) >= 0;
    }

    /// <summary>
    /// The whole contents, up to <paramref name="limit"/> bytes; null when there are more or they cannot be read. The
    /// read position, which all holders of the descriptor share, is neither used nor moved.
    /// </summary>
    public static byte[]? ReadWhole(int fd, int limit)
    {
        byte[] all = new byte[FirstRead];
        for (int length = 0; ;)
        {
            int read;
            fixed (byte* p = all)
                read = NativeLibC.Result(NativeLibC.pread(fd, p + length, all.Length - length, length));
            length += Math.Max(read, 0);
            bool isOver = read <= 0 || length > limit;
            if (!isOver && length < all.Length)
                continue;

            // There may be keys in it: what is copied is wiped.
            byte[]? next = !isOver ? new byte[all.Length * 2] : read == 0 ? new byte[length] : null;
            if (next is not null)
                all.AsSpan(0, length).CopyTo(next);
            Array.Clear(all);
            if (isOver)
                return next;
            all = next!;
        }
    }

    /// <summary>
    /// A descriptor by which a file can be executed, whatever becomes of its name (O_PATH, close-on-exec); or minus errno. Above those
    /// that a child is given (<see cref="ChildProcess.Start"/>), or it would be another file by then.
    /// </summary>
    public static int OpenToExecute(string path)
    {
        const int Path = 0x200000, Least = 64;
        int fd;
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
            fd = NativeLibC.Result(NativeLibC.open(p, Path | CloseOnExec));
        if (fd < 0)
            return fd;

        int above = NativeLibC.Result(NativeLibC.fcntl(fd, DuplicateCloseOnExec, Least));
        Close(fd);
        return above;
    }

    private const int DuplicateCloseOnExec = 1030;
    private const int FirstRead = 64 * 1024;
    internal const int CloseOnExec = 0x80000;
    internal const int NonBlocking = 0x800;
    private const uint MemoryCloseOnExec = 1;
}
