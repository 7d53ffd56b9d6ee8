using Postern.Engine.Buffers;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;

namespace Postern.Engine.Connections;

internal sealed partial class Connection
{
    /// <summary>
    /// The session ticket, which leaves with the first words to the client: nobody waits for it, and a segment of its
    /// own would cost as much as the words.
    /// </summary>
    private Pending _ticket;

    private void EnterHandshake()
    {
        _phase = Phase.Handshake;
        _stage = Stage.Handshake;
        _dialogue = null;
        _negotiator = null;
        _tls = new TlsChannel(_gate.TlsServer!, _thread.Wire) { AskedFor = _addressee };
        Reactor.SetDeadline(this, _gate.HandshakeTimeout);
    }

    private bool Handshake()
    {
        _ = _front.Flush(Buffers);
        TlsWire wire = _thread.Wire;
        wire.Clear();
        bool left = !_front.ReceiveCiphertext(Buffers, _thread.Wire);
        if (wire.Unread.IsEmpty)
        {
            if (left)
                End(Outcome.ClientLeft);
            return false;
        }

        if (!_firstBytesChecked)
        {
            _firstBytesChecked = true;
            if (RefusedAsForeignHeader(wire.Unread))
                return false;
        }

        TlsStatus status = _tls!.Handshake();
        if (status == TlsStatus.Ok && _tls.HasTicketsOnly)
            _ticket.Append(Buffers, wire.Outgoing);
        else
            _front.Transmit(Buffers, wire.Outgoing);
        _front.In.Append(Buffers, wire.Unread);
        switch (status)
        {
            case TlsStatus.Ok when _tls.Alpn is null && !_negotiated && _gate.Protocol.DirectTlsNeedsAlpn:
                EnterLinger(Outcome.HandshakeFailed, "no ALPN, which TLS without a dialogue needs in this protocol");
                return true;

            case TlsStatus.Ok:
                _firstBytesChecked = false;
                EnterFirstWords();
                return true;

            case TlsStatus.WantRead when !left:
                return _front.Readable;

            case TlsStatus.Failed:
                // S6: whatever comes behind a failed handshake is not looked at.
                string refused = _tls.VerifyFailure;
                EnterLinger(Outcome.HandshakeFailed, refused.Length > 0 ? $"{_tls.Failure}: {refused}" : _tls.Failure);
                return true;

            default:
                End(Outcome.ClientLeft);
                return false;
        }
    }

    /// <summary>Sends what TLS wants to send, the ticket before it: records are numbered.</summary>
    private void TransmitWire(bool last = false)
    {
        TlsWire wire = _thread.Wire;
        if (!_ticket.IsEmpty && !wire.Outgoing.IsEmpty)
        {
            wire.Precede(_ticket.Bytes);
            _ticket.Clear(Buffers);
        }

        _front.Transmit(Buffers, wire.Outgoing, last);
    }
}
