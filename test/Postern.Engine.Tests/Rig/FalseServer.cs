using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postern.Engine.Tests.Rig;

/// <summary>
/// A server that plays a part, true or false: so many answers in the clear, then TLS if the part has it. What it has heard in
/// the clear is what could have been had by anybody who stood in its place.
/// </summary>
internal sealed class FalseServer : IDisposable
{
    /// <summary>In a part: from here on TLS.</summary>
    public const string Tls = "\0tls";

    /// <summary>In a part: the first word of what was heard last (IMAP's tag).</summary>
    public const string FirstWord = "\0first";

    /// <summary>In a part: LDAP's yes, under the number that the question had.</summary>
    public const string LdapSuccess = "\0ldap";

    /// <summary>In a part: what comes is not answered, and the connection stays.</summary>
    public const string Silence = "\0silence";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly StringBuilder _clear = new();
    private readonly StringBuilder _inside = new();
    private readonly SemaphoreSlim _ended = new(0);
    private readonly X509Certificate2 _certificate;

    /// <param name="part">
    /// What is said, in turn: first unasked (empty for nothing), then one for each message that is heard; <see cref="Tls"/> at
    /// the end of one starts the handshake behind it.
    /// </param>
    /// <param name="inside">Said inside TLS, unasked; then each message is answered with "done".</param>
    /// <param name="certificate">Null: the right one.</param>
    public FalseServer(string[] part, string inside = "", X509Certificate2? certificate = null)
    {
        _certificate = certificate ?? ServerCertificates.Of("right");
        _listener.Start();
        new Thread(() => Accept(part, inside)) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Said to it outside TLS, TLS records not among it.</summary>
    public string HeardInTheClear
    {
        get
        {
            lock (_clear)
                return _clear.ToString();
        }
    }

    public string HeardInside
    {
        get
        {
            lock (_inside)
                return _inside.ToString();
        }
    }

    /// <summary>What SNI and ALPN the last handshake had.</summary>
    public string? ServerName { get; private set; }

    public string? Alpn { get; private set; }

    /// <summary>What the last handshake offered of ALPN that it chose from; empty: none is chosen.</summary>
    public string[] Chooses { get; init; } = [];

    /// <summary>Asks for a certificate of the client.</summary>
    public bool AsksForCertificate { get; init; }

    public string? ClientSubject { get; private set; }

    /// <summary>Which TLS it speaks.</summary>
    public SslProtocols Versions { get; init; } = SslProtocols.None;

    /// <summary>Connections that have come.</summary>
    public int Connections => _sockets.Count;

    /// <summary>What it says inside TLS to what it hears there.</summary>
    public Func<string, string> Answers { get; init; } = _ => "done\r\n";

    /// <summary>What it does inside TLS when the gate has ended, before it does.</summary>
    public Action<SslStream> AtEnd { get; init; } = _ => { };

    /// <summary>Ends by a FIN without close_notify.</summary>
    public bool Truncates { get; init; }

    /// <summary>Sent outside of any record before that FIN: part of one.</summary>
    public byte[] LastBytes { get; init; } = [];

    /// <summary>How the last bytes and the FIN are sent; a test may see to it that they arrive as one.</summary>
    public Action<Action> AtOnce { get; init; } = action => action();

    public void WaitForEnd() => Assert(_ended.Wait(TimeSpan.FromSeconds(10)));

    public void Dispose()
    {
        _listener.Stop();
        foreach (Socket socket in _sockets)
            socket.Dispose();
    }

    private static void Assert(bool ended)
    {
        if (!ended)
            throw new TimeoutException("the connection to the server did not end");
    }

    private void Accept(string[] part, string inside)
    {
        try
        {
            while (true)
            {
                Socket socket = _listener.AcceptSocket();
                socket.NoDelay = true;
                _sockets.Add(socket);
                new Thread(() => Serve(socket, part, inside)) { IsBackground = true }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private void Serve(Socket socket, string[] part, string inside)
    {
        try
        {
            if (PlayInTheClear(socket, part))
                PlayInside(socket, inside);
            byte[] rest = new byte[4096];
            int count;
            while ((count = socket.Receive(rest)) > 0)
                Note(_clear, rest.AsSpan(0, count));
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or InvalidOperationException)
        {
            // The gate has had enough, or the test.
        }

        socket.Dispose();
        _ = _ended.Release();
    }

    /// <summary>True when TLS is next.</summary>
    private bool PlayInTheClear(Socket socket, string[] part)
    {
        byte[] buffer = new byte[16 * 1024];
        string heard = "";
        for (int i = 0; i < part.Length; i++)
        {
            if (i > 0)
            {
                int count = socket.Receive(buffer);
                if (count == 0)
                    return false;
                Note(_clear, buffer.AsSpan(0, count));
                heard = Encoding.Latin1.GetString(buffer, 0, count);
            }

            if (part[i] == Silence)
                continue;
            bool tls = part[i].EndsWith(Tls, StringComparison.Ordinal);
            string words = tls ? part[i][..^Tls.Length] : part[i];
            words = words.Replace(FirstWord, heard.Split(' ')[0], StringComparison.Ordinal);
            words = words.Replace(LdapSuccess, Answer(heard), StringComparison.Ordinal);
            if (words.Length > 0)
                _ = socket.Send(Encoding.Latin1.GetBytes(words));
            if (tls)
                return true;
        }

        return false;
    }

    /// <summary>ExtendedResponse, success, nothing else (RFC 4511 §4.12): the INTEGER behind the header of what was heard comes back.</summary>
    private static string Answer(string heard)
    {
        string number = heard.Length > 4 && heard[0] == '\x30' ? heard.Substring(2, 2 + heard[3]) : "";
        string message = number + "\x78\x07\x0a\x01\0\x04\0\x04\0";
        return "\x30" + (char)message.Length + message;
    }

    private void PlayInside(Socket socket, string inside)
    {
        using var tls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: true, (_, _, _, _) => true);
        tls.AuthenticateAsServer(new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, name) =>
            {
                ServerName = name;
                return _certificate;
            },
            ApplicationProtocols = Chooses.Length == 0 ? null : [.. Chooses.Select(name => new SslApplicationProtocol(name))],
            ClientCertificateRequired = AsksForCertificate,
            EnabledSslProtocols = Versions,
        });
        Alpn = Encoding.ASCII.GetString(tls.NegotiatedApplicationProtocol.Protocol.Span);
        ClientSubject = tls.RemoteCertificate?.Subject;
        if (inside.Length > 0)
            tls.Write(Encoding.Latin1.GetBytes(inside));
        byte[] buffer = new byte[64 * 1024];
        int count;
        while ((count = tls.Read(buffer)) > 0)
        {
            Note(_inside, buffer.AsSpan(0, count));
            tls.Write(Encoding.Latin1.GetBytes(Answers(Encoding.Latin1.GetString(buffer, 0, count))));
            if (Truncates)
            {
                AtOnce(() =>
                {
                    _ = socket.Send(LastBytes);
                    socket.Shutdown(SocketShutdown.Send);
                });
                return;
            }
        }

        AtEnd(tls);

        // Unwrapped: what the gate's end of the socket makes of it is an IOException, which Serve expects.
        tls.ShutdownAsync().GetAwaiter().GetResult();
        socket.Shutdown(SocketShutdown.Send);
    }

    private static void Note(StringBuilder heard, ReadOnlySpan<byte> bytes)
    {
        // Records of TLS (an alert, a ClientHello to somebody who plays deaf) are not words in the clear.
        if (bytes.Length > 2 && bytes[0] is >= 20 and <= 23 && bytes[1] == 3)
            return;
        lock (heard)
            _ = heard.Append(Encoding.Latin1.GetString(bytes));
    }
}
