using Postern.Engine.Buffers;
using Postern.Engine.Connections;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;

namespace Postern.Engine.Outbound;

/// <summary>Bytes to the host and from it, inside TLS where there is TLS.</summary>
internal sealed partial class HopLine
{
    /// <summary>Replies that are not consumed yet: the session takes one as soon as the client has room for it. More is not read.</summary>
    private const int MaxUnread = 32 * 1024;

    /// <summary>
    /// TLS 1.2 answers some of what it reads (a HelloRequest: no_renegotiation, RFC 5246 §7.2.2). A host that has so many answers
    /// waiting and reads none is not read from either, or it could have us hold them without end (S11).
    /// </summary>
    private const int MaxUnsent = 256 * 1024;

    private Pending _unread;
    private bool _heard;

    /// <summary>What the host has said and the session has not taken; empty when the line is closed.</summary>
    public ReadOnlySpan<byte> Unread => _unread.Bytes;

    /// <summary>Something of what was said is not sent: say nothing more until it is.</summary>
    public bool IsFull => !_side.Out.IsEmpty;

    public void Consume(int count)
    {
        if (count > 0)
            _unread.Consume(_thread.Buffers, count);
    }

    /// <summary>Waits for so long; past it, the line is <see cref="TimedOut"/>. 0: without end.</summary>
    public void Wait(int milliseconds)
    {
        TimedOut = false;
        if (Slot == NoSlot)
            return;
        if (milliseconds == 0)
            _thread.Reactor.CancelDeadline(this);
        else
            _thread.Reactor.SetDeadline(this, milliseconds);
    }

    /// <summary>Of an open line.</summary>
    public void Say(ReadOnlySpan<byte> words)
    {
        if (State == HopLineState.Open)
            SayRaw(words);
    }

    private void SayRaw(ReadOnlySpan<byte> words) => _side.Say(_thread.Buffers, _thread.Wire, Channel, words);

    /// <summary>Null in the clear.</summary>
    private TlsChannel? Channel => _channel ?? Session?.Channel;

    /// <summary>Takes what has come. It has ended when the host has, and all that it said before is unread.</summary>
    public void Receive()
    {
        if (State != HopLineState.Open)
            return;

        _ = _side.Flush(_thread.Buffers);
        while (_unread.Length < MaxUnread)
        {
            int count = ReceivePlain();
            if (count == -Errno.Again)
                return;
            if (count < 0)
            {
                State = HopLineState.Ended;
                return;
            }
        }
    }

    /// <summary>Adds what has come to what is unread: how much; −EAGAIN when there is nothing; another error for an end of any kind.</summary>
    private int ReceivePlain()
    {
        if (Channel is not { } channel)
        {
            int received = _side.Receive(_thread.Plain.AsSpan(0, MaxUnread));
            if (received > 0)
                _unread.Append(_thread.Buffers, _thread.Plain.AsSpan(0, received));
            return received == 0 ? -Errno.ConnectionReset : received;
        }

        if (_side.Out.Length > MaxUnsent)
            return -Errno.Again;

        bool looks = _side.ReceiveRecords(_thread.Buffers, _thread.Wire, channel, _thread.Plain, first: !_heard, out ReceivedRecords records);
        _heard = true;
        if (!looks)
            return -Errno.Again;

        _unread.Append(_thread.Buffers, _thread.Plain.AsSpan(0, records.Count));
        _side.Transmit(_thread.Buffers, _thread.Wire.Outgoing);
        if (records.Count > 0)
            return records.Count;

        // For SMTP an end without close_notify is an end: nothing is taken to be whole because of it (RFC 5321 has replies for that).
        if (records.IsCut || records.Status is TlsStatus.Closed or TlsStatus.Failed)
            return -Errno.ConnectionReset;
        if (_side.Readable)
            _thread.Reactor.Again(this);
        return -Errno.Again;
    }
}
