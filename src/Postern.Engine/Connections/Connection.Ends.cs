using Postern.Interop.LibC;

namespace Postern.Engine.Connections;

/// <summary>
/// How a relay ends: half-close passes both ways; what is cut off is never passed on as an end, unless the gate's
/// on-truncation says that its protocol can stand it (S12).
/// </summary>
internal sealed partial class Connection
{
    private bool _closeNotifySaid;

    /// <summary>Which side was cut off first, where one was; the other's end is a consequence.</summary>
    private Outcome _cutFirst = Outcome.Closed;

    /// <summary>The client has taken its leave, and all that it said has been sent on: so does its FIN.</summary>
    private bool PassEndToBackend()
    {
        if (_back.FinSent)
            return false;

        // Bytes that were held for the look at the first of them are the client's all the same.
        if (!_held.IsEmpty)
        {
            _firstBytesChecked = true;
            _bytesIn += _held.Length;
            SayToBackend(_held.Bytes);
            _held.Clear(Buffers);
            return true;
        }

        // What was cut off is not passed on as an honest end.
        if (_server is { CloseNotifySaid: false } server && !_clientTruncated)
        {
            _thread.Wire.ClearOutgoing();
            server.SayCloseNotify();
            _back.Transmit(Buffers, _thread.Wire.Outgoing, last: true);
            return true;
        }

        _back.FinSent = true;
        StreamSocket.ShutdownWrite(_back.Fd);
        return true;
    }

    /// <summary>The backend has ended, and all that it said has left for the client.</summary>
    private bool PassEndToClient()
    {
        if (_backendCut)
            return BackendCut();
        if (_front.FinSent)
            return BackendGone();

        // RFC 8446 §6.1: close_notify ends our direction only; the client may go on sending. One pass says it; the
        // FIN follows when it has left.
        if (_tls is not null && !_closeNotifySaid && !_backendTruncated)
        {
            _closeNotifySaid = true;
            _thread.Wire.ClearOutgoing();
            _tls.Shutdown();
            TransmitWire(last: true);
            return true;
        }

        _front.FinSent = true;
        StreamSocket.ShutdownWrite(_front.Fd);
        return true;
    }

    /// <summary>A backend that has said its last word and answers a late byte with RST has closed both ways.</summary>
    private bool BackendGone()
    {
        if (!_back.Deaf || _front.Ended)
            return false;

        EnterLinger(Outcome.Closed);
        return true;
    }

    /// <summary>
    /// The backend was cut off: the client has got what there was, and gets no close_notify, so that it knows; an RST
    /// where a FIN could be taken for an end.
    /// </summary>
    private bool BackendCut()
    {
        End(_backendEndsAs, resetFront: _gate.ResetOnTruncation);
        return false;
    }

    /// <summary>FIN without close_notify, or RST: an attacker on the path can do that at any byte.</summary>
    private bool ClientCut()
    {
        _clientTruncated = true;
        if (_gate.ResetOnTruncation)
        {
            End(CutOutcome, resetFront: true, resetBack: true);
            return false;
        }

        _front.Ended = true;
        NoteCut(CutOutcome);
        return true;
    }

    private void NoteCut(Outcome how)
    {
        if (_cutFirst == Outcome.Closed)
            _cutFirst = how;
    }

    /// <summary>Without TLS a FIN is an honest end: only an RST cuts there.</summary>
    private Outcome CutOutcome => _front.Reset ? Outcome.ClientReset : Outcome.Truncated;

    /// <summary>A record that does not decrypt: somebody tampers, or the client is broken. The alert has been sent.</summary>
    private bool ClientSpoilt()
    {
        End(Outcome.TlsError, _tls!.Failure, resetBack: _gate.ResetOnTruncation);
        return false;
    }
}
