using System.Globalization;
using System.Text;

namespace Postern.Cli.Demo;

/// <summary>
/// Enough of RFC 3501 for a person with openssl, or for curl, to read the mailbox: one user (demo, demo), one mailbox.
/// </summary>
internal sealed class DemoImapServer(MailStore store) : DemoServer
{
    protected override void Serve(Func<string?> read, Action<string> write)
    {
        write("* OK [CAPABILITY IMAP4rev1] demo ready (plain text)\r\n");
        bool loggedIn = false;
        while (read() is { } line)
        {
            string[] words = line.Split(' ', 3);
            if (words.Length < 2)
            {
                write("* BAD A tag and a command\r\n");
                continue;
            }

            string tag = words[0];
            string arguments = words.Length > 2 ? words[2] : "";
            string command = words[1].ToUpperInvariant();
            if (command == "UID" && arguments.Length > 0)
            {
                command = arguments.Split(' ')[0].ToUpperInvariant();
                arguments = arguments[command.Length..].TrimStart();
            }

            switch (command)
            {
                case "CAPABILITY":
                    write($"* CAPABILITY IMAP4rev1\r\n{tag} OK Done\r\n");
                    break;
                case "NOOP" or "CHECK":
                    write($"{tag} OK Done\r\n");
                    break;
                case "LOGIN":
                    loggedIn = arguments.Replace("\"", "", StringComparison.Ordinal) == "demo demo";
                    write(loggedIn ? $"{tag} OK Welcome\r\n" : $"{tag} NO The demo's user is demo, and so is the password\r\n");
                    break;
                case "LOGOUT":
                    write($"* BYE See you\r\n{tag} OK Done\r\n");
                    return;
                case var _ when !loggedIn:
                    write($"{tag} NO Log in first: {tag} LOGIN demo demo\r\n");
                    break;
                case "LIST":
                    write($"* LIST () \"/\" INBOX\r\n{tag} OK Done\r\n");
                    break;
                case "SELECT" or "EXAMINE":
                    write($"* {store.Count} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 1] Ids\r\n{tag} OK [READ-ONLY] Done\r\n");
                    break;
                case "SEARCH":
                    write($"* SEARCH{string.Concat(Enumerable.Range(1, store.Count).Select(i => $" {i}"))}\r\n{tag} OK Done\r\n");
                    break;
                case "FETCH":
                    Fetch(tag, arguments, write);
                    break;
                default:
                    write($"{tag} BAD The demo does not know {command}\r\n");
                    break;
            }
        }
    }

    private void Fetch(string tag, string arguments, Action<string> write)
    {
        string first = arguments.Split(' ', ':')[0];
        if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1 || number > store.Count)
        {
            write($"{tag} NO There is no such message\r\n");
            return;
        }

        string message = store[number - 1];
        write($"* {number} FETCH (UID {number} BODY[] {{{Encoding.Latin1.GetByteCount(message)}}}\r\n{message})\r\n{tag} OK Done\r\n");
    }
}
