using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Cli.Output;

namespace Postern.Cli.Demo;

/// <summary>
/// A client of a gate that shows each line it says and hears. Its TLS is the framework's: the better proof for being
/// another implementation than the gate's own.
/// </summary>
internal sealed class GateClient : IDisposable
{
    private const int MaxLine = 64 * 1024;
    private const int Patience = 10_000;

    private readonly Paint _paint;
    private readonly X509Certificate2 _authority;
    private readonly byte[] _buffer = new byte[MaxLine];
    private Stream _stream;
    private int _length;

    private GateClient(Stream stream, X509Certificate2 authority, Paint paint)
    {
        _stream = stream;
        _authority = authority;
        _paint = paint;
    }

    public static GateClient Connect(int port, X509Certificate2 authority, Paint paint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = Patience,
            SendTimeout = Patience,
            NoDelay = true,
        };
        socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        paint.Mark($"[connected to 127.0.0.1:{port}]");
        return new GateClient(new NetworkStream(socket, ownsSocket: true), authority, paint);
    }

    /// <summary>Ends TLS with a close_notify, where there is TLS: without one the end would count as a truncation.</summary>
    public void Dispose()
    {
        try
        {
            if (_stream is SslStream { IsAuthenticated: true } tls)
                tls.ShutdownAsync().GetAwaiter().GetResult();
        }
        catch (IOException)
        {
            // The gate has closed already.
        }

        _stream.Dispose();
    }

    /// <summary>The handshake, with the certificate verified for localhost against the demo's authority.</summary>
    /// <exception cref="TourException">Something came in the clear behind the reply that starts TLS.</exception>
    public void StartTls()
    {
        if (_length > 0)
            throw new TourException("there are bytes in the clear behind the reply that starts TLS");

        var tls = new SslStream(_stream);
        _stream = tls;
        tls.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { _authority },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        });
        _paint.Mark($"[TLS starts: {tls.SslProtocol}, {tls.NegotiatedCipherSuite}; the certificate is for localhost and of the demo's authority]");
    }

    /// <summary>Says a line.</summary>
    public void Say(string line) => SayInOneWrite([line]);

    /// <summary>Says lines in one write, so that they go in one segment.</summary>
    public void SayInOneWrite(params ReadOnlySpan<string> lines)
    {
        foreach (string line in lines)
            _paint.Client("C: " + PeerText.Escape(Encoding.Latin1.GetBytes(line)));
        if (lines.Length > 1)
            _paint.Mark($"[these {lines.Length} lines in one write]");
        _stream.Write(Encoding.Latin1.GetBytes(string.Concat(lines.ToArray().Select(line => line + "\r\n"))));
        _stream.Flush();
    }

    /// <summary>Hears a line; null when the other side has closed.</summary>
    public string? Hear()
    {
        string? line = null;
        try
        {
            line = ReadLine();
        }
        catch (IOException failure) when (failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // To be cut off is to be closed.
        }

        if (line is null)
            _paint.Mark("[the gate closed the connection]");
        else
            _paint.Server("S: " + PeerText.Escape(Encoding.Latin1.GetBytes(line)));
        return line;
    }

    /// <summary>Hears lines up to the last of an SMTP reply; the last.</summary>
    public string? HearSmtp()
    {
        string? line = Hear();
        while (line is { Length: > 3 } && line[3] == '-')
            line = Hear();
        return line;
    }

    /// <summary>Hears lines up to the one with this tag; all of them.</summary>
    public List<string> HearImap(string tag)
    {
        List<string> lines = [];
        while (Hear() is { } line)
        {
            lines.Add(line);
            if (line.StartsWith(tag + " ", StringComparison.Ordinal))
                break;
        }

        return lines;
    }

    private string? ReadLine()
    {
        while (true)
        {
            int end = _buffer.AsSpan(0, _length).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                string line = Encoding.Latin1.GetString(_buffer, 0, end);
                _length -= end + 2;
                _buffer.AsSpan(end + 2, _length).CopyTo(_buffer);
                return line;
            }

            int count = _length == MaxLine ? 0 : _stream.Read(_buffer, _length, MaxLine - _length);
            if (count == 0)
                return null;
            _length += count;
        }
    }
}
