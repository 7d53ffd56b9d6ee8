using System.Runtime.InteropServices;
using Postern.Engine.Gates;
using Postern.Policy.Decision;
using Postern.Protocols;
using Postern.Protocols.Smtp.Outbound;

namespace Postern.Engine.Outbound;

/// <summary>Whether a client can still say and hear something.</summary>
internal enum ClientState
{
    Here,

    /// <summary>Its end has come (FIN, close_notify): it may still listen.</summary>
    SaysNoMore,

    /// <summary>It broke off.</summary>
    Gone,
}

/// <summary>What came of one call of <see cref="MailRelay.Advance"/>.</summary>
/// <param name="Consumed">Of the client's unread bytes.</param>
/// <param name="Moved">Something came of it: another call may bring more.</param>
/// <param name="HasEnded">Say what was written, and close.</param>
/// <param name="Refusal">What the client did wrong; none when it took its leave.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MailStep(int Consumed, bool Moved, bool HasEnded, Refusal Refusal);

/// <summary>
/// Drives a session of mail to the world: does what it asks for (a route, a word to the hop, an end), and tells it what happens.
/// The client's side is its owner's, who hands over what is unread and sends what is written.
/// </summary>
internal sealed class MailRelay : IHopLineOwner, IDisposable
{
    /// <summary>What is said to the hop in one call.</summary>
    private const int HopWords = 32 * 1024;

    private const int ReplyTimeout = 5 * 60_000;
    private const int RoomTimeout = 3 * 60_000;
    private const int DeliveryTimeout = 10 * 60_000;

    /// <summary>
    /// A hop is kept for so long between two messages. One that has gone meanwhile costs the recipients of the next message a 451, so it
    /// is short; MTAs that have more for a domain say it at once.
    /// </summary>
    private const int KeepTimeout = 5_000;

    private readonly EngineThread _thread;
    private readonly Gate _gate;
    private readonly OutboundSession _session;
    private readonly Action _changed;
    private HopSearch? _search;
    private HopLine? _line;
    private HopWait _waits;
    private bool _wasFull;
    private bool _ended;
    private bool _moved;
    private Refusal _refusal;

    /// <param name="thread">Whose dialer, router and buffers are used.</param>
    /// <param name="gate">A gate with <see cref="Gate.Outbound"/>.</param>
    /// <param name="settings">What it says of itself.</param>
    /// <param name="changed">Called from the loop when another call of <see cref="Advance"/> may bring something.</param>
    public MailRelay(EngineThread thread, Gate gate, OutboundSettings settings, Action changed)
    {
        _thread = thread;
        _gate = gate;
        _session = new OutboundSession(settings);
        _changed = changed;
    }

    /// <summary>Somebody else is waited for, not the client.</summary>
    public bool IsBusy => _search is not null || _waits is HopWait.Reply or HopWait.Delivery || _line is { IsFull: true };

    /// <summary>The hop that was spoken to last: <c>mx.example.org[192.0.2.1]:25</c>; null: none was.</summary>
    public string? HopName { get; private set; }

    /// <summary>How; null: none was.</summary>
    public string? HopTls { get; private set; }

    /// <summary>Why there was no way to a domain, for the last time; empty: there always was.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>Hears the client, then the hop.</summary>
    /// <param name="unread">Everything unread of the client's.</param>
    /// <param name="client">Whether something will come behind it.</param>
    /// <param name="toClient">Less room than <see cref="OutboundSession.ClientRoom"/>: the client has not read yet what was said to it.</param>
    public MailStep Advance(ReadOnlySpan<byte> unread, ClientState client, ref ByteWriter toClient)
    {
        int consumed = 0;
        _moved = false;
        HearSearch();
        HearEnd(ref toClient);
        if (!_ended)
            consumed = FromClient(unread, client, ref toClient);
        if (!_ended)
            FromHop(ref toClient);
        if (!_ended)
            SetDeadline();
        return new MailStep(consumed, _moved, _ended, _refusal);
    }

    void IHopLineOwner.LineChanged() => _changed();

    public void Dispose()
    {
        _search?.Dispose();
        _search = null;

        // Also in the middle of a message: nothing that looks like its end.
        _line?.Close(reset: _waits is not (HopWait.NoHop or HopWait.Nothing));
        _line = null;
    }

