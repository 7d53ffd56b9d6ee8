using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postern.Resolver.Tests;

/// <summary>A policy host on loopback: takes one connection after another, reads the request, says what it was told to say.</summary>
internal sealed class PolicyServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly X509Certificate2 _certificate;
    private readonly Action<Stream> _answer;
    private readonly CancellationTokenSource _end = new();
    private readonly Thread _thread;

    /// <param name="certificate">With its key.</param>
    /// <param name="answer">What is done behind the request. The connection is closed honestly behind that.</param>
    /// <param name="at">Null: any port of loopback.</param>
    public PolicyServer(X509Certificate2 certificate, Action<Stream> answer, IPEndPoint? at = null)
    {
        _listener = new TcpListener(at ?? new IPEndPoint(IPAddress.Loopback, 0));
        _certificate = certificate;
        _answer = answer;
        _listener.Start();
        _thread = new Thread(Serve);
        _thread.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Of the last request.</summary>
    public byte[] Body { get; private set; } = [];

    /// <summary>The last request's head, and the name in SNI.</summary>
    public string Request { get; private set; } = "";

    public string ServerName { get; private set; } = "";

    /// <summary>Cancelled when the test is over.</summary>
    public CancellationToken End => _end.Token;

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        _thread.Join();
        _end.Dispose();
    }

    private static int BodyLength(string head) =>
        head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal)) is { } line ? int.Parse(line[16..], CultureInfo.InvariantCulture) : 0;

    private void Serve()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using Socket socket = _listener.AcceptSocket();
                using var tls = new SslStream(new NetworkStream(socket));
                tls.AuthenticateAsServer(new SslServerAuthenticationOptions
                {
                    ServerCertificateSelectionCallback = (_, name) =>
                    {
                        ServerName = name ?? "";
                        return _certificate;
                    },
                });
                byte[] request = new byte[256 * 1024];
                int have = 0;
                int whole = request.Length;
                while (have < whole)
                {
                    int count = tls.Read(request.AsSpan(have));
                    if (count == 0)
                        break;
                    have += count;
                    int head = request.AsSpan(0, have).IndexOf("\r\n\r\n"u8);
                    if (head >= 0)
                        whole = head + 4 + BodyLength(Encoding.ASCII.GetString(request, 0, head));
                }

                int end = request.AsSpan(0, have).IndexOf("\r\n\r\n"u8) + 4;
                Request = Encoding.ASCII.GetString(request, 0, end);
                Body = request[end..have];
                _answer(tls);
                tls.ShutdownAsync().GetAwaiter().GetResult();
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException or OperationCanceledException or InvalidOperationException)
            {
                // A client that will not go on, or the end of the test.
            }
        }
    }
}
