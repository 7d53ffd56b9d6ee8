using System.Globalization;
using System.Text;

namespace Postern.Engine.Logging;

/// <summary>
/// Builds one log entry in the chosen format. Every value goes through <see cref="Text"/>, which lets nothing but
/// printable ASCII through: what a peer wrote can neither break a line nor drive a terminal.
/// </summary>
internal sealed class LineBuilder(LogFormat format)
{
    /// <summary>A longer value is cut: a log line is for reading.</summary>
    private const int MaxValue = 256;

    private readonly StringBuilder _line = new(512);

    public LogFormat Format => format;

    /// <param name="severity">syslog's numbers: 6 info, 4 warning, 3 error.</param>
    /// <param name="name">What kind of entry it is: <c>connection</c>, <c>summary</c>, <c>start</c>, …</param>
    /// <param name="message">One line for a person, for the journal; the plain format has it in front of the values.</param>
    public void Begin(int severity, string name, string message)
    {
        _line.Clear();
        string time = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        switch (format)
        {
            case LogFormat.Json:
                _line.Append("{\"time\":\"").Append(time).Append("\",\"event\":\"").Append(name).Append('"');
                if (message.Length > 0)
                    Text("message", message);
                break;
            case LogFormat.Journal:
                _line.Append("PRIORITY=").Append(severity).Append("\nSYSLOG_IDENTIFIER=posternd\nPOSTERN_EVENT=").Append(name).Append('\n');
                _line.Append("MESSAGE=");
                Escape(message.Length > 0 ? message : name, quote: false, max: 1024);
                _line.Append('\n');
                break;
            default:
                _line.Append(time).Append(" posternd ").Append(name).Append(':');
                if (message.Length > 0)
                {
                    _line.Append(' ');
                    Escape(message, quote: false, max: 1024);
                }

                break;
        }
    }

    public void Text(string key, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;

        switch (format)
        {
            case LogFormat.Json:
                _line.Append(",\"").Append(key).Append("\":\"");
                Escape(value, quote: true, max: key == "message" ? 1024 : MaxValue);
                _line.Append('"');
                break;
            case LogFormat.Journal:
                JournalField(key);
                Escape(value, quote: false, max: MaxValue);
                _line.Append('\n');
                break;
            default:
                bool quoted = value.AsSpan().ContainsAny(' ', '"', '=');
                _line.Append(' ').Append(key).Append('=');
                if (quoted)
                    _line.Append('"');
                Escape(value, quote: true, max: MaxValue);
                if (quoted)
                    _line.Append('"');
                break;
        }
    }

    public void Number(string key, long value)
    {
        switch (format)
        {
            case LogFormat.Json:
                _line.Append(",\"").Append(key).Append("\":").Append(value);
                break;
            case LogFormat.Journal:
                JournalField(key);
                _line.Append(value).Append('\n');
                break;
            default:
                _line.Append(' ').Append(key).Append('=').Append(value);
                break;
        }
    }

    public void Flag(string key, bool value)
    {
        if (format == LogFormat.Json)
            _line.Append(",\"").Append(key).Append("\":").Append(value ? "true" : "false");
        else if (value)
            Text(key, "yes");
    }

    /// <summary>The entry, closed: ASCII only.</summary>
    public int End(Span<byte> destination)
    {
        _line.Append(format == LogFormat.Json ? "}\n" : "\n");
        int length = Math.Min(_line.Length, destination.Length);
        int done = 0;
        foreach (ReadOnlyMemory<char> chunk in _line.GetChunks())
        {
            int take = Math.Min(chunk.Length, length - done);
            done += Encoding.ASCII.GetBytes(chunk.Span[..take], destination[done..]);
        }

        return done;
    }

    /// <summary>
    /// journald drops a field whose name has anything but capital letters, digits and underscores
    /// (systemd.journal-fields(7)), and says nothing.
    /// </summary>
    private void JournalField(string key) =>
        _line.Append("POSTERN_").Append(key.ToUpperInvariant()).Replace('-', '_', _line.Length - key.Length, key.Length).Append('=');

    private void Escape(string value, bool quote, int max)
    {
        ReadOnlySpan<char> text = value.AsSpan(0, Math.Min(value.Length, max));
        foreach (char c in text)
        {
            if (c is < ' ' or > '~' || (format != LogFormat.Json && c == '\\' && quote))
                _line.Append(format == LogFormat.Json ? "\\u" : "\\x").Append(((int)c).ToString(format == LogFormat.Json ? "x4" : "x2", CultureInfo.InvariantCulture));
            else if (quote && c is '"' or '\\')
                _line.Append('\\').Append(c);
            else
                _line.Append(c);
        }

        if (value.Length > max)
            _line.Append("...");
    }
}
