using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// Somebody on the way to an XMPP server, who takes STARTTLS out of what it offers and passes everything else on: who goes on in the
/// clear is heard, and served.
/// </summary>
internal sealed partial class StartTlsThief : IDisposable
{
    private readonly TcpListener _listener;
    private readonly int _server;
    private readonly Thread _thread;
    private readonly ConcurrentBag<Socket> _open = [];
    private readonly StringBuilder _heard = new();

    /// <param name="at">Where he stands.</param>
    /// <param name="server">The port, on loopback, of whom he stands before.</param>
    public StartTlsThief(IPEndPoint at, int server)
    {
        _server = server;
        _listener = new TcpListener(at);
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>All that was said to the server.</summary>
    public string Heard
    {
        get
        {
            lock (_heard)
                return _heard.ToString();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _thread.Join();
        foreach (Socket socket in _open)
            socket.Dispose();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                Socket client = _listener.AcceptSocket();
                _open.Add(client);
                var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                _open.Add(server);
                server.Connect(IPAddress.Loopback, _server);
                Pass(client, server, Note);
                Pass(server, client, text => Offer().Replace(text, ""));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private string Note(string text)
    {
        lock (_heard)
            _ = _heard.Append(text);
        return text;
    }

    private static void Pass(Socket from, Socket to, Func<string, string> change) => new Thread(() =>
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = from.Receive(buffer)) > 0)
                _ = to.Send(Encoding.Latin1.GetBytes(change(Encoding.Latin1.GetString(buffer, 0, count))));
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One of them has gone.
        }
    }) { IsBackground = true }.Start();

    [GeneratedRegex("<starttls[^>]*/>|<starttls.*</starttls>", RegexOptions.Singleline)]
    private static partial Regex Offer();
}
