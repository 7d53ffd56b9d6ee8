using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>What became of one message.</summary>
/// <param name="Reply">The reply that refused it, or the last one, that to its end.</param>
/// <param name="Port">The client's, by which the gate's log has it.</param>
internal sealed record SentMail(string Reply, int Port)
{
    /// <param name="reply">How the reply must begin.</param>
    /// <param name="what">Which message.</param>
    public void Expect(string reply, string what = "") =>
        Assert.True(Reply.StartsWith(reply, StringComparison.Ordinal), $"{what}: {Reply}, not {reply}");
}

/// <summary>How TLS comes to a server.</summary>
internal enum ClientTls
{
    None,
    Implicit,
    StartTls,
}

/// <summary>A client of SMTP that says a command at a time, and hears each reply. Whom it talks to, it does not verify.</summary>
internal sealed class MailClient : IDisposable
{
    private const int PatienceMilliseconds = 150_000;

    private readonly TcpClient _tcp;
    private Stream _stream;
    private StreamReader _reader;

    /// <param name="port">Of that address.</param>
    /// <param name="address">Whose.</param>
    /// <param name="tls">How.</param>
    public MailClient(int port, string address = "127.0.0.1", ClientTls tls = ClientTls.None)
    {
        _tcp = new TcpClient(address, port) { ReceiveTimeout = PatienceMilliseconds, NoDelay = true };
        _stream = _tcp.GetStream();
        _reader = new StreamReader(_stream, Encoding.ASCII);
        if (tls == ClientTls.Implicit)
            Secure();
        Reply = Hear();
        Say("EHLO client.test");
        if (tls == ClientTls.StartTls)
        {
            Say("STARTTLS");
            Secure();
            Say("EHLO client.test");
        }
    }

    /// <summary>The last line of the last reply.</summary>
    public string Reply { get; private set; }

    /// <summary>One message, and goodbye.</summary>
    /// <param name="port">Of 127.0.0.1.</param>
    /// <param name="recipient">Its address.</param>
    /// <param name="parameters">Of MAIL, with a space before.</param>
    /// <param name="tls">How.</param>
    public static SentMail Send(int port, string recipient, string parameters = "", ClientTls tls = ClientTls.None)
    {
        using var client = new MailClient(port, tls: tls);
        client.Transact(recipient, parameters);
        var sent = new SentMail(client.Reply, ((IPEndPoint)client._tcp.Client.LocalEndPoint!).Port);
        client.Say("QUIT");
        return sent;
    }

    /// <summary>One message, as far as it gets.</summary>
    public void Transact(string recipient, string parameters = "")
    {
        foreach (string command in (ReadOnlySpan<string>)[$"MAIL FROM:<me@sender.test>{parameters}", $"RCPT TO:<{recipient}>", "DATA", "Subject: a test\r\n\r\nHello.\r\n."])
        {
            Say(command);
            if (Reply[0] is '4' or '5')
                return;
        }
    }

    public void Say(string command)
    {
        _stream.Write(Encoding.ASCII.GetBytes(command + "\r\n"));
        Reply = Hear();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _tcp.Dispose();
    }

    private void Secure()
    {
        var tls = new SslStream(_tcp.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        tls.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = "gate.example.test", AllowTlsResume = false });
        _stream = tls;
        _reader = new StreamReader(tls, Encoding.ASCII);
    }

    private string Hear()
    {
        string line;
        do
        {
            line = _reader.ReadLine() ?? throw new IOException("the other side has closed the connection");
        }
        while (line.Length > 3 && line[3] == '-');
        return line;
    }
}
