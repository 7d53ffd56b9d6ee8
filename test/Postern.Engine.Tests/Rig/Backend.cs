using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.Engine.Tests.Rig;

/// <summary>
/// A backend that greets, records every byte that it is sent, and answers as its script says. What it has recorded is
/// what could be injected: most attack tests end with a look at it.
/// </summary>
internal sealed class Backend : IDisposable
{
    /// <summary>An answer that is an RST.</summary>
    public const string Abort = "\0abort";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly BlockingCollection<BackendConnection> _accepted = [];
    private readonly ConcurrentQueue<BackendConnection> _all = new();

    /// <param name="greeting">Said at once; empty says nothing.</param>
    /// <param name="answer">For each chunk received, what to say; null says nothing. Default: an SMTP server that says yes.</param>
    /// <param name="closes">Closes when its client has ended; else the test does.</param>
    public Backend(string greeting = "220 backend ESMTP\r\n", Func<string, string?>? answer = null, bool closes = true)
    {
        _listener.Start();
        new Thread(() => Accept(greeting, answer ?? (_ => "250 OK\r\n"), closes)) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections have come; an attack that is stopped before TLS leaves none.</summary>
    public int Connections => _all.Count;

    /// <summary>Everything that all connections have sent.</summary>
    public string Heard => string.Concat(_all.Select(connection => connection.Heard));

    public BackendConnection Next() =>
        _accepted.TryTake(out BackendConnection? connection, TimeSpan.FromSeconds(10))
            ? connection
            : throw new TimeoutException("the gate did not dial the backend");

    public void Dispose()
    {
        _listener.Stop();
        foreach (Socket socket in _sockets)
            socket.Dispose();
    }

    private void Accept(string greeting, Func<string, string?> answer, bool closes)
    {
        try
        {
            while (true)
            {
                Socket socket = _listener.AcceptSocket();
                socket.NoDelay = true;
                _sockets.Add(socket);
                var connection = new BackendConnection(socket);
                _all.Enqueue(connection);
                _accepted.Add(connection);
                connection.Start(greeting, answer, closes);
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }
}

internal sealed class BackendConnection
{
    private readonly StringBuilder _heard = new();
    private readonly ManualResetEventSlim _ended = new();

    public BackendConnection(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    public void Start(string greeting, Func<string, string?> answer, bool closes) =>
        new Thread(() => Serve(greeting, answer, closes)) { IsBackground = true }.Start();

    /// <summary>Latin-1, so that every byte is a character.</summary>
    public string Heard
    {
        get
        {
            lock (_heard)
                return _heard.ToString();
        }
    }

    /// <summary>How reading ended: "FIN", or the socket's error.</summary>
    public string End { get; private set; } = "";

    public string WaitForEnd() => _ended.Wait(TimeSpan.FromSeconds(10)) ? End : throw new TimeoutException("the backend's connection did not end");

    private void Serve(string greeting, Func<string, string?> answer, bool closes)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            if (greeting.Length > 0)
                _ = Socket.Send(Encoding.Latin1.GetBytes(greeting));
            int count;
            while ((count = Socket.Receive(buffer)) > 0)
            {
                string text = Encoding.Latin1.GetString(buffer, 0, count);
                lock (_heard)
                    _heard.Append(text);
                string? words = answer(text);
                if (words == Backend.Abort)
                {
                    Socket.LingerState = new LingerOption(true, 0);
                    Socket.Close();
                    return;
                }

                if (words is { Length: > 0 })
                    _ = Socket.Send(Encoding.Latin1.GetBytes(words));
            }

            End = "FIN";
            if (closes)
                Socket.Close();
        }
        catch (SocketException e)
        {
            End = e.SocketErrorCode.ToString();
        }
        catch (ObjectDisposedException)
        {
            End = "closed by the test";
        }

        _ended.Set();
    }
}
