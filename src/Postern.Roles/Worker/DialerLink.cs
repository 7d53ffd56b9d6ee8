using System.Buffers.Binary;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Interop.LibC;
using Postern.Roles.Dialer;

namespace Postern.Roles.Worker;

/// <summary>
/// The worker's way to the dialer: asks, and waits for the descriptor. The dialer does not wait for the backend, so
/// this takes microseconds.
/// </summary>
internal sealed class DialerLink : IDialer
{
    /// <summary>A dialer that takes this long is as good as dead.</summary>
    private const int TimeoutMilliseconds = 5_000;

    private const int BadMessage = 74;

    private int _fd;
    private int _owed;

    public DialerLink(int fd)
    {
        _fd = fd;
        StreamSocket.ReceiveTimeout(fd, TimeoutMilliseconds);
    }

    /// <summary>The dialer died, and this leads to its successor.</summary>
    public void Replace(int successor)
    {
        Descriptor.Close(_fd);
        _fd = successor;
        _owed = 0;
        StreamSocket.ReceiveTimeout(successor, TimeoutMilliseconds);
    }

    public int Dial(Gate gate, int route, int index, out int fd)
    {
        fd = -1;
        Span<byte> request = stackalloc byte[DialRequest.Size];
        new DialRequest(gate.Number, Math.Max(route, -1), index).Write(request);
        int sent = StreamSocket.Send(_fd, request);
        if (sent < 0)
            return sent;

        Span<byte> answer = stackalloc byte[DialRequest.AnswerSize];
        Span<int> descriptors = stackalloc int[1];

        // Each request has one answer, in order: those to requests that were given up come first.
        _owed++;
        int length = 0;
        while (_owed > 0)
        {
            length = DescriptorPassing.Receive(_fd, answer, descriptors, out int received);
            if (length == -Errno.Interrupted)
                continue;
            if (fd >= 0)
                Descriptor.Close(fd);
            fd = -1;
            if (length != DialRequest.AnswerSize && length != -BadMessage)
                return length < 0 ? length : -Errno.BrokenPipe;

            fd = received == 1 ? descriptors[0] : -1;
            _owed--;
        }

        // The kernel could not place the descriptor: this process has no more.
        int result = length == -BadMessage ? -Errno.TooManyFiles : BinaryPrimitives.ReadInt32LittleEndian(answer);
        return fd >= 0 || result is not (0 or -Errno.InProgress) ? result : -Errno.TooManyFiles;
    }
}
