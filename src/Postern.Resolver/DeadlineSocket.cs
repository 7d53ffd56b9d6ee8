using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using Postern.Interop.LibC;
using SocketAddress = Postern.Interop.LibC.SocketAddress;

namespace Postern.Resolver;

/// <summary>A connected socket for one errand: all that is done with it together has one end in time. Results are kernel style.</summary>
internal sealed class DeadlineSocket : IDisposable
{
    /// <summary>For one address, when the host has others.</summary>
    private static readonly TimeSpan s_perAddress = TimeSpan.FromSeconds(20);

    private const int MostAddresses = 4;

    private readonly EventPoll _poll = new(1);
    private readonly int _fd;
    private long _start = Stopwatch.GetTimestamp();
    private TimeSpan _limit;

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

    /// <summary>To the first address that takes a connection; null: none does. Each has its share of the time for that, and the errand what is left.</summary>
    /// <param name="addresses">Of one host.</param>
    /// <param name="port">Of each.</param>
    /// <param name="limit">For everything.</param>
    public static DeadlineSocket? First(ImmutableArray<IPAddress> addresses, int port, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        IPAddress[] tried = [.. InTurns(addresses).Take(MostAddresses)];
        TimeSpan each = tried.Length <= 1 ? limit : TimeSpan.FromTicks(Math.Min(limit.Ticks / tried.Length, s_perAddress.Ticks));
        foreach (IPAddress address in tried)
        {
            if (Stream(SocketAddress.Tcp(address, port), each, out _) is not { } socket)
                continue;
            socket.Restart(limit - Stopwatch.GetElapsedTime(start));
            return socket;
        }

        return null;
    }

    /// <summary>A new limit for all that follows, from now on.</summary>
    public void Restart(TimeSpan limit)
    {
        _start = Stopwatch.GetTimestamp();
        _limit = limit;
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

    /// <summary>The families in turns: a machine may have but one of them, and a host many addresses of the other.</summary>
    private static IEnumerable<IPAddress> InTurns(ImmutableArray<IPAddress> addresses) => addresses
        .GroupBy(address => address.AddressFamily)
        .SelectMany(family => family.Select((address, place) => (address, place)))
        .OrderBy(each => each.place)
        .Select(each => each.address);

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