    private int FromClient(ReadOnlySpan<byte> unread, ClientState client, ref ByteWriter toClient)
    {
        // What the hop has answered by now is an answer still, also to a client that says no more.
        if (client == ClientState.SaysNoMore)
            FromHop(ref toClient);
        if (_ended)
            return 0;

        // What the hop has not taken yet is back-pressure: then the session finds no room, and consumes nothing.
        Span<byte> room = _line is { IsFull: true } ? default : _thread.Plain.AsSpan(0, HopWords);
        var toHop = new ByteWriter(room);
        OutboundStep step = _session.FromClient(unread, ref toClient, ref toHop);
        bool idle = step.Consumed == 0 && step.Action == OutboundAction.None;

        // FIN alone is no leave while the hop owes it an answer: whoever said a message and its end hears what became of it.
        bool isOwed = client == ClientState.SaysNoMore && _line is not null && _session.Waits is HopWait.Reply or HopWait.Delivery;
        if (idle && client != ClientState.Here && !isOwed)
            step = _session.ClientGone(ref toHop);
        _moved |= !idle;
        Act(step, ref toHop);
        return step.Consumed;
    }

    private void FromHop(ref ByteWriter toClient)
    {
        if (_line is null)
            return;

        _line.Receive();
        _ = TakeReplies(ref toClient);
        HearEnd(ref toClient);
    }

    /// <summary>True when the session took something.</summary>
    private bool TakeReplies(ref ByteWriter toClient)
    {
        if (_line is null || _line.Unread.IsEmpty)
            return false;

        OutboundStep step = _session.FromHop(_line.Unread, ref toClient);
        bool took = step.Consumed > 0 || step.Action != OutboundAction.None;
        _moved |= took;
        _line.Consume(step.Consumed);
        var nothing = new ByteWriter(default);
        Act(step, ref nothing);
        return took;
    }

    /// <summary>A hop that went, or kept us waiting too long.</summary>
    private void HearEnd(ref ByteWriter toClient)
    {
        if (_line is null || toClient.Free < OutboundSession.ClientRoom)
            return;

        bool late = _line.TimedOut;
        if (!late && (_line.State == HopLineState.Open || TakeReplies(ref toClient)))
            return;

        // Kept for a message that did not come: it goes in order.
        if (late && _waits == HopWait.Nothing)
            _line.Say("QUIT\r\n"u8);
        _session.HopGone(late ? HopEnd.TimedOut : HopEnd.Closed, ref toClient);
        CloseLine(reset: late && _waits is not HopWait.Nothing);
        _moved = true;
    }

    private void HearSearch()
    {
        _search?.Advance();
        switch (_search)
        {
            case { IsFound: true } search:
                _search = null;
                _line = search.Take();
                search.Dispose();
                _line.Wait(0);
                HopName = _line.Name;
                HopTls = _line.Session!.Describe();
                _session.RouteFound(_line.Hop!);
                _moved = true;
                break;

            case { Refusal: { } refusal } search:
                _search = null;
                search.Dispose();
                Detail = search.Detail.Length > 0 ? $"{refusal} ({search.Detail})" : refusal.ToString();
                _session.RouteFailed(new OutboundRefusal(refusal.Code, refusal.Enhanced, refusal.Text));
                _moved = true;
                break;
        }
    }

    /// <summary>In the order that <see cref="OutboundAction"/> has.</summary>
    private void Act(OutboundStep step, ref ByteWriter toHop)
    {
        if (step.Action.HasFlag(OutboundAction.ResetHop))
        {
            CloseLine(reset: true);
        }
        else
        {
            _line?.Say(toHop.Written);
            if (step.Action.HasFlag(OutboundAction.CloseHop))
                CloseLine(reset: false);
        }

        if (step.Action.HasFlag(OutboundAction.FindRoute))
            _search = new HopSearch(_thread, _gate, this, _session.Route!);
        if (step.Action.HasFlag(OutboundAction.End))
        {
            _ended = true;
            _refusal = step.Refusal;
            Dispose();
        }
    }

    private void CloseLine(bool reset)
    {
        _line?.Close(reset);
        _line = null;
    }

    /// <summary>RFC 5321 §4.5.3.2: each wait has its length, counted from the last thing that happened.</summary>
    private void SetDeadline()
    {
        HopWait waits = _line is null ? HopWait.NoHop : _session.Waits;
        bool isFull = _line is { IsFull: true };
        if (waits == _waits && isFull == _wasFull && !_moved)
            return;

        _waits = waits;
        _wasFull = isFull;
        _line?.Wait(waits switch
        {
            // Whatever else it does: it does not read.
            _ when isFull => RoomTimeout,
            HopWait.Nothing => KeepTimeout,
            HopWait.Client or HopWait.Room => 0,
            HopWait.Delivery => DeliveryTimeout,
            _ => ReplyTimeout,
        });
    }
}
