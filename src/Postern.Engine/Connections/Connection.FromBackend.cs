using Postern.Engine.Buffers;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;

namespace Postern.Engine.Connections;

/// <summary>The backend's half of the relay: plain, or inside a TLS whose server was verified.</summary>
internal sealed partial class Connection
{
    /// <summary>Plain bytes of the backend that stood behind its greeting.</summary>
    private Pending _ahead;
    private bool _backHeard;
    private bool _backendCut;
    private bool _backendTruncated;
    private Outcome _backendEndsAs = Outcome.BackendReset;
    private int _backEnd = -Errno.Again;

    /// <summary>Backend to client. True when something moved.</summary>
    private bool FromBackend()
    {
        bool flushed = _front.Flush(Buffers);
        if (!_front.Out.IsEmpty)
            return flushed;
        if (!_ahead.IsEmpty)
        {
            int kept = Math.Min(_ahead.Length, TlsWire.IncomingSize);
            _ahead.Bytes[..kept].CopyTo(_thread.Plain);
            _ahead.Consume(Buffers, kept);
            return ToClient(_thread.Plain.AsSpan(0, kept));
        }

        if (_back.Ended)
            return PassEndToClient();

        int count = ReceiveFromBackend();
        if (count == -Errno.Again)
            return flushed;
        if (count > 0)
            return ToClient(_thread.Plain.AsSpan(0, count));

        _back.Ended = true;
        _backendCut = count < 0;
        if (BackendHasEnded)
            Reactor.SetDeadline(this, HalfClosed);
        return PassEndToClient();
    }

    /// <summary>
    /// Receives plain bytes of the backend into the thread's buffer, out of TLS where there is TLS. The count; −EAGAIN for nothing
    /// now; 0 for its end; another error when it was cut off, or may have been (on-truncation).
    /// </summary>
    private int ReceiveFromBackend()
    {
        if (_server is null)
            return _back.Receive(_thread.Plain.AsSpan(0, TlsWire.IncomingSize));

        // A server that has TLS 1.2 answer and reads no answer is not read from either (S11).
        if (_backEnd != -Errno.Again || _back.Out.Length > MaxUnsentToClient)
            return _backEnd;

        if (!_back.ReceiveRecords(Buffers, _thread.Wire, _server.Channel, _thread.Plain, first: !_backHeard, out ReceivedRecords records))
            return -Errno.Again;

        _backHeard = true;
        _back.Transmit(Buffers, _thread.Wire.Outgoing);
        NoteEnd(records.Status, records.IsCut);
        if (records.Count > 0)
            return records.Count;

        // Part of a record, or a ticket, is nothing for the client; what stands behind it, be it the end, the kernel reports but once.
        if (_backEnd == -Errno.Again && _back.Readable)
            Reactor.Again(this);
        return _backEnd;
    }

    /// <summary>How the backend's TLS ended, if it did: close_notify is an end, and nothing else is (S12).</summary>
    private void NoteEnd(TlsStatus status, bool cut)
    {
        if (status == TlsStatus.Closed)
        {
            _backEnd = 0;
        }
        else if (status == TlsStatus.Failed)
        {
            _backEnd = -Errno.ConnectionReset;
            _backendEndsAs = Outcome.BackendTlsFailed;
        }
        else if (cut)
        {
            _backendTruncated = !_back.Reset;
            _backendEndsAs = _back.Reset ? Outcome.BackendReset : Outcome.BackendTruncated;
            NoteCut(_backendEndsAs);
            _backEnd = _backendTruncated && !_gate.ResetOnTruncation ? 0 : -Errno.ConnectionReset;
        }
    }

    /// <summary>Plain words to the backend, inside TLS where there is TLS.</summary>
    private void SayToBackend(ReadOnlySpan<byte> words) => _back.Say(Buffers, _thread.Wire, _server?.Channel, words);

    private bool ToClient(ReadOnlySpan<byte> plain)
    {
        if (_bytesIn == 0 && _gate.BackendMustWait(Route))
        {
            End(Outcome.BackendInjection, $"{_address}: spoke first after STARTTLS, where it must wait for the client");
            return false;
        }

        _bytesOut += plain.Length;
        Row.BytesToClients += plain.Length;
        Say(plain);
        return true;
    }
}
