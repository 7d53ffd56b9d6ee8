using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Postern.Engine.Tests.Rig;

/// <summary>Sends back whatever comes inside TLS.</summary>
internal sealed class EchoServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public EchoServer()
    {
        _listener.Start();
        new Thread(Serve) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Stop();

    private void Serve()
    {
        try
        {
            using TcpClient client = _listener.AcceptTcpClient();
            using var tls = new SslStream(client.GetStream());
            tls.AuthenticateAsServer(ServerCertificates.Of("right"));
            byte[] buffer = new byte[48 * 1024];
            int count;
            while ((count = tls.Read(buffer)) > 0)
                tls.Write(buffer, 0, count);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // The test is over.
        }
    }
}
