using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postern.EndToEnd.Rigs;

/// <summary>An IMAP server that answers one command inside TLS: on one port at once, on another after STARTTLS.</summary>
internal sealed class ImapResponder : IDisposable
{
    private readonly TcpListener _implicit;
    private readonly TcpListener _asking;
    private readonly Thread[] _threads;

    /// <param name="implicitPort">With TLS from the first byte.</param>
    /// <param name="askingPort">With STARTTLS.</param>
    public ImapResponder(int implicitPort, int askingPort)
    {
        _implicit = new TcpListener(IPAddress.Loopback, implicitPort);
        _asking = new TcpListener(IPAddress.Loopback, askingPort);
        _implicit.Start();
        _asking.Start();
        _threads = [new Thread(() => Serve(_implicit, starttls: false)), new Thread(() => Serve(_asking, starttls: true))];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>What it shows from the next connection on.</summary>
    public required X509Certificate2 Certificate { get; set; }

    public void Dispose()
    {
        _implicit.Dispose();
        _asking.Dispose();
        foreach (Thread thread in _threads)
            thread.Join();
    }

    private void Serve(TcpListener listener, bool starttls)
    {
        while (true)
        {
            try
            {
                using TcpClient client = listener.AcceptTcpClient();
                Respond(client, starttls);
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                // A client that does not trust us: what it says to its own is what the test looks at.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private void Respond(TcpClient client, bool starttls)
    {
        NetworkStream plain = client.GetStream();
        plain.ReadTimeout = 20_000;
        if (starttls)
        {
            plain.Write("* OK asking\r\n"u8);
            string tag = ReadLine(plain).Split(' ')[0];
            plain.Write(Encoding.ASCII.GetBytes($"{tag} OK go\r\n"));
        }

        using var tls = new SslStream(plain);
        tls.AuthenticateAsServer(Certificate);
        if (!starttls)
            tls.Write("* OK found\r\n"u8);
        tls.Write(Encoding.ASCII.GetBytes($"{ReadLine(tls).Split(' ')[0]} OK answered\r\n"));
    }

    private static string ReadLine(Stream stream)
    {
        var line = new StringBuilder();
        for (int next; (next = stream.ReadByte()) is not (-1 or '\n');)
            _ = line.Append((char)next);
        return line.ToString();
    }
}
