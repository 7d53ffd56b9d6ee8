using System.Net;
using System.Net.Sockets;

namespace Postern.Bench.Backends;

/// <summary>
/// A plain text server behind the gate, on a port of its own for each measurement: no peer pays for the connections in
/// TIME_WAIT that another has left.
/// </summary>
internal abstract class Backend : IDisposable
{
    protected Backend()
    {
        Listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Listener.Listen(4096);
        Port = ((IPEndPoint)Listener.LocalEndPoint!).Port;
    }

    internal int Port { get; }

    protected Socket Listener { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public virtual void Dispose()
    {
        Listener.Dispose();
        GC.SuppressFinalize(this);
    }
}
