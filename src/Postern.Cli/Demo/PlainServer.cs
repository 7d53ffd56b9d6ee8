using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Postern.Cli.Demo;

/// <summary>
/// A plain text server on loopback, which knows nothing of TLS: what a gate stands before. It remembers what it heard,
/// so that the tour can show what never reached it.
/// </summary>
internal abstract class PlainServer : IDisposable
{
    private const int MaxConnections = 64;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentQueue<string> _heard = new();
    private int _accepted;
    private int _open;

    protected PlainServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = Accept();
    }

    public int Port { get; }

    /// <summary>Connections so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Every command so far, of all connections.</summary>
    public IReadOnlyCollection<string> Heard => _heard;

    public void Dispose() => _listener.Dispose();

    protected abstract Task Serve(LineConnection connection);

    protected async Task<string?> Hear(LineConnection connection)
    {
        string? line = await connection.ReadLine();
        if (line is not null)
            _heard.Enqueue(line);
        return line;
    }

    private async Task Accept()
    {
        while (true)
        {
            try
            {
                Socket socket = await _listener.AcceptAsync();
                Interlocked.Increment(ref _accepted);
                if (Interlocked.Increment(ref _open) <= MaxConnections)
                {
                    _ = Hold(socket);
                    continue;
                }

                Interlocked.Decrement(ref _open);
                socket.Dispose();
            }
            catch (Exception ended) when (ended is ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task Hold(Socket socket)
    {
        using (socket)
        {
            try
            {
                await Serve(new LineConnection(socket));
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (SocketException)
            {
                // The other side left in the middle of a word.
            }
            finally
            {
                Interlocked.Decrement(ref _open);
            }
        }
    }
}
