using System.Text;

namespace Postern.Protocols.Smtp.Outbound;

/// <summary>What a gate to the world says of itself; shared by its sessions.</summary>
/// <param name="HostName">The name in greetings: printable ASCII without spaces, checked by the configuration.</param>
/// <param name="InsideTls">The client is inside TLS: REQUIRETLS is offered (RFC 8689 §2).</param>
/// <param name="Greets">False behind STARTTLS, where the client has had its greeting.</param>
public sealed record OutboundSettings(string HostName, bool InsideTls = false, bool Greets = true)
{
    private byte[] _reportSender = [];

    /// <summary>The address that our reports on TLS come from, and nothing else; empty: none are sent.</summary>
    public string ReportSender
    {
        get => Encoding.ASCII.GetString(_reportSender);
        init => _reportSender = Encoding.ASCII.GetBytes(value);
    }

    /// <summary>
    /// Whether a transaction is the delivery of one of our own reports: told by the envelope's sender. RFC 8460 §3: it is delivered
    /// in spite of any failure of TLS, and not counted; else a domain whose TLS is broken never hears of it, and each report makes
    /// another.
    /// </summary>
    /// <param name="sender">The reverse-path without its brackets.</param>
    public bool IsReport(ReadOnlySpan<byte> sender)
    {
        int at = _reportSender.AsSpan().LastIndexOf((byte)'@');
        return at > 0 && sender.Length == _reportSender.Length
            && sender[..at].SequenceEqual(_reportSender.AsSpan(0, at))
            && Ascii.EqualsIgnoreCase(sender[at..], _reportSender.AsSpan(at));
    }
}

/// <summary>
/// One client's session with a gate that relays its mail to the world, and the next hops of that mail: live, without a queue.
/// Nothing of a message is accepted that the next hop has not accepted (docs/adr/0024-cut-through.md).
/// </summary>
/// <remarks>
/// It has no I/O. The driver tells what happened, and gives room for what is said to both sides; the session says what to do
/// (<see cref="OutboundAction"/>). What a call does not consume is unread, and is handed over again: after any call of any kind, as
/// long as something comes of it. That is all there is of buffers and of back-pressure: a client's RCPT that needs a route is
/// unread until there is one, and a message is unread as far as the hop's output has no room.
/// </remarks>
public sealed partial class OutboundSession(OutboundSettings settings)
{
    /// <summary>The room that has to be free for the client at each call: a reply of a hop, or a refusal for all recipients in flight.</summary>
    public const int ClientRoom = HopReply.MaxPassed;

    /// <summary>The room that has to be free for the hop: RSET, MAIL and RCPT.</summary>
    public const int HopRoom = 3 * MaxLine;

    /// <summary>RFC 5321 §4.5.3.1.4 asks for 512; paths that are UTF-8 and parameters lengthen it.</summary>
    internal const int MaxLine = SmtpFront.MaxLine;

    /// <summary>Recipients that are said to a hop before its answer to the first; their refusals fit into <see cref="ClientRoom"/>.</summary>
    private const int MaxInFlight = 24;

    private readonly Envelope _envelope = new();
    private Stage _stage;
    private bool _ended;

    // The hop: for which domain, what it has heard of us, and how many answers it owes.
    private NextHop? _hop;
    private string _domain = "";
    private bool _hopHasMail;

    /// <summary>It was found for a report: of its TLS nothing was demanded, and no other mail may go there.</summary>
    private bool _hopIsForReports;
    private bool _resetInFlight;
    private bool _mailInFlight;
    private int _recipientsInFlight;

    // The transaction: recipients that the hop has accepted, and why no other will be.
    private int _accepted;
    private OutboundRefusal? _failure;
    private string _failedDomain = "";
    private MessageBody _body;

    private enum Stage
    {
        /// <summary>No transaction.</summary>
        Idle,

        /// <summary>MAIL was taken from the client; no hop knows of it.</summary>
        Sender,

        /// <summary>The client's RCPT, unread, waits for a route.</summary>
        Route,

        /// <summary>The transaction belongs to <c>_domain</c>: MAIL was said to its hop, which may be gone by now.</summary>
        Bound,

        /// <summary>DATA was said to the hop.</summary>
        Data,

        /// <summary>The message goes through.</summary>
        Body,

        /// <summary>All of it went through; the hop has the word.</summary>
        Final,

        /// <summary>The message is lost: what the client still says of it is read and thrown away, and <c>_failure</c> is the answer.</summary>
        Swallow,
    }

    /// <summary>After <see cref="OutboundAction.FindRoute"/>: whom to look for, until one of the two calls that answer it.</summary>
    public RouteRequest? Route { get; private set; }

    /// <summary>What the hop is waited for, which is how long it may take.</summary>
    public HopWait Waits => this switch
    {
        { _hop: null } => HopWait.NoHop,
        { _stage: Stage.Final } => HopWait.Delivery,
        { _stage: Stage.Body } => HopWait.Room,
        { IsQuiet: false } => HopWait.Reply,
        { _stage: Stage.Bound } => HopWait.Client,
        _ => HopWait.Nothing,
    };

