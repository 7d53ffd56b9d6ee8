using System.Net;
using System.Net.Sockets;

namespace Postern.EndToEnd.Rigs;

/// <summary>A server that says what it is told.</summary>
internal static class EchoBackend
{
    public static TcpListener Start()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        new Thread(() => Accept(listener)) { IsBackground = true }.Start();
        return listener;
    }

    public static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static void Accept(TcpListener listener)
    {
        try
        {
            while (true)
            {
                TcpClient client = listener.AcceptTcpClient();
                new Thread(() => Echo(client)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // The test is over.
        }
    }

    private static void Echo(TcpClient client)
    {
        try
        {
            using (client)
                client.GetStream().CopyTo(client.GetStream());
        }
        catch (IOException)
        {
            // The gate went away.
        }
    }
}
