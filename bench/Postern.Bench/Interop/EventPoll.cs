using System.Runtime.InteropServices;

namespace Postern.Bench.Interop;

/// <summary>An epoll for reading, whose waits end on time: to the nanosecond where other waits round to milliseconds.</summary>
internal sealed unsafe partial class EventPoll : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int ControlAdd = 1;
    private const uint In = 1;
    private const int Interrupted = 4;
    private const int SetTimerSlack = 29;

    // struct epoll_event is packed on x86-64 and nowhere else (sys/epoll.h).
    private static readonly int Size = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = Size - sizeof(long);

    private readonly int descriptor;
    private readonly byte[] events;

    /// <summary>For the thread that makes it: no other waits as exactly.</summary>
    /// <param name="capacity">As many as will be watched.</param>
    internal EventPoll(int capacity)
    {
        // A thread's timers may otherwise be 50 µs late (prctl(2), PR_SET_TIMERSLACK).
        _ = prctl(SetTimerSlack, 1, 0, 0, 0);
        events = new byte[capacity * Size];
        descriptor = epoll_create1(CloseOnExec);
        if (descriptor < 0)
            throw new IOException("epoll_create1: " + Marshal.GetLastPInvokeErrorMessage());
    }

    internal void Add(int watched, int token)
    {
        var registration = stackalloc byte[16];
        Write(registration, token);
        if (epoll_ctl(descriptor, ControlAdd, watched, registration) != 0)
            throw new IOException("epoll_ctl: " + Marshal.GetLastPInvokeErrorMessage());
    }

    /// <summary>Waits until something can be read or the time is over; the answer is how many tokens there are.</summary>
    internal int Wait(Span<int> tokens, long nanoseconds)
    {
        var time = new TimeSpec { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        fixed (byte* start = events)
        {
            var count = epoll_pwait2(descriptor, start, Math.Min(tokens.Length, events.Length / Size), &time, 0);
            if (count < 0)
            {
                return Marshal.GetLastPInvokeError() == Interrupted
                    ? 0
                    : throw new IOException("epoll_pwait2: " + Marshal.GetLastPInvokeErrorMessage());
            }

            for (var i = 0; i < count; i++)
                tokens[i] = *(int*)(start + (i * Size) + DataOffset);
            return count;
        }
    }

    public void Dispose() => _ = close(descriptor);

    private static void Write(byte* registration, int token)
    {
        *(uint*)registration = In;
        *(long*)(registration + DataOffset) = token;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int poll, int operation, int watched, byte* registration);

    // glibc 2.35, Linux 5.11.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_pwait2(int poll, byte* events, int count, TimeSpec* time, nint signals);

    [LibraryImport("libc")]
    private static partial int prctl(int option, nint a, nint b, nint c, nint d);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
