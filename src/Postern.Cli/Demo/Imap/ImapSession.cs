using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Postern.Cli.Demo.Imap;

/// <summary>One connection's state: logged in or not, the mailbox open or not, the mails it knows of.</summary>
internal sealed class ImapSession(Mailbox mailbox, LineConnection connection)
{
    private const string Capabilities = "* CAPABILITY IMAP4rev1 IDLE LITERAL-\r\n";

    private bool _loggedIn;
    private bool _selected;
    private ImmutableArray<StoredMail> _mails = [];

    public bool Ended { get; private set; }

    public async Task Answer(string line)
    {
        List<string> words = ImapWords.Split(line);
        if (words.Count < 2)
        {
            await connection.Write("* BAD A tag and a command are needed\r\n");
            return;
        }

        string answer = await Command(words[1].ToUpperInvariant(), words[2..]);
        await connection.Write($"{words[0]} {answer}\r\n");
    }

    private async Task<string> Command(string verb, List<string> arguments)
    {
        switch (verb)
        {
            case "CAPABILITY":
                await connection.Write(Capabilities);
                return "OK Done";
            case "NOOP" or "CHECK":
                await TellNews();
                return "OK Done";
            case "LOGOUT":
                Ended = true;
                await connection.Write("* BYE\r\n");
                return "OK Done";
            case "LOGIN" when !_loggedIn && arguments.Count == 2:
                _loggedIn = arguments is [Mailbox.User, Mailbox.Password];
                return _loggedIn ? "OK Logged in" : "NO [AUTHENTICATIONFAILED] Wrong user or password";
            case var _ when !_loggedIn:
                return "BAD Not known, or not before LOGIN";
            case "LIST" or "LSUB" when arguments.Count == 2:
                if (arguments[1] is "*" or "%" || IsInbox(arguments[1]))
                    await connection.Write($"* {verb} () \"/\" INBOX\r\n");
                return "OK Done";
            case "STATUS" when arguments.Count == 2:
                return await Status(arguments);
            case "SELECT" or "EXAMINE" when arguments.Count == 1:
                return await Select(arguments[0]);
            case var _ when !_selected:
                return "BAD Not known, or not before SELECT";
            case "CLOSE":
                _selected = false;
                return "OK Done";
            case "FETCH" when arguments.Count == 2:
                return await Fetch(arguments, byUid: false);
            case "SEARCH" when arguments.Count > 0:
                return await Search(arguments);
            case "UID" when arguments.Count == 3 && arguments[0].Equals("FETCH", StringComparison.OrdinalIgnoreCase):
                return await Fetch(arguments[1..], byUid: true);
            case "UID" when arguments.Count > 1 && arguments[0].Equals("SEARCH", StringComparison.OrdinalIgnoreCase):
                return await Search(arguments[1..]);
            case "IDLE":
                return await Idle();
            default:
                return "BAD Not known here";
        }
    }

    private async Task<string> Status(List<string> arguments)
    {
        if (!IsInbox(arguments[0]))
            return "NO [NONEXISTENT] There is only INBOX";

        int count = mailbox.Mails.Length;
        var items = new List<string>();
        foreach (string item in ImapWords.Split(Inside(arguments[1].ToUpperInvariant())))
        {
            int value = item switch { "UIDNEXT" => count + 1, "UIDVALIDITY" => 1, "RECENT" => 0, _ => count };
            items.Add(string.Create(CultureInfo.InvariantCulture, $"{item} {value}"));
        }

        await connection.Write($"* STATUS INBOX ({string.Join(' ', items)})\r\n");
        return "OK Done";
    }

