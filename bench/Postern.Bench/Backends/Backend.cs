using System.Net;
using System.Net.Sockets;

namespace Postern.Bench.Backends;

/// <summary>
/// A plain text server behind the gate, on a port of its own for each measurement: no peer pays for the connections in
/// TIME_WAIT that another has left.
/// </summary>
internal abstract class Backend : IDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    protected Backend()
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(4096);
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _ = AcceptAsync();
    }

    internal int Port { get; }

    /// <summary>Serves one connection to its end.</summary>
    protected abstract Task ServeAsync(Socket client);

    public void Dispose()
    {
        listener.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _ = HoldAsync(await listener.AcceptAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return; // disposed: the measurement is over
            }
        }
    }

    private async Task HoldAsync(Socket client)
    {
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await ServeAsync(client);
            }
            catch (SocketException)
            {
                // The gate went away in the middle; its client will say so if it matters.
            }
        }
    }
}
