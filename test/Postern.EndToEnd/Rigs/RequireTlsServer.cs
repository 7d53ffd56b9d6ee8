using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postern.EndToEnd.Rigs;

/// <summary>A server that takes mail and offers REQUIRETLS inside TLS (RFC 8689), which neither Postfix nor Exim does.</summary>
internal sealed class RequireTlsServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly X509Certificate2 _certificate;
    private readonly ConcurrentQueue<string> _heard = new();
    private readonly Thread _thread;

    /// <param name="at">Where it listens.</param>
    /// <param name="certificate">With its key.</param>
    public RequireTlsServer(IPEndPoint at, X509Certificate2 certificate)
    {
        _listener = new TcpListener(at);
        _certificate = certificate;
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Every MAIL command.</summary>
    public string[] Senders => [.. _heard];

    public void Dispose()
    {
        _listener.Dispose();
        _thread.Join();
        _certificate.Dispose();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                TcpClient client = _listener.AcceptTcpClient();
                client.NoDelay = true;
                new Thread(() => Serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private void Serve(TcpClient client)
    {
        try
        {
            using (client)
                Talk(client.GetStream());
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // A client that went.
        }
    }

    private void Talk(NetworkStream plain)
    {
        Stream stream = plain;
        Say(stream, "220 mx.requiretls.test ESMTP");
        while (Hear(stream) is { } line)
        {
            switch (line.Split(' ')[0].ToUpperInvariant())
            {
                case "EHLO":
                    Say(stream, stream is SslStream ? "250-mx.requiretls.test\r\n250 REQUIRETLS" : "250-mx.requiretls.test\r\n250 STARTTLS");
                    break;
                case "STARTTLS":
                    Say(stream, "220 go ahead");
                    var tls = new SslStream(plain);
                    tls.AuthenticateAsServer(_certificate);
                    stream = tls;
                    break;
                case "MAIL":
                    _heard.Enqueue(line);
                    Say(stream, "250 2.1.0 Ok");
                    break;
                case "DATA":
                    Say(stream, "354 go on");
                    while (Hear(stream) is { } text && text != ".")
                    {
                    }

                    Say(stream, "250 2.0.0 Ok: taken");
                    break;
                case "QUIT":
                    Say(stream, "221 2.0.0 Bye");
                    return;
                default:
                    Say(stream, "250 2.0.0 Ok");
                    break;
            }
        }
    }

    /// <summary>Without reading ahead: what follows STARTTLS is not text.</summary>
    private static string? Hear(Stream stream)
    {
        var line = new StringBuilder();
        for (int value = stream.ReadByte(); value >= 0; value = stream.ReadByte())
        {
            if (value == '\n')
                return line.ToString().TrimEnd('\r');
            _ = line.Append((char)value);
        }

        return null;
    }

    private static void Say(Stream stream, string reply) => stream.Write(Encoding.ASCII.GetBytes(reply + "\r\n"));
}