    private async Task<string> Select(string name)
    {
        _selected = IsInbox(name);
        if (!_selected)
            return "NO [NONEXISTENT] There is only INBOX";

        _mails = mailbox.Mails;
        await connection.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"* {_mails.Length} EXISTS\r\n* 0 RECENT\r\n* FLAGS ()\r\n* OK [PERMANENTFLAGS ()] None\r\n* OK [UIDVALIDITY 1] Of this run\r\n* OK [UIDNEXT {_mails.Length + 1}] Next\r\n"));
        return "OK [READ-ONLY] Done";
    }

    private async Task<string> Fetch(List<string> arguments, bool byUid)
    {
        // The number of a mail and its UID are the same here: nothing is ever removed.
        if (SequenceSet.Parse(arguments[0], _mails.Length) is not { } chosen)
            return "BAD Not a sequence set";

        List<string> items = arguments[1].Equals("FAST", StringComparison.OrdinalIgnoreCase)
            ? ["FLAGS", "INTERNALDATE", "RFC822.SIZE"]
            : ImapWords.Split(Inside(arguments[1]));
        if (byUid && !items.Contains("UID", StringComparer.OrdinalIgnoreCase))
            items.Insert(0, "UID");

        var answer = new StringBuilder();
        foreach (StoredMail mail in _mails.Where(mail => chosen(mail.Uid)))
        {
            List<string?> values = items.ConvertAll(item => FetchItem.Write(item, mail));
            if (values.Contains(null))
                return "BAD An item is not known here";
            answer.Append(CultureInfo.InvariantCulture, $"* {mail.Uid} FETCH ({string.Join(' ', values)})\r\n");
        }

        await connection.Write(answer.ToString());
        return "OK Done";
    }

    private async Task<string> Search(List<string> arguments)
    {
        // Numbers and UIDs are the same here, so both searches answer alike.
        IEnumerable<StoredMail> found = _mails;
        for (int i = 0; i < arguments.Count; i++)
        {
            string key = arguments[i].ToUpperInvariant();
            if (key is "ALL" or "UNSEEN" or "NEW" or "UNDELETED")
                continue;
            if (key is "SUBJECT" or "FROM" or "TO" or "TEXT" or "BODY" && i + 1 < arguments.Count)
            {
                string wanted = arguments[++i];
                found = found.Where(mail => Mentions(mail, key, wanted));
            }
            else if (SequenceSet.Parse(key == "UID" && i + 1 < arguments.Count ? arguments[++i] : key, _mails.Length) is { } set)
            {
                found = found.Where(mail => set(mail.Uid));
            }
            else
            {
                return "BAD A search key is not known here";
            }
        }

        await connection.Write("* SEARCH" + string.Concat(found.Select(mail => " " + mail.Uid.ToString(CultureInfo.InvariantCulture))) + "\r\n");
        return "OK Done";
    }

    /// <summary>RFC 2177: news as they come, until the client says DONE.</summary>
    private async Task<string> Idle()
    {
        await connection.Write("+ idling\r\n");
        Task<string?> done = connection.ReadLine();
        while (!done.IsCompleted)
        {
            Task change = mailbox.NextChange;
            await TellNews();
            await Task.WhenAny(done, change);
        }

        string? said = await done;
        Ended = said is null;
        return said is not null && said.Equals("DONE", StringComparison.OrdinalIgnoreCase) ? "OK Done" : "BAD DONE was expected";
    }

    private async Task TellNews()
    {
        ImmutableArray<StoredMail> now = mailbox.Mails;
        if (!_selected || now.Length == _mails.Length)
            return;

        _mails = now;
        await connection.Write(string.Create(CultureInfo.InvariantCulture, $"* {now.Length} EXISTS\r\n"));
    }

    private static bool Mentions(StoredMail mail, string key, string wanted)
    {
        string section = key switch { "TEXT" => "BODY[]", "BODY" => "BODY[TEXT]", _ => $"BODY[HEADER.FIELDS ({key})]" };
        string text = FetchItem.Write(section, mail)!;
        return text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..].Contains(wanted, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsInbox(string name) => name.Equals("INBOX", StringComparison.OrdinalIgnoreCase);

    private static string Inside(string list) => list is ['(', .. var inside, ')'] ? inside : list;
}
