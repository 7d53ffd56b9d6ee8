using Postern.Engine.Connections;
using Postern.Engine.Loop;
using Postern.Interop.LibC;

namespace Postern.Engine.Logging;

/// <summary>
/// A worker's log: entries are gathered and handed to the supervisor a few times a second, over a pipe that never
/// blocks. What does not fit is counted and said, not waited for.
/// </summary>
public sealed class Log : PollTarget, IConnectionLog
{
    private const int BufferSize = 128 * 1024;

    /// <summary>The room that one entry may need.</summary>
    private const int MaxEntry = 4096;

    private const int FlushMilliseconds = 200;

    private readonly Reactor _reactor;
    private readonly int _fd;
    private readonly LineBuilder _line;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;
    private long _lost;

    public Log(Reactor reactor, int fd, LogFormat format)
    {
        ArgumentNullException.ThrowIfNull(reactor);
        _reactor = reactor;
        _fd = fd;
        _line = new LineBuilder(format);
        Failures = new FailureSummary(this, reactor);
        reactor.Add(this);
    }

    public FailureSummary Failures { get; }

    /// <summary>Something that is about no single connection.</summary>
    /// <param name="severity">syslog's numbers: 6 info, 4 warning, 3 error.</param>
    public void Say(int severity, string name, string message)
    {
        if (!HasRoom())
            return;

        _line.Begin(severity, name, message);
        Append();
    }

    /// <summary>Writes it out, unless it is one more of a flood of failures.</summary>
    public void Write(in ConnectionRecord record)
    {
        bool failed = record.Outcome is not (Outcome.Closed or Outcome.Idle) && record.Stage != Stage.Relay;
        if ((failed && !Failures.Admit(record.Gate, OutcomeNames.Of(record.Outcome))) || !HasRoom())
            return;

        string message = _line.Format == LogFormat.Journal
            ? $"{record.Gate}: {record.Client} {OutcomeNames.Of(record.Outcome)} at {StageNames.Of(record.Stage)}"
            : "";
        _line.Begin(6, "connection", message);
        _line.Text("gate", record.Gate);
        _line.Text("protocol", record.Protocol);
        _line.Text("client", record.Client.ToString());
        _line.Text("sni", record.ServerName);
        _line.Text("alpn", record.Alpn);
        _line.Text("tls", record.TlsVersion);
        _line.Text("cipher", record.Cipher);
        _line.Flag("resumed", record.Resumed);
        _line.Text("domain", record.Domain);
        _line.Text("backend", record.Backend);
        _line.Text("backend-tls", record.BackendTls);
        _line.Number("in", record.BytesIn);
        _line.Number("out", record.BytesOut);
        _line.Number("ms", record.Milliseconds);
        _line.Text("stage", StageNames.Of(record.Stage));
        _line.Text("outcome", OutcomeNames.Of(record.Outcome));
        _line.Text("detail", record.Detail);
        Append();
    }

    /// <summary>Hands over what there is; what the pipe does not take stays for the next time.</summary>
    public void Flush()
    {
        while (_start < _end)
        {
            int written = StreamSocket.Send(_fd, _buffer.AsSpan(_start, _end - _start));
            if (written <= 0)
                break;
            _start += written;
        }

        if (_start == _end)
            _start = _end = 0;
        else
            _reactor.SetDeadline(this, FlushMilliseconds);
    }

    protected internal override void OnEvents(int which, PollEvents events)
    {
        // Not watched.
    }

    protected internal override void OnDeadline()
    {
        Flush();
        if (_lost == 0 || !HasRoom())
            return;

        long lost = _lost;
        _lost = 0;
        Say(4, "problem", $"{lost} log entries were dropped: the log is not read fast enough");
    }

    private bool HasRoom()
    {
        if (BufferSize - _end < MaxEntry && _start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (BufferSize - _end < MaxEntry)
            Flush();
        if (BufferSize - _end >= MaxEntry)
            return true;

        _lost++;
        return false;
    }

    private void Append()
    {
        int length = _line.End(_buffer.AsSpan(_end, MaxEntry));

        // An entry that was cut must still end: a line by its line feed, a block of the journal's by an empty line.
        if (length == MaxEntry)
            _buffer.AsSpan(_end + length - 2, 2).Fill((byte)'\n');
        bool first = _end == _start;
        _end += length;
        if (first)
            _reactor.SetDeadline(this, FlushMilliseconds);
    }
}
