using System.Text;

namespace Postern.Cli.Demo;

/// <summary>
/// A small SMTP server (RFC 5321) without TLS. As a submission server it wants AUTH PLAIN (RFC 4954, 4616) first, as a
/// mail exchanger it takes what comes. Everything goes to the one mailbox.
/// </summary>
internal sealed class SmtpServer(Mailbox mailbox, bool submission) : PlainServer
{
    private const int MaxMail = 10 * 1024 * 1024;
    private const int MaxRecipients = 100;

    protected override async Task Serve(LineConnection connection)
    {
        await connection.Write("220 localhost ESMTP plain\r\n");
        var session = new Session(this, connection);
        while (await Hear(connection) is { } line)
        {
            await connection.Write(await session.Answer(line) + "\r\n");
            if (session.Ended)
                return;
        }
    }

    private sealed class Session(SmtpServer server, LineConnection connection)
    {
        private string? _hello;
        private bool _authenticated;
        private string? _from;
        private int _recipients;

        public bool Ended { get; private set; }

        public async Task<string> Answer(string line)
        {
            (string verb, string argument) = line.Split(' ', 2) switch
            {
                [var one, var two] => (one.ToUpperInvariant(), two),
                [var one, ..] => (one.ToUpperInvariant(), ""),
                _ => ("", ""),
            };
            switch (verb)
            {
                case "EHLO" or "HELO" when argument.Length > 0:
                    Reset();
                    _hello = argument;
                    string offers = server.IsSubmission ? "250-AUTH PLAIN\r\n" : "";
                    return verb == "HELO" ? "250 localhost" : $"250-localhost\r\n{offers}250-8BITMIME\r\n250 SIZE {MaxMail}";
                case "AUTH":
                    return await Authenticate(argument);
                case "MAIL":
                    return Mail(argument);
                case "RCPT":
                    return Recipient(argument);
                case "DATA":
                    return await Data();
                case "RSET":
                    Reset();
                    return "250 2.0.0 OK";
                case "NOOP":
                    return "250 2.0.0 OK";
                case "QUIT":
                    Ended = true;
                    return "221 2.0.0 Bye";
                default:
                    return "500 5.5.2 Command not known";
            }
        }

        private async Task<string> Authenticate(string argument)
        {
            string[] words = argument.Split(' ');
            if (!server.IsSubmission || !words[0].Equals("PLAIN", StringComparison.OrdinalIgnoreCase) || words.Length > 2)
                return "504 5.5.4 AUTH PLAIN at the submission port only";
            if (_hello is null || _authenticated)
                return "503 5.5.1 Not now";

            string? response = words is [_, var initial] ? initial : null;
            if (response is null)
            {
                await connection.Write("334 \r\n");
                response = await connection.ReadLine() ?? "*";
            }

            byte[] decoded = new byte[response.Length];
            bool good = Convert.TryFromBase64String(response, decoded, out int length)
                && Encoding.UTF8.GetString(decoded, 0, length).Split('\0') is [_, Mailbox.User, Mailbox.Password];
            _authenticated = good;
            return good ? "235 2.7.0 Authenticated" : "535 5.7.8 Wrong user or password";
        }

        private string Mail(string argument)
        {
            if (_hello is null || _from is not null)
                return "503 5.5.1 Not now";
            if (server.IsSubmission && !_authenticated)
                return "530 5.7.0 Authentication required";
            if (Path(argument, "FROM:") is not { } from)
                return "501 5.5.4 MAIL FROM:<address>";
            _from = from;
            return "250 2.1.0 OK";
        }

        private string Recipient(string argument)
        {
            if (_from is null)
                return "503 5.5.1 MAIL first";
            if (Path(argument, "TO:") is not { Length: > 0 })
                return "501 5.5.4 RCPT TO:<address>";
            return ++_recipients > MaxRecipients ? "452 4.5.3 Too many recipients" : "250 2.1.5 OK";
        }

        private async Task<string> Data()
        {
            if (_recipients == 0)
                return "503 5.5.1 RCPT first";

            await connection.Write("354 End with a line of one dot\r\n");
            var content = new StringBuilder($"Return-Path: <{_from}>\r\nReceived: from {_hello} by localhost; {DateTimeOffset.UtcNow:r}\r\n");
            while (await connection.ReadLine() is { } line)
            {
                if (line == ".")
                {
                    bool tooLarge = content.Length > MaxMail;
                    Reset();
                    if (tooLarge)
                        return "552 5.3.4 Too large";
                    server.Store(Encoding.Latin1.GetBytes(content.ToString()));
                    return "250 2.0.0 Delivered";
                }

                // RFC 5321 §4.5.2: a dot that begins a line was put there by the client.
                if (content.Length <= MaxMail)
                    content.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
            }

            Ended = true;
            return "";
        }

        private void Reset() => (_from, _recipients) = (null, 0);

        private static string? Path(string argument, string word)
        {
            if (!argument.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                return null;
            string rest = argument[word.Length..].TrimStart();
            int end = rest.IndexOf('>', StringComparison.Ordinal);
            return rest.StartsWith('<') && end > 0 ? rest[1..end] : null;
        }
    }

    private bool IsSubmission => submission;

    private void Store(byte[] mail) => mailbox.Deliver(mail);
}
