using System.Diagnostics;
using Postern.Interop.LibC;

namespace Postern.Resolver;

/// <summary>A connected socket for one errand: all that is done with it together has one end in time. Results are kernel style.</summary>
internal sealed class DeadlineSocket : IDisposable
{
    private readonly EventPoll _poll = new(1);
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly TimeSpan _limit;
    private readonly int _fd;

    private DeadlineSocket(int fd, TimeSpan limit)
    {
        _fd = fd;
        _limit = limit;
    }

    /// <param name="address">To whom.</param>
    /// <param name="limit">For everything.</param>
    /// <param name="error">Minus errno, with null.</param>
    public static DeadlineSocket? Datagram(SocketAddress address, TimeSpan limit, out int error)
    {
        error = StreamSocket.ConnectDatagram(address);
        return error < 0 ? null : new DeadlineSocket(error, limit);
    }

    /// <inheritdoc cref="Datagram"/>
    public static DeadlineSocket? Stream(SocketAddress address, TimeSpan limit, out int error)
    {
        error = StreamSocket.New(address);
        if (error < 0)
            return null;

        var socket = new DeadlineSocket(error, limit);
        error = StreamSocket.Connect(socket._fd, address);
        if (error == -Errno.InProgress)
            error = socket.Wait(PollEvents.Out) is var waited and < 0 ? waited : StreamSocket.PendingError(socket._fd);
        if (error == 0)
            return socket;
        socket.Dispose();
        return null;
    }

    /// <summary>All of it, or an error.</summary>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        int all = bytes.Length;
        while (!bytes.IsEmpty)
        {
            int sent = StreamSocket.Send(_fd, bytes);
            if (sent is -Errno.Again or -Errno.Interrupted)
                sent = Wait(PollEvents.Out) is var waited and < 0 ? waited : 0;
            if (sent < 0)
                return sent;
            bytes = bytes[sent..];
        }

        return all;
    }

    /// <summary>What is there, when something is; 0 is the end of a stream.</summary>
    public int Receive(Span<byte> buffer)
    {
        while (true)
        {
            int waited = Wait(PollEvents.In);
            int received = waited < 0 ? waited : StreamSocket.Receive(_fd, buffer);
            if (received is not (-Errno.Again or -Errno.Interrupted))
                return received;
        }
    }

    public void Dispose()
    {
        _poll.Dispose();
        Descriptor.Close(_fd);
    }

    private int Wait(PollEvents events)
    {
        while (true)
        {
            TimeSpan left = _limit - Stopwatch.GetElapsedTime(_start);
            if (left <= TimeSpan.Zero)
                return -Errno.TimedOut;

            int watched = _poll.Watch(_fd, events, 0);
            int ready = watched < 0 ? watched : _poll.Wait((int)Math.Ceiling(left.TotalMilliseconds));
            _ = _poll.Forget(_fd);
            if (ready is not (0 or -Errno.Interrupted))
                return ready;
        }
    }
}
