using System.Net.Sockets;

namespace Postern.Bench.Backends;

/// <summary>A backend that serves each connection in a task of its own.</summary>
internal abstract class TaskBackend : Backend
{
    protected TaskBackend()
    {
        _ = AcceptAsync();
    }

    /// <summary>Serves one connection to its end.</summary>
    protected abstract Task ServeAsync(Socket client);

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _ = HoldAsync(await Listener.AcceptAsync());
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
