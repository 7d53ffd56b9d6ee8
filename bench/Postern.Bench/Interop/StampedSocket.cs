using System.Runtime.InteropServices;

namespace Postern.Bench.Interop;

/// <summary>
/// A TCP socket whose kernel says when something reached it (SO_TIMESTAMPNS, socket(7)), however late it is read. On
/// loopback the time is taken inside the sender's own system call, when the packet is handed over: nothing that waits
/// on the receiving side is in it.
/// </summary>
/// <remarks>All times are nanoseconds of CLOCK_REALTIME, which is the clock of these stamps.</remarks>
internal static unsafe partial class StampedSocket
{
    internal const int Again = 11;

    private const int SocketLevel = 1;

    // SO_TIMESTAMPNS and, as the kernel answers with the same number, SCM_TIMESTAMPNS: 35 on x86-64 and arm64.
    private const int TimestampNanoseconds = 35;

    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;

    /// <summary>A header of 16 bytes and a timespec of 16, on every 64-bit Linux; twice, if something else comes too.</summary>
    private const int ControlBytes = 64;

    private const int ControlHeaderBytes = 16;

    /// <summary>
    /// Asks for stamps; what a listening socket accepts later has them too. The kernel begins to take the time a moment
    /// after the first socket of the machine has asked, and until then what is received has none.
    /// </summary>
    internal static void AskForStamps(int descriptor)
    {
        var yes = 1;
        if (setsockopt(descriptor, SocketLevel, TimestampNanoseconds, &yes, sizeof(int)) != 0)
            throw new IOException("SO_TIMESTAMPNS: " + Marshal.GetLastPInvokeErrorMessage());
    }

    /// <summary>Reads what is there, and never waits: how many bytes; 0: the other side has closed; else an errno, negative.</summary>
    /// <param name="descriptor">A socket that was asked for stamps.</param>
    /// <param name="buffer">Not empty.</param>
    /// <param name="arrived">When the last segment of it reached the socket; 0: the kernel does not say.</param>
    internal static int Receive(int descriptor, Span<byte> buffer, out long arrived)
    {
        var control = stackalloc byte[ControlBytes];
        arrived = 0;
        fixed (byte* start = buffer)
        {
            var part = new IoVector { Start = start, Length = (nuint)buffer.Length };
            var header = new MessageHeader { Parts = &part, PartCount = 1, Control = control, ControlLength = ControlBytes };
            var count = (int)recvmsg(descriptor, &header, DoNotWait);
            if (count < 0)
                return -Marshal.GetLastPInvokeError();
            if (header.ControlLength >= ControlHeaderBytes + (nuint)sizeof(TimeSpec)
                && *(int*)(control + sizeof(nuint)) == SocketLevel
                && *(int*)(control + sizeof(nuint) + sizeof(int)) == TimestampNanoseconds)
            {
                arrived = Nanoseconds(*(TimeSpec*)(control + ControlHeaderBytes));
            }

            return count;
        }
    }

    /// <summary>Sends, and never waits: how many bytes, or an errno, negative.</summary>
    internal static int Send(int descriptor, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            var count = (int)send(descriptor, start, (nuint)data.Length, DoNotWait | NoSignal);
            return count < 0 ? -Marshal.GetLastPInvokeError() : count;
        }
    }

    internal static long Now()
    {
        const int RealTime = 0;
        TimeSpec time;
        _ = clock_gettime(RealTime, &time);
        return Nanoseconds(time);
    }

    /// <summary>What an answer of <see cref="Receive"/> or <see cref="Send"/> below 0 means.</summary>
    internal static string Describe(int error) => Marshal.GetPInvokeErrorMessage(-error);

    private static long Nanoseconds(TimeSpec time) => (time.Seconds * 1_000_000_000) + time.Nanoseconds;

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        internal byte* Start;
        internal nuint Length;
    }

    // struct msghdr of glibc and the kernel, 64 bits.
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        internal nint Name;
        internal uint NameLength;
        internal IoVector* Parts;
        internal nuint PartCount;
        internal byte* Control;
        internal nuint ControlLength;
        internal int Flags;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int descriptor, int level, int option, int* value, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(int descriptor, MessageHeader* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, byte* data, nuint length, int flags);

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, TimeSpec* time);
}
