using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Postern.Configuration;

namespace Postern.Cli.Tests.Live;

/// <summary>A server on loopback that does to each connection what it is told.</summary>
internal sealed class FalseBackend : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<Stream, Task> _serve;

    public FalseBackend(Func<Stream, Task> serve)
    {
        _serve = serve;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Address = new ResolvedAddress { Ip = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndPoint!).Port };
        _ = Accept();
    }

    public ResolvedAddress Address { get; }

    public void Dispose() => _listener.Dispose();

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Serve(await _listener.AcceptAsync());
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Serve(Socket socket)
    {
        using (socket)
        {
            try
            {
                await _serve(new NetworkStream(socket));
            }
            catch (Exception left) when (left is SocketException or OperationCanceledException or IOException
                or AuthenticationException or InvalidOperationException)
            {
                // The check has left, as it may.
            }
        }
    }
}
