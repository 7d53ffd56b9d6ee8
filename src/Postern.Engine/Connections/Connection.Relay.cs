using Postern.Engine.Buffers;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Protocols.Lines;

namespace Postern.Engine.Connections;

/// <summary>
/// The relay: changes no byte (S10), loses none, holds none longer than the other side needs to take it. Back-pressure
/// passes through, since nothing is read from one side while something waits for the other.
/// </summary>
internal sealed partial class Connection
{
    /// <summary>Turns of a busy connection before everybody else has one.</summary>
    private const int MaxRounds = 8;

    /// <summary>
    /// TLS 1.2 answers some of what it reads (a ClientHello: no_renegotiation, RFC 5246 §7.2.2). A client that has so many answers
    /// waiting and reads none is not read from either, or it could have us hold them without end (S11).
    /// </summary>
    private const int MaxUnsentToClient = 256 * 1024;

    private Pending _held;
    private bool _firstBytesChecked;
    private bool _wasRelayed;
    private bool _firstWordsWait;
    private bool _clientTruncated;

    private void EnterRelay()
    {
        _phase = Phase.Relay;
        _stage = Stage.Relay;
        _dialogue = null;
        _negotiator = null;
        _greetingReader = null;
        _wasRelayed = false;
        _firstWordsWait = !_held.IsEmpty;
        _tls?.ForgetHandshake();
        _server?.Channel.ForgetHandshake();
        _thread.Settled?.Invoke();
        WatchSilence();
    }

    private bool Relay()
    {
        for (int round = 0; round < MaxRounds; round++)
        {
            bool moved = FromClient();
            if (_phase != Phase.Relay)
                return true;
            moved |= FromBackend();
            if (_phase != Phase.Relay)
                return true;
            if ((_front.Ended && _back.Ended && _front.Out.IsEmpty && _back.Out.IsEmpty) || NobodyHears)
            {
                End(_cutFirst);
                return false;
            }

            if (!moved)
                return false;
            _activeAt = Reactor.Now;
        }

        Reactor.Again(this);
        return false;
    }

    /// <summary>Client to backend. True when something moved.</summary>
    private bool FromClient()
    {
        bool flushed = _back.Flush(Buffers);
        if (flushed || _back.Out.IsEmpty)
            _takenAt = Reactor.Now;
        if (!_back.Out.IsEmpty)
            return flushed;
        if (_firstWordsWait)
            return RelayFirstWords();
        if (_front.Ended)
            return PassEndToBackend();
        if ((_wasRelayed && !_front.Readable) || _front.Out.Length > MaxUnsentToClient)
            return flushed;

        return _tls is null ? FromPlainClient() : FromTlsClient();
    }

    /// <summary>What was heard before there was a backend, and is the backend's.</summary>
    private bool RelayFirstWords()
    {
        _firstWordsWait = false;
        _held.Bytes.CopyTo(_thread.Plain);
        int kept = _held.Length;
        _held.Clear(Buffers);
        return ToBackend(_thread.Plain.AsSpan(0, kept));
    }

    private bool FromTlsClient()
    {
        if (!_front.ReceiveRecords(Buffers, _thread.Wire, _tls!, _thread.Plain, first: !_wasRelayed, out ReceivedRecords records))
            return false;

        _wasRelayed = true;
        TransmitWire();
        if (records.Count > 0 && !ToBackend(_thread.Plain.AsSpan(0, records.Count)))
            return false;

        if (records.Status == TlsStatus.Closed)
            _front.Ended = true;
        else if (records.Status == TlsStatus.Failed)
            return ClientSpoilt();
        else if (records.IsCut)
            return ClientCut();
        if (records.Count > 0 || _front.Ended)
            return true;

        // Part of a record, or new keys (RFC 8446 §4.6.3), which are dear and bring nothing: one round of them is a turn (S11).
        if (records.IsNew)
            _activeAt = Reactor.Now;
        if (_front.Readable)
            Reactor.Again(this);
        return false;
    }

    private bool FromPlainClient()
    {
        _wasRelayed = true;
        if (!_front.In.IsEmpty)
        {
            // Behind a dialogue without TLS: the client's first mail command and what it pipelined.
            _front.In.Bytes.CopyTo(_thread.Plain);
            int kept = _front.In.Length;
            _front.In.Clear(Buffers);
            return ToBackend(_thread.Plain.AsSpan(0, kept));
        }

        int count = _front.Receive(_thread.Plain.AsSpan(0, TlsWire.IncomingSize));
        if (count == -Errno.Again)
            return false;
        if (count < 0)
            return ClientCut();
        if (count == 0)
        {
            _front.Ended = true;
            return true;
        }

        return ToBackend(_thread.Plain.AsSpan(0, count));
    }

    /// <summary>False when that ended the connection.</summary>
    private bool ToBackend(ReadOnlySpan<byte> plain)
    {
        if (!_firstBytesChecked && !PassesAsFirstBytes(ref plain))
            return false;

        _bytesIn += plain.Length;
        Row.BytesFromClients += plain.Length;
        SayToBackend(plain);
        return true;
    }

    /// <summary>
    /// ALPACA (S7): an HTTP request as first bytes of a line protocol comes from a browser that was sent here. It
    /// reaches no backend, whose error texts would reflect the attacker's script to the browser.
    /// </summary>
    private bool PassesAsFirstBytes(ref ReadOnlySpan<byte> plain)
    {
        if (_gate.Protocol.RefusesHttp)
        {
            if (!_held.IsEmpty)
            {
                _held.Append(Buffers, plain);
                _held.Bytes.CopyTo(_thread.Plain);
                plain = _thread.Plain.AsSpan(0, _held.Length);
                _held.Clear(Buffers);
            }

            switch (HttpRequest.Check(plain))
            {
                case HttpMatch.Yes:
                    EnterLinger(Outcome.RefusedHttpRequest);
                    return false;

                case HttpMatch.NotYetKnown:
                    // "GE": no line of any of our protocols is that short, so nobody waits for an answer to it.
                    _held.Append(Buffers, plain);
                    plain = default;
                    return true;
            }
        }

        _firstBytesChecked = true;
        return true;
    }
}
