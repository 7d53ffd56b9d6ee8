using System.Text;

namespace Postern.Protocols.Tests.Outbound;

/// <summary>A next hop that keeps to the book, and the messages that it has accepted. Recipients called <c>no…</c> are refused, and senders too.</summary>
internal sealed class OrderlyHop
{
    private readonly StringBuilder _heard = new();
    private readonly List<string> _recipients = [];
    private string? _sender;
    private bool _inMessage;

    /// <summary>Sender, recipients, and the message with its dots and its end.</summary>
    public List<string> Accepted { get; } = [];

    public bool HasLeft { get; private set; }

    /// <summary>Hears, and answers whatever is whole.</summary>
    public string Hear(ReadOnlySpan<byte> words)
    {
        _ = _heard.Append(Encoding.Latin1.GetString(words));
        var answers = new StringBuilder();
        while (Answer() is { } answer)
            _ = answers.Append(answer).Append("\r\n");
        return answers.ToString();
    }

    private string? Answer()
    {
        string heard = _heard.ToString();
        if (_inMessage)
        {
            int end = ("\r\n" + heard).IndexOf("\r\n.\r\n", StringComparison.Ordinal);
            if (end < 0)
                return null;
            _ = _heard.Remove(0, end + 3);
            _inMessage = false;
            Accepted.Add($"{_sender} {string.Join(',', _recipients)} {heard[..(end + 3)]}");
            Reset();
            return "250 2.0.0 accepted";
        }

        int line = heard.IndexOf("\r\n", StringComparison.Ordinal);
        if (line < 0)
            return null;
        _ = _heard.Remove(0, line + 2);
        return Command(heard[..line]);
    }

    private string Command(string line)
    {
        switch (line.Split(' ', ':')[0])
        {
            case "MAIL" when _sender is null:
                _sender = line.Contains("<no", StringComparison.Ordinal) ? null : line[10..];
                return _sender is null ? "550 5.7.1 not you" : "250 2.1.0 ok";
            case "RCPT" when _sender is not null:
                if (line.Contains("<no", StringComparison.Ordinal))
                    return "550 5.1.1 nobody";
                _recipients.Add(line[8..]);
                return "250 2.1.5 ok";
            case "DATA" when _recipients.Count > 0:
                _inMessage = true;
                return "354 go on";
            case "RSET":
                Reset();
                return "250 2.0.0 ok";
            case "QUIT":
                HasLeft = true;
                return "221 2.0.0 bye";
            default:
                return "503 5.5.1 out of order";
        }
    }

    private void Reset()
    {
        _sender = null;
        _recipients.Clear();
    }
}
