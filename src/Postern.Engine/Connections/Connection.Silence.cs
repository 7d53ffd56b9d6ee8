namespace Postern.Engine.Connections;

/// <summary>
/// How long a relay waits in silence. A backend is the operator's and dictates; whoever owns a domain chooses the server behind a gate that
/// leads out, and a connection must not be that server's to keep (docs/adr/0007-half-closed.md).
/// </summary>
internal sealed partial class Connection
{
    /// <summary>
    /// A client need not take leave once its server has: what delimits its own messages is closed after this much
    /// silence. Not for tcp, whose client may have an hour's upload to finish.
    /// </summary>
    private const int HalfClosedTimeout = 60_000;

    /// <summary>When something last moved, either way.</summary>
    private long _activeAt;

    /// <summary>When bytes for the backend last left, or none waited.</summary>
    private long _takenAt;

    /// <summary>And its silence, from now on, has an end.</summary>
    private bool BackendHasEnded => _back.Ended && (_backendCut || _gate.Protocol.DelimitsMessages);

    private int HalfClosed => LeadsOut ? Times.HalfClosed : HalfClosedTimeout;

    /// <summary>The client's FIN is there. It may stand behind bytes that are not read while the server takes none.</summary>
    private bool ClientHasEnded => _front.Ended || _front.PeerClosed;

    /// <summary>
    /// The client has closed both ways, and the server has all that it said: what a server in the world still sends is dropped, and it
    /// could send for ever.
    /// </summary>
    private bool NobodyHears => LeadsOut && _front is { Ended: true, Deaf: true } && _back.FinSent && _back.Out.IsEmpty;

    /// <summary>When a server in the world will have been waited for long enough: for its end, or until it takes what waits for it.</summary>
    private long ServerEnds =>
        !_back.Out.IsEmpty ? _takenAt + (ClientHasEnded ? Times.HalfClosed : Times.Stalled)
        : ClientHasEnded ? _activeAt + Times.HalfClosed
        : long.MaxValue;

    private void WatchSilence()
    {
        _activeAt = _takenAt = Reactor.Now;
        LookAgain();
    }

    private void RelayDeadline()
    {
        long now = Reactor.Now;
        bool ending = BackendHasEnded;
        if (ending && now >= _activeAt + HalfClosed)
            End(_backendCut ? _backendEndsAs : Outcome.Closed, "the client did not close");
        else if (!ending && LeadsOut && now >= ServerEnds)
            LeaveServer();
        else if (!ending && _gate.IdleTimeout > 0 && now >= _activeAt + _gate.IdleTimeout)
            EnterLinger(Outcome.Idle);
        else
            LookAgain();
    }

    /// <summary>A deadline for the first of what is waited for, and none where nothing is.</summary>
    private void LookAgain()
    {
        long now = Reactor.Now;
        long next = BackendHasEnded ? _activeAt + HalfClosed : _gate.IdleTimeout > 0 ? _activeAt + _gate.IdleTimeout : long.MaxValue;

        // That a wait for a server begins is not noted where it does: to look once in a while leaves nothing to forget.
        if (LeadsOut && !BackendHasEnded)
            next = Math.Min(next, Math.Min(ServerEnds, now + Math.Min(Times.HalfClosed, Times.Stalled)));
        if (next == long.MaxValue)
            Reactor.CancelDeadline(this);
        else
            Reactor.SetDeadline(this, Math.Max(next - now, 1));
    }

    /// <summary>What waits would else be kept by the kernel for as long as the server answers its probes: an RST ends that too.</summary>
    private void LeaveServer()
    {
        if (_back.Out.IsEmpty)
            End(_cutFirst, "the server did not close");
        else
            End(Outcome.TimedOut, "the server takes nothing", resetFront: _gate.ResetOnTruncation, resetBack: true);
    }
}
