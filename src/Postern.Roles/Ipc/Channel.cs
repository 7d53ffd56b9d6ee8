using Postern.Interop.LibC;

namespace Postern.Roles.Ipc;

/// <summary>One end of a SOCK_SEQPACKET pair between the supervisor and a role.</summary>
public sealed class Channel(int fd) : IDisposable
{
    /// <summary>Where a role finds its end after exec.</summary>
    public const int InheritedFd = 3;

    public int Fd { get; } = fd;

    /// <summary>
    /// How long the supervisor waits for a role to read: one that starts has much to do first, one that is stopped or
    /// stolen must not hold up the others for ever.
    /// </summary>
    private const int PatienceMilliseconds = 2_000;

    /// <summary>False: who does not read is not waited for at all.</summary>
    public bool Waits { get; init; } = true;

    /// <summary>The supervisor's end of a channel to a role.</summary>
    public static Channel ToRole(int fd)
    {
        StreamSocket.SendTimeout(fd, PatienceMilliseconds);
        return new Channel(fd);
    }

    /// <summary>False when the other side is gone, or has let its messages pile up for too long.</summary>
    public bool Send(Message message, ReadOnlySpan<int> descriptors = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        Span<byte> bytes = stackalloc byte[Message.Size];
        message.Write(bytes);
        return DescriptorPassing.Send(Fd, bytes, descriptors, Waits) == Message.Size;
    }

    /// <summary>The next message with its descriptors; null when the other side is gone or broke the protocol.</summary>
    public Message? Receive(out int[] descriptors)
    {
        Span<byte> bytes = stackalloc byte[Message.Size];
        Span<int> received = stackalloc int[DescriptorPassing.MaxDescriptors];
        int result;
        int count;

        // ECONNRESET is said once, where the other side went with something unread: what it said before comes after.
        do
        {
            result = DescriptorPassing.Receive(Fd, bytes, received, out count);
        }
        while (result is -Errno.Interrupted or -Errno.ConnectionReset);

        descriptors = received[..count].ToArray();
        return result == Message.Size ? Message.Read(bytes) : null;
    }

    public void Dispose() => Descriptor.Close(Fd);
}
