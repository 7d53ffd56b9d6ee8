namespace Postern.Interop.LibC;

/// <summary>
/// Messages with descriptors in them (SCM_RIGHTS) over a SOCK_SEQPACKET pair: how the supervisor hands listeners to a
/// worker that may not open any.
/// </summary>
public static unsafe class DescriptorPassing
{
    /// <summary>SCM_MAX_FD of the kernel.</summary>
    public const int MaxDescriptors = 253;

    // struct cmsghdr: size_t length, int level, int type.
    private const int ControlHeader = 16;
    private const int LevelSocket = 1;
    private const int Rights = 1;
    private const int NoSignal = 0x4000;
    private const int DoNotWait = 0x40;
    private const int CloseReceivedOnExec = 0x40000000;
    private const int ControlTruncated = 0x8;

    /// <summary>
    /// Sends one message; the descriptors are copied, not moved. Bytes sent, or minus errno: −EAGAIN where
    /// <paramref name="wait"/> is false and the other side has not read what it was sent before.
    /// </summary>
    public static int Send(int socket, ReadOnlySpan<byte> message, ReadOnlySpan<int> descriptors, bool wait = true)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, MaxDescriptors);
        byte* control = stackalloc byte[ControlRoom(descriptors.Length)];
        fixed (byte* p = message)
        {
            IoVector vector = new() { Base = p, Length = (nuint)message.Length };
            MessageHeader header = new() { Vectors = &vector, VectorCount = 1 };
            if (!descriptors.IsEmpty)
            {
                *(nuint*)control = (nuint)(ControlHeader + (descriptors.Length * sizeof(int)));
                *(int*)(control + 8) = LevelSocket;
                *(int*)(control + 12) = Rights;
                descriptors.CopyTo(new Span<int>(control + ControlHeader, descriptors.Length));
                header.Control = control;
                header.ControlLength = (nuint)ControlRoom(descriptors.Length);
            }

            return NativeLibC.Result(NativeLibC.sendmsg(socket, &header, wait ? NoSignal : NoSignal | DoNotWait));
        }
    }

    /// <summary>
    /// Receives one message and as many descriptors as there is room for, at most <see cref="MaxDescriptors"/>
    /// (close-on-exec). Bytes received, 0 when the other side is gone, or minus errno; −EBADMSG when the message was cut
    /// or carried more, after closing what came with it.
    /// </summary>
    public static int Receive(int socket, Span<byte> message, Span<int> descriptors, out int received, bool wait = true)
    {
        const int BadMessage = 74;
        const int MessageTruncated = 0x20;
        int room = ControlRoom(descriptors.Length);
        byte* control = stackalloc byte[room];
        received = 0;
        fixed (byte* p = message)
        {
            IoVector vector = new() { Base = p, Length = (nuint)message.Length };
            MessageHeader header = new()
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = (nuint)room,
            };

            int result = NativeLibC.Result(NativeLibC.recvmsg(socket, &header, wait ? CloseReceivedOnExec : CloseReceivedOnExec | DoNotWait));
            if (result < 0)
                return result;

            bool bad = (header.Flags & (ControlTruncated | MessageTruncated)) != 0;
            if (header.ControlLength >= ControlHeader && *(int*)(control + 8) == LevelSocket && *(int*)(control + 12) == Rights)
            {
                int count = (int)((*(nuint*)control - ControlHeader) / sizeof(int));
                var got = new ReadOnlySpan<int>(control + ControlHeader, count);
                foreach (int fd in got)
                {
                    if (bad || received == descriptors.Length)
                        Descriptor.Close(fd);
                    else
                        descriptors[received++] = fd;
                }
            }

            return bad ? -BadMessage : result;
        }
    }

    // CMSG_SPACE.
    private static int ControlRoom(int descriptors) => (ControlHeader + (descriptors * sizeof(int)) + 7) & ~7;
}
