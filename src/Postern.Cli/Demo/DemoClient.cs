using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postern.Cli.Demo;

/// <summary>A client whose every word, and every word that it hears, is shown.</summary>
internal sealed class DemoClient : IDisposable
{
    private const int TimeoutMilliseconds = 10_000;

    private readonly DemoScreen _screen;
    private readonly TcpClient _client = new() { NoDelay = true, ReceiveTimeout = TimeoutMilliseconds };
    private Stream _stream;

    public DemoClient(DemoScreen screen, int port)
    {
        _screen = screen;
        _client.Connect(IPAddress.Loopback, port);
        _stream = _client.GetStream();
    }

    /// <summary>Sends exactly these bytes in one write.</summary>
    public void Say(string bytes)
    {
        foreach (string line in bytes.Split("\r\n")[..^1])
            _screen.Client(line);
        _stream.Write(Encoding.Latin1.GetBytes(bytes));
    }

    /// <summary>A line; null when the other side has closed.</summary>
    public string? Hear()
    {
        var line = new StringBuilder();
        try
        {
            int value;
            while ((value = _stream.ReadByte()) is not ('\n' or -1))
                _ = line.Append((char)value);
            if (value == -1 && line.Length == 0)
            {
                _screen.Mark("the gate closes");
                return null;
            }
        }
        catch (IOException)
        {
            _screen.Mark("the gate closes");
            return null;
        }

        string text = line.ToString().TrimEnd('\r');
        _screen.Server(text);
        return text;
    }

    /// <summary>The lines of an answer, up to the one that ends it; fewer when the other side closes.</summary>
    public List<string> HearUntil(Func<string, bool> ends)
    {
        List<string> lines = [];
        while (Hear() is { } line)
        {
            lines.Add(line);
            if (ends(line))
                break;
        }

        return lines;
    }

    /// <summary>TLS with a certificate that is verified, as any good client does.</summary>
    public void StartTls(X509Certificate2 authority)
    {
        var tls = new SslStream(_stream);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        tls.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = policy });
        _stream = tls;
        _screen.Mark($"TLS begins: {tls.SslProtocol}, {tls.NegotiatedCipherSuite}, certificate verified");
    }

    public void Dispose()
    {
        _stream.Dispose();
        _client.Dispose();
    }
}
