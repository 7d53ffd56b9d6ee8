using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postern.Engine.Tests.Rig;

/// <summary>A client that says exactly the bytes that it is told, in the clear or inside TLS.</summary>
internal sealed class WireClient : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private Stream _stream;

    public WireClient(IPEndPoint endPoint)
    {
        Socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Socket.Connect(endPoint);
        Socket.ReceiveTimeout = (int)s_patience.TotalMilliseconds;
        _stream = new NetworkStream(Socket, ownsSocket: true);
    }

    public Socket Socket { get; }

    public Stream Stream => _stream;

    public SslStream Tls => (SslStream)_stream;

    public void Say(string bytes) => _stream.Write(Encoding.Latin1.GetBytes(bytes));

    /// <summary>What there is now, at least one byte.</summary>
    public string Read()
    {
        byte[] buffer = new byte[64 * 1024];
        int count = _stream.Read(buffer);
        return count > 0 ? Encoding.Latin1.GetString(buffer, 0, count) : throw new EndOfStreamException("the gate closed");
    }

    /// <summary>Reads until the text so far ends like this.</summary>
    public string ReadUntil(string end)
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            int value = _stream.ReadByte();
            if (value < 0)
                throw new EndOfStreamException($"the gate closed after: {text}");
            _ = text.Append((char)value);
        }

        return text.ToString();
    }

    public string ReadLine() => ReadUntil("\r\n");

    /// <summary>Everything up to the gate's FIN (or close_notify); an RST throws.</summary>
    public string ReadToEnd()
    {
        var text = new StringBuilder();
        int value;
        while ((value = _stream.ReadByte()) >= 0)
            _ = text.Append((char)value);
        return text.ToString();
    }

    /// <summary>Everything up to the end, however it comes.</summary>
    public string ReadToAnyEnd()
    {
        var text = new StringBuilder();
        try
        {
            int value;
            while ((value = _stream.ReadByte()) >= 0)
                _ = text.Append((char)value);
        }
        catch (IOException)
        {
            // RST, or a TLS alert: an end as well.
        }

        return text.ToString();
    }

    public WireClient StartTls(
        string serverName = "localhost", string[]? alpn = null, SslProtocols protocols = SslProtocols.None, X509Certificate2? certificate = null)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
        tls.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = serverName,
            EnabledSslProtocols = protocols,
            ClientCertificates = certificate is null ? null : [certificate],
            ApplicationProtocols = alpn?.Select(name => new SslApplicationProtocol(name)).ToList(),
        });
        _stream = tls;
        return this;
    }

    /// <summary>The SMTP dialogue up to and into TLS.</summary>
    public WireClient StartSmtpTls()
    {
        _ = ReadLine();
        Say("EHLO client.example\r\n");
        _ = ReadUntil("250 STARTTLS\r\n");
        Say("STARTTLS\r\n");
        _ = ReadLine();
        return StartTls();
    }

    /// <summary>Ends with RST.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Close();
    }

    public void Dispose() => _stream.Dispose();
}
