using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.Resolver.Tests;

/// <summary>A mail that a sink has taken.</summary>
/// <param name="From">The envelope's sender.</param>
/// <param name="To">The envelope's recipient.</param>
/// <param name="Text">Header and body, without what SMTP puts before dots.</param>
internal sealed record SunkMail(string From, string To, byte[] Text);

/// <summary>An MTA on loopback that keeps what it takes.</summary>
internal sealed class SmtpSink : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Thread _thread;
    private readonly List<SunkMail> _mails = [];
    private volatile bool _ends;

    public SmtpSink()
    {
        _listener.Start();
        Address = (IPEndPoint)_listener.LocalEndpoint;
        _thread = new Thread(Serve);
        _thread.Start();
    }

    public IPEndPoint Address { get; }

    /// <summary>What it says to a recipient; null: it takes him.</summary>
    public string? Refuses { get; init; }

    /// <summary>Before it says that it has a mail.</summary>
    public TimeSpan Thinks { get; init; }

    public SunkMail[] Mails
    {
        get
        {
            lock (_mails)
                return [.. _mails];
        }
    }

    public void Dispose()
    {
        _ends = true;
        _listener.Stop();
        _thread.Join();
    }

    private void Serve()
    {
        while (!_ends)
        {
            try
            {
                using TcpClient client = _listener.AcceptTcpClient();
                client.ReceiveTimeout = 60_000;
                Talk(client.GetStream());
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // A client that went, or the end of the test.
            }
        }
    }

    private void Talk(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1);
        string from = "", to = "";
        Say(stream, "220 sink.example");
        while (reader.ReadLine() is { } line)
        {
            switch (line.Split(' ', ':')[0])
            {
                case "EHLO":
                    Say(stream, "250-sink.example\r\n250 8BITMIME");
                    break;
                case "MAIL":
                    from = line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];
                    Say(stream, "250 2.1.0 yes");
                    break;
                case "RCPT":
                    to = line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];
                    Say(stream, Refuses ?? "250 2.1.5 yes");
                    break;
                case "DATA":
                    Say(stream, "354 go on");
                    var text = new StringBuilder();
                    while (reader.ReadLine() is { } next && next != ".")
                        _ = text.Append(next.StartsWith('.') ? next[1..] : next).Append("\r\n");
                    lock (_mails)
                        _mails.Add(new SunkMail(from, to, Encoding.Latin1.GetBytes(text.ToString())));
                    Thread.Sleep(Thinks);
                    Say(stream, "250 2.0.0 it is here");
                    break;
                default:
                    Say(stream, "221 bye");
                    return;
            }
        }
    }

    private static void Say(Stream stream, string line) => stream.Write(Encoding.ASCII.GetBytes(line + "\r\n"));
}