    /// <summary>The hop owes no answer: what the client says may be answered by us without coming before a hop's reply.</summary>
    private bool IsQuiet => !_resetInFlight && !_mailInFlight && _recipientsInFlight == 0 && _stage is not (Stage.Data or Stage.Final);

    /// <summary>Hears the client. First called with nothing, so that it is greeted.</summary>
    /// <param name="unread">Everything unread.</param>
    /// <param name="toClient">Nothing is consumed with less room than <see cref="ClientRoom"/>.</param>
    /// <param name="toHop">Nothing is consumed with less room than <see cref="HopRoom"/>.</param>
    public OutboundStep FromClient(ReadOnlySpan<byte> unread, ref ByteWriter toClient, ref ByteWriter toHop)
    {
        RefuseIfEnded();
        int consumed = 0;
        while (toClient.Free >= ClientRoom && toHop.Free >= HopRoom)
        {
            OutboundStep step = Hear(unread[consumed..], ref toClient, ref toHop);
            consumed += step.Consumed;
            if (step.Action != OutboundAction.None)
                return step with { Consumed = consumed };
            if (step.Consumed == 0)
                break;
        }

        return new OutboundStep(consumed);
    }

    /// <summary>Hears the hop.</summary>
    /// <param name="unread">Everything unread of the hop that there is now.</param>
    /// <param name="toClient">Nothing is consumed with less room than <see cref="ClientRoom"/>.</param>
    public OutboundStep FromHop(ReadOnlySpan<byte> unread, ref ByteWriter toClient)
    {
        RefuseIfEnded();
        int consumed = 0;
        while (_hop is not null && toClient.Free >= ClientRoom)
        {
            OutboundStep step = HearHop(unread[consumed..], ref toClient);
            consumed += step.Consumed;
            if (step.Action != OutboundAction.None)
                return step with { Consumed = consumed };
            if (step.Consumed == 0)
                break;
        }

        return new OutboundStep(consumed);
    }

    /// <summary>There is a host for <see cref="Route"/>.</summary>
    public void RouteFound(NextHop hop)
    {
        RefuseIfEnded();
        RouteRequest asked = TakeRoute();
        _hop = hop;
        _hopIsForReports = asked.IsReport;
        _hopHasMail = false;

        // Else it would be passed over for want of this, and asked for again without end.
        if (asked.RequireTls && !hop.MayRequireTls)
            Fail(_envelope.Unfit(hop)!);
    }

    /// <summary>There is none.</summary>
    /// <param name="why">The answer to each recipient of this domain, in this transaction.</param>
    public void RouteFailed(OutboundRefusal why)
    {
        RefuseIfEnded();
        _ = TakeRoute();
        Fail(why);
    }

    /// <summary>The connection to the hop has ended, by itself or by the driver. What it said before has been handed over.</summary>
    /// <param name="end">How.</param>
    /// <param name="toClient">Room as for <see cref="FromHop"/>.</param>
    public void HopGone(HopEnd end, ref ByteWriter toClient)
    {
        RefuseIfEnded();
        if (_hop is null)
            return;

        string did = end == HopEnd.Closed ? "closed the connection" : "did not answer in time";
        _ = Lose(new OutboundRefusal(451, "4.4.2", _stage == Stage.Final
            ? $"{_hop.Host} {did} before it said whether it has the message"
            : $"{_hop.Host} {did}"), ref toClient);
    }

    /// <summary>The client has closed or broken its connection, and what it said before has been handed over.</summary>
    public OutboundStep ClientGone(ref ByteWriter toHop)
    {
        RefuseIfEnded();
        return End(0, Refusal.None, ref toHop);
    }

    private void RefuseIfEnded()
    {
        if (_ended)
            throw new InvalidOperationException("The session has ended.");
    }

    private RouteRequest TakeRoute()
    {
        RouteRequest asked = Route ?? throw new InvalidOperationException("No route was asked for.");
        Route = null;
        _stage = Stage.Sender;
        return asked;
    }

    /// <summary>The domain cannot have this message; another recipient's may.</summary>
    private void Fail(OutboundRefusal why)
    {
        _failure = why;
        _failedDomain = _domain;
    }

    private OutboundStep End(int consumed, Refusal why, ref ByteWriter toHop)
    {
        OutboundAction action = LeaveHop(ref toHop) | OutboundAction.End;
        _ended = true;
        return new OutboundStep(consumed, action, why);
    }

    /// <summary>Has done with the hop: in the middle of a message by a reset, else with a QUIT when it owes no answer.</summary>
    private OutboundAction LeaveHop(ref ByteWriter toHop)
    {
        if (_hop is null)
            return OutboundAction.None;

        OutboundAction action = IsInMessage ? OutboundAction.ResetHop : OutboundAction.CloseHop;
        if (action == OutboundAction.CloseHop && IsQuiet)
            toHop.Write("QUIT\r\n"u8);
        ForgetHop();
        return action;
    }

    /// <summary>The hop has heard DATA, and its last word about the message has not been heard.</summary>
    private bool IsInMessage => _stage is Stage.Data or Stage.Body or Stage.Final;

    private void ForgetHop()
    {
        _hop = null;
        _hopHasMail = _resetInFlight = _mailInFlight = false;
        _recipientsInFlight = 0;
    }
}
