using System.Text;

namespace Postern.Cli.Demo;

/// <summary>Enough of RFC 5321 to take a mail, without a word about TLS: that is the gate's business.</summary>
internal sealed class DemoSmtpServer(MailStore store) : DemoServer
{
    protected override void Serve(Func<string?> read, Action<string> write)
    {
        write("220 demo ESMTP (plain text)\r\n");
        bool sender = false;
        bool recipient = false;
        while (read() is { } line)
        {
            switch (line.Split(' ', ':')[0].ToUpperInvariant())
            {
                case "EHLO":
                    write("250-demo\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 SIZE 10000000\r\n");
                    break;
                case "HELO" or "NOOP":
                    write("250 OK\r\n");
                    break;
                case "AUTH":
                    write("235 2.7.0 Welcome\r\n");
                    break;
                case "RSET":
                    sender = recipient = false;
                    write("250 OK\r\n");
                    break;
                case "MAIL":
                    sender = true;
                    write("250 OK\r\n");
                    break;
                case "RCPT" when sender:
                    recipient = true;
                    write("250 OK\r\n");
                    break;
                case "DATA" when recipient:
                    write("354 Go ahead\r\n");
                    if (ReadMessage(read) is not { } message)
                        return;
                    store.Add(message);
                    sender = recipient = false;
                    write($"250 OK, message {store.Count}\r\n");
                    break;
                case "RCPT" or "DATA":
                    write("503 Not yet\r\n");
                    break;
                case "QUIT":
                    write("221 Bye\r\n");
                    return;
                default:
                    write("500 What?\r\n");
                    break;
            }
        }
    }

    private static string? ReadMessage(Func<string?> read)
    {
        var message = new StringBuilder();
        while (read() is { } line)
        {
            if (line == ".")
                return message.ToString();

            // RFC 5321 §4.5.2: a dot in front was doubled by the sender.
            _ = message.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }

        return null;
    }
}
