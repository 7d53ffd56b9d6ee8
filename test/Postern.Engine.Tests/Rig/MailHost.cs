using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postern.Engine.Tests.Rig;

/// <summary>What a mail host does besides what it should.</summary>
internal sealed record MailHostOptions
{
    /// <summary>Null: STARTTLS is not offered.</summary>
    public X509Certificate2? Certificate { get; init; }

    public string Greeting { get; init; } = "220 mx ESMTP";

    public string[] Extensions { get; init; } = ["PIPELINING", "8BITMIME", "SIZE 1000000", "ENHANCEDSTATUSCODES"];

    /// <summary>In place of "220": to STARTTLS.</summary>
    public string StartTlsAnswer { get; init; } = "220 2.0.0 go";

    /// <summary>Answers by the command's first words; "" for none.</summary>
    public Dictionary<string, string> Answers { get; init; } = [];

    /// <summary>Closes the socket in place of a handshake.</summary>
    public bool BreaksHandshake { get; init; }

    /// <summary>In the middle of a message, after so many lines: it closes.</summary>
    public int ClosesAfterLines { get; init; } = int.MaxValue;

    /// <summary>Does not say whether it has the message, until the test lets it.</summary>
    public ManualResetEventSlim? HoldsDelivery { get; init; }
}

/// <summary>A mail server that takes what it is given, on loopback; it remembers every command and every message.</summary>
internal sealed class MailHost : IDisposable
{
    private readonly TcpListener _listener;
    private readonly MailHostOptions _options;
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly SemaphoreSlim _ended = new(0);
    private int _connections;

    public MailHost(MailHostOptions? options = null, string address = "127.0.0.1", int port = 0)
    {
        _options = options ?? new MailHostOptions();
        _listener = new TcpListener(IPAddress.Parse(address), port);
        _listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => _connections;

    /// <summary>Commands in the order in which they came, those inside TLS with a "*" before them.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>Messages that were taken: all between DATA and the dot, with its dots.</summary>
    public ConcurrentQueue<string> Messages { get; } = new();

    /// <summary>Connections that broke off, by RST or in the middle of a message.</summary>
    public int Broken { get; private set; }

    public string Heard => string.Join('|', Commands);

    /// <summary>Waits for the end of one connection.</summary>
    public bool WaitForEnd() => _ended.Wait(TimeSpan.FromSeconds(10));

    public void Dispose()
    {
        _listener.Stop();
        foreach (Socket socket in _sockets)
            socket.Dispose();
        _ended.Dispose();
    }

    private void Accept()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = _listener.AcceptSocket();
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            _sockets.Add(socket);
            _ = Interlocked.Increment(ref _connections);
            new Thread(() => Serve(socket)) { IsBackground = true }.Start();
        }
    }

    private void Serve(Socket socket)
    {
        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: true);
            Talk(stream);
        }
        catch (Exception broken) when (broken is IOException or SocketException or ObjectDisposedException or AuthenticationException or InvalidOperationException)
        {
            Broken++;
        }

        try
        {
            _ = _ended.Release();
        }
        catch (ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Talk(Stream stream)
    {
        string inside = "";
        Say(stream, _options.Greeting);
        while (ReadLine(stream) is { } line)
        {
            Commands.Enqueue(inside + line);
            string verb = line.Split(' ', ':')[0].ToUpperInvariant();
            if (_options.Answers.FirstOrDefault(answer => line.StartsWith(answer.Key, StringComparison.OrdinalIgnoreCase)) is { Key: not null, Value: var said })
            {
                if (said.Length > 0)
                    Say(stream, said);
                continue;
            }

            switch (verb)
            {
                case "EHLO":
                    string[] offers = [.. _options.Extensions, .. _options.Certificate is not null && inside.Length == 0 ? ["STARTTLS"] : Array.Empty<string>()];
                    Say(stream, string.Join("\r\n", offers.Prepend("mx").Select((offer, index) => (index == offers.Length ? "250 " : "250-") + offer)));
                    break;

                case "STARTTLS":
                    Say(stream, _options.StartTlsAnswer);
                    if (!_options.StartTlsAnswer.StartsWith("220", StringComparison.Ordinal))
                        break;
                    if (_options.BreaksHandshake)
                        return;
                    var tls = new SslStream(stream, leaveInnerStreamOpen: false);
                    tls.AuthenticateAsServer(_options.Certificate!);
                    stream = tls;
                    inside = "*";
                    break;

                case "DATA":
                    Say(stream, "354 go");
                    if (!TakeMessage(stream))
                        return;
                    break;

                case "QUIT":
                    Say(stream, "221 2.0.0 bye");
                    return;

                default:
                    Say(stream, "250 2.0.0 ok");
                    break;
            }
        }
    }

    private bool TakeMessage(Stream stream)
    {
        var text = new StringBuilder();
        for (int lines = 0; ReadLine(stream) is { } line; lines++)
        {
            if (lines >= _options.ClosesAfterLines)
                return false;
            if (line == ".")
            {
                _options.HoldsDelivery?.Wait(TimeSpan.FromSeconds(20));
                Messages.Enqueue(text.ToString());
                Say(stream, "250 2.0.0 queued as 1");
                return true;
            }

            _ = text.Append(line).Append("\r\n");
        }

        throw new IOException("it ended in the middle of a message");
    }

    private static void Say(Stream stream, string lines) => stream.Write(Encoding.Latin1.GetBytes(lines + "\r\n"));

    /// <summary>Null at the end.</summary>
    private static string? ReadLine(Stream stream)
    {
        var line = new StringBuilder();
        int value;
        while ((value = stream.ReadByte()) >= 0)
        {
            _ = line.Append((char)value);
            if (line is [.., '\r', '\n'])
                return line.ToString(0, line.Length - 2);
        }

        return line.Length == 0 ? null : throw new IOException("it ended in the middle of a line");
    }
}
