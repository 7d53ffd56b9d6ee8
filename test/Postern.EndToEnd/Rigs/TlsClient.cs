using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Postern.EndToEnd.Rigs;

/// <summary>One connection through a gate to the echo, and when it got how far.</summary>
internal sealed class TlsClient : IDisposable
{
    private const int PatienceMilliseconds = 10_000;

    private readonly TcpClient _tcp;
    private readonly SslStream _tls;

    private TlsClient(TcpClient tcp, SslStream tls, long begun)
    {
        _tcp = tcp;
        _tls = tls;
        Begun = begun;
        Shaken = Stopwatch.GetTimestamp();
        Port = PortOf(tcp);
    }

    public long Begun { get; }

    /// <summary>When the handshake was over.</summary>
    public long Shaken { get; }

    public int Port { get; }

    /// <summary>Null, and why, when there is no connection, or no TLS.</summary>
    public static TlsClient? Open(int port, out string problem)
    {
        problem = "";
        long begun = Stopwatch.GetTimestamp();
        TcpClient? tcp = null;
        SslStream? tls = null;
        try
        {
            tcp = new TcpClient("127.0.0.1", port) { ReceiveTimeout = PatienceMilliseconds, SendTimeout = PatienceMilliseconds, NoDelay = true };
            tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);

            // Every one a whole handshake.
            tls.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = "localhost", AllowTlsResume = false });
            return new TlsClient(tcp, tls, begun);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
        {
            problem = $"no TLS: {(tcp is null ? "" : $"from port {PortOf(tcp)}: ")}{e.Message}";
            tls?.Dispose();
            tcp?.Dispose();
            return null;
        }
    }

    /// <summary>Empty when everything came back, else why not.</summary>
    public string Echo(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _tls.Write(bytes);
            byte[] answer = new byte[bytes.Length];
            _tls.ReadExactly(answer);
            return bytes.SequenceEqual(answer) ? "" : "something else came back";
        }
        catch (IOException e)
        {
            return $"no answer: from port {Port}: {e.Message}";
        }
    }

    /// <summary>Says something and is gone, by RST, without waiting for an answer.</summary>
    public void Abort(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _tls.Write(bytes);
        }
        catch (IOException)
        {
            // The other side was quicker.
        }

        _tcp.LingerState = new LingerOption(true, 0);
        _tcp.Close();
    }

    private static int PortOf(TcpClient tcp) => (tcp.Client.LocalEndPoint as IPEndPoint)?.Port ?? 0;

    public void Dispose()
    {
        try
        {
            _tls.Dispose();
        }
        catch (IOException)
        {
            // It has been cut.
        }

        _tcp.Dispose();
    }
}
