using System.Globalization;
using System.Text;

namespace Postern.Policy.TlsRpt;

/// <summary>
/// One mail to one recipient, said to an MTA that one knows (RFC 5321 §3.3): what came in, what is to be said, how it ended. No word
/// is said before the answer to the one before.
/// </summary>
/// <param name="hostName">What this machine calls itself.</param>
/// <param name="from">The envelope's sender.</param>
/// <param name="to">The envelope's recipient.</param>
/// <param name="mail">In lines of CRLF, the last one too.</param>
public sealed class RelayDialogue(string hostName, string from, string to, byte[] mail)
{
    /// <summary>RFC 5321 §4.5.3.1.5 has 512 for a line of an answer.</summary>
    private const int MaxLine = 2048;
    private const int MaxLines = 128;
    private const int MaxOutcome = 200;

    /// <summary>What its answer has to begin with, and what is said when it does.</summary>
    private readonly (char Good, Func<byte[]> Next)[] _steps =
    [
        ('2', () => Line("EHLO " + hostName)),
        ('2', () => Line($"MAIL FROM:<{from}>")),
        ('2', () => Line($"RCPT TO:<{to}>")),
        ('2', () => Line("DATA")),
        ('3', () => Stuffed(mail)),
        ('2', () => Line("QUIT")),
    ];

    private readonly StringBuilder _line = new();
    private int _step;
    private int _lines;

    /// <summary>Nothing more is to be heard.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The mail and its final dot are said; whether it is taken is not.</summary>
    public bool IsSaid => !IsOver && _step == _steps.Length - 1;

    /// <summary>The MTA has it.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>The last answer, escaped; empty before the first.</summary>
    public string Outcome { get; private set; } = "";

    /// <param name="bytes">What came next.</param>
    /// <returns>What is to be said now; empty: nothing.</returns>
    public byte[] Feed(ReadOnlySpan<byte> bytes)
    {
        foreach (byte letter in bytes)
        {
            if (IsOver)
                break;
            if (letter != '\n')
            {
                _ = _line.Append((char)letter);
                if (_line.Length > MaxLine)
                    return Fail("the relay's answer has no end");
                continue;
            }

            string line = _line.ToString().TrimEnd('\r');
            _ = _line.Clear();
            if (line.Length < 3 || !line[..3].All(char.IsAsciiDigit) || ++_lines > MaxLines)
                return Fail("what the relay answers is no SMTP");

            // What is not the last line of an answer has a hyphen behind its code. One is answered by one word: nothing comes behind it.
            if (line.Length == 3 || line[3] != '-')
                return Answer(line);
        }

        return [];
    }

    private byte[] Answer(string line)
    {
        Outcome = Escaped(line);
        _lines = 0;
        (char good, Func<byte[]> next) = _steps[_step++];
        if (line[0] != good)
        {
            IsOver = true;
            return Line("QUIT");
        }

        IsOver = IsTaken = _step == _steps.Length;
        return next();
    }

    private byte[] Fail(string outcome)
    {
        IsOver = true;
        Outcome = outcome;
        return [];
    }

    private static byte[] Line(string text) => Encoding.ASCII.GetBytes(text + "\r\n");

    /// <summary>RFC 5321 §4.5.2: a line that begins with a dot has another before it; a dot alone ends the mail.</summary>
    private static byte[] Stuffed(byte[] mail)
    {
        string text = Encoding.Latin1.GetString(mail);
        string stuffed = (text.StartsWith('.') ? "." : "") + text.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        return Encoding.Latin1.GetBytes(stuffed + ".\r\n");
    }

    private static string Escaped(string line)
    {
        var text = new StringBuilder();
        foreach (char letter in line.AsSpan(0, Math.Min(line.Length, MaxOutcome)))
            _ = letter is >= ' ' and <= '~' ? text.Append(letter) : text.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}");
        return text.ToString();
    }
}
