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
        byte* control = stackalloc byte[ControlHeader + (MaxDescriptors * sizeof(int)) + 8];
        fixed (byte* p = message)
        {
            IoVector vector = new() { Base = p, Length = (nuint)message.Length };
            MessageHeader header = new() { Vectors = &vector, VectorCount = 1 };
            if (!descriptors.IsEmpty)
            {
                int length = ControlHeader + (descriptors.Length * sizeof(int));
                *(nuint*)control = (nuint)length;
                *(int*)(control + 8) = LevelSocket;
                *(int*)(control + 12) = Rights;
                descriptors.CopyTo(new Span<int>(control + ControlHeader, MaxDescriptors));
                header.Control = control;
                header.ControlLength = (nuint)((length + 7) & ~7);
            }

            return NativeLibC.Result(NativeLibC.sendmsg(socket, &header, wait ? NoSignal : NoSignal | DoNotWait));
        }
    }

    /// <summary>
    /// Receives one message and up to <see cref="MaxDescriptors"/> descriptors (close-on-exec). Bytes received, 0 when
    /// the other side is gone, or minus errno; −EBADMSG when the message was cut, after closing what came with it.
    /// </summary>
    public static int Receive(int socket, Span<byte> message, Span<int> descriptors, out int received)
    {
        const int BadMessage = 74;
        const int MessageTruncated = 0x20;
        byte* control = stackalloc byte[ControlHeader + (MaxDescriptors * sizeof(int)) + 8];
        received = 0;
        fixed (byte* p = message)
        {
            IoVector vector = new() { Base = p, Length = (nuint)message.Length };
            MessageHeader header = new()
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = ControlHeader + (MaxDescriptors * sizeof(int)) + 8,
            };

            int result = NativeLibC.Result(NativeLibC.recvmsg(socket, &header, CloseReceivedOnExec));
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
}
