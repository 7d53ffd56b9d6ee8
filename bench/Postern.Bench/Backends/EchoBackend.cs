using System.Net.Sockets;
using Postern.Bench.Interop;

namespace Postern.Bench.Backends;

/// <summary>
/// Sends back what it gets, 64 bytes at a time, and writes into each <see cref="StampedMessage"/> when it came and when
/// it leaves. One thread and one epoll, so that it takes as little as it can of the processor that it shares with the
/// clients.
/// </summary>
internal sealed class EchoBackend : Backend
{
    /// <summary>How often it looks whether it shall end.</summary>
    private const long LookNanoseconds = 50_000_000;

    private const int EventsAtATime = 256;

    private readonly Dictionary<int, Client> clients = [];
    private readonly Thread thread;
    private volatile bool ended;

    /// <param name="stamps">Whether the kernel shall say when messages come; else they are echoed with 0 for it.</param>
    internal EchoBackend(bool stamps = false)
    {
        Listener.Blocking = false;
        if (stamps)
            StampedSocket.AskForStamps((int)Listener.Handle);
        thread = new Thread(Serve) { IsBackground = true };
        thread.Start();
    }

    public override void Dispose()
    {
        ended = true;
        thread.Join();
        base.Dispose();
    }

    private void Serve()
    {
        using var poll = new EventPoll(EventsAtATime);
        var listener = (int)Listener.Handle;
        var ready = new int[EventsAtATime];
        poll.Add(listener, listener);
        while (!ended)
        {
            var count = poll.Wait(ready, LookNanoseconds);
            foreach (var descriptor in ready.AsSpan(0, count))
            {
                if (descriptor == listener)
                    Accept(poll);
                else if (!clients[descriptor].Answer())
                    Leave(descriptor);
            }
        }

        foreach (var descriptor in clients.Keys.ToArray())
            Leave(descriptor);
    }

    private void Accept(EventPoll poll)
    {
        try
        {
            var socket = Listener.Accept();
            socket.NoDelay = true;
            var client = new Client(socket);
            clients[(int)socket.Handle] = client;
            poll.Add((int)socket.Handle, (int)socket.Handle);
        }
        catch (SocketException)
        {
            // It has gone again before it was here; its client will say so if it matters.
        }
    }

    private void Leave(int descriptor)
    {
        clients.Remove(descriptor, out var client);
        client?.Dispose(); // the kernel takes it out of the epoll
    }

    private sealed class Client(Socket socket) : IDisposable
    {
        private readonly int descriptor = (int)socket.Handle;
        private readonly byte[] buffer = new byte[16 * StampedMessage.Bytes];
        private int filled;

        /// <summary>False: it has gone.</summary>
        internal bool Answer()
        {
            var count = StampedSocket.Receive(descriptor, buffer.AsSpan(filled), out var arrived);
            if (count <= 0)
                return count == -StampedSocket.Again;
            filled += count;
            var whole = filled - (filled % StampedMessage.Bytes);
            StampedMessage.Stamp(buffer.AsSpan(0, whole), arrived, StampedSocket.Now());
            if (whole > 0 && StampedSocket.Send(descriptor, buffer.AsSpan(0, whole)) != whole)
                return false; // a gate that reads no echoes does not keep up
            buffer.AsSpan(whole, filled - whole).CopyTo(buffer);
            filled -= whole;
            return true;
        }

        public void Dispose() => socket.Dispose();
    }
}
