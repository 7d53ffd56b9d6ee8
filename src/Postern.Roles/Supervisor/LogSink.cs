using Postern.Configuration.Settings;
using Postern.Engine.Logging;
using Postern.Interop.LibC;

namespace Postern.Roles.Supervisor;

/// <summary>
/// Where all log entries end: standard error, or journald. The supervisor alone writes, since a worker may open
/// nothing; it takes a worker's entries as opaque lines. Who reads them, and how slowly, does not hold it up.
/// </summary>
public sealed class LogSink
{
    private const string JournalSocket = "/run/systemd/journal/socket";
    private const int StandardError = 2;
    private const int MaxEntry = 8 * 1024;

    private readonly int _journal;
    private readonly LogEntry _entry;
    private readonly LogWriter _writer;

    public LogSink(LogTarget target)
        : this(target, target == LogTarget.Journal ? StreamSocket.ConnectDatagram(SocketAddress.Unix(JournalSocket)) : -1)
    {
    }

    /// <param name="target">What is asked for.</param>
    /// <param name="journal">A way to journald, or minus errno.</param>
    public LogSink(LogTarget target, int journal)
    {
        _journal = journal;
        Format = target switch
        {
            LogTarget.Json => LogFormat.Json,
            LogTarget.Journal => LogFormat.Journal,
            _ => LogFormat.Plain,
        };
        if (target == LogTarget.Journal && journal < 0)
        {
            Format = LogFormat.Plain;
            JournalProblem = $"journald does not answer at {JournalSocket} ({Errno.Describe(journal)}): logging to standard error";
        }

        _entry = new LogEntry(Format);
        _writer = new LogWriter(_journal < 0 ? piece => WriteAll(piece) : piece => StreamSocket.Send(_journal, piece), Lost);
    }

    /// <summary>Also what workers are told to write.</summary>
    public LogFormat Format { get; }

    /// <summary>Null when the target is what was asked for.</summary>
    public string? JournalProblem { get; }

    public LogTarget Target => Format switch
    {
        LogFormat.Json => LogTarget.Json,
        LogFormat.Journal => LogTarget.Journal,
        _ => LogTarget.Stderr,
    };

    /// <param name="severity">syslog's numbers: 6 info, 4 warning, 3 error.</param>
    /// <param name="name">What kind of entry it is.</param>
    /// <param name="message">One line for a person.</param>
    public void Say(int severity, string name, string message)
    {
        Span<byte> entry = stackalloc byte[MaxEntry];
        int length = _entry.Write(severity, name, message, entry);
        _ = WriteEntries(entry[..length]);
    }

    /// <summary>The last word: what is still to be written is waited for, though not for ever.</summary>
    public void Close() => _writer.Close();

    /// <summary>Takes the whole entries at the front of these bytes; returns how many bytes they were.</summary>
    public int WriteEntries(ReadOnlySpan<byte> bytes)
    {
        if (_journal < 0)
        {
            int end = bytes.LastIndexOf((byte)'\n') + 1;
            _writer.Add(bytes[..end]);
            return end;
        }

        // Blocks are closed by an empty line: a datagram each, without it.
        int written = 0;
        int blank;
        while ((blank = bytes[written..].IndexOf("\n\n"u8)) >= 0)
        {
            _writer.Add(bytes.Slice(written, blank + 1));
            written += blank + 2;
        }

        return written;
    }

    private byte[] Lost(long bytes)
    {
        byte[] entry = new byte[MaxEntry];
        int length = new LogEntry(Format).Write(4, "problem", $"{bytes} bytes of log were dropped: the log is not read fast enough", entry);

        // A journal's entry goes without the empty line that closes it.
        return entry[..(_journal < 0 ? length : length - 1)];
    }

    private static void WriteAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = Descriptor.Write(StandardError, bytes);
            if (count == -Errno.Interrupted)
                continue;

            // Nobody reads standard error: there is no other place to say so.
            if (count <= 0)
                return;
            bytes = bytes[count..];
        }
    }
}
