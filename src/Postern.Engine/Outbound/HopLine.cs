using System.Net;
using Postern.Engine.Connections;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Protocols.Smtp.Outbound;

namespace Postern.Engine.Outbound;

/// <summary>How far a <see cref="HopLine"/> is.</summary>
internal enum HopLineState
{
    Dialling,

    /// <summary>Greeting, EHLO, STARTTLS; the handshake; EHLO again.</summary>
    Greeting,

    /// <summary>The next word may be MAIL.</summary>
    Open,

    /// <summary>It came to nothing: <see cref="HopLine.Fault"/>.</summary>
    Failed,

    /// <summary>It was open, and has ended: what it said before is still unread.</summary>
    Ended,
}

/// <summary>Why a connection to a host came to nothing.</summary>
/// <param name="Reason">For the client, when no other host is left.</param>
/// <param name="Failure">In the terms of policies; null: it has nothing to do with TLS.</param>
/// <param name="Detail">In OpenSSL's words or the kernel's, for the log.</param>
internal sealed record HopFault(SmtpRefusal Reason, TlsFailure? Failure, string Detail);

/// <summary>Whoever holds a line is told when something about it has changed.</summary>
internal interface IHopLineOwner
{
    void LineChanged();
}

/// <summary>
/// One connection to one address of a host, from the dial to its end. It is open when the host has shown what its case demands and
/// has answered EHLO; only then does it take a word of mail.
/// </summary>
internal sealed partial class HopLine : PollTarget, IDialClient
{
    /// <summary>For an address in the world: three SYNs get this far.</summary>
    private const int ConnectTimeout = 20_000;

    /// <summary>RFC 5321 §4.5.3.2.1 gives a greeting five minutes; the client waits for it in its RCPT, and there may be other hosts.</summary>
    private const int GreetingTimeout = 60_000;

    private readonly EngineThread _thread;
    private readonly Gate _gate;
    private readonly IHopLineOwner _owner;
        private Side _side;
    private uint _dialling;

    /// <param name="thread">Whose buffers and dialer are used.</param>
    /// <param name="gate">A gate with <see cref="Gate.Outbound"/>.</param>
    /// <param name="owner">Is told, from the loop only.</param>
    /// <param name="hop">The host's case.</param>
    /// <param name="address">One of its addresses.</param>
    /// <param name="inTheClear">STARTTLS is not asked for: its handshake failed before, and the case demands none.</param>
    public HopLine(EngineThread thread, Gate gate, IHopLineOwner owner, HopCase hop, IPAddress address, bool inTheClear)
    {
        _thread = thread;
        _gate = gate;
        _owner = owner;
        IsInTheClear = inTheClear;
        Case = hop;
        Address = address;
        _side.Fd = Side.None;
        _thread.Reactor.Add(this);
        Dial();
    }

    public HopCase Case { get; }

    public IPAddress Address { get; }

    /// <summary>STARTTLS is not asked for.</summary>
    public bool IsInTheClear { get; }

    public HopLineState State { get; private set; }

    /// <summary>When it has failed.</summary>
    public HopFault? Fault { get; private set; }

    /// <summary>When it is open.</summary>
    public NextHop? Hop { get; private set; }

    /// <summary>When it is open, and after.</summary>
    public HopSession? Session { get; private set; }

    /// <summary>It did not do in time what it was waited for.</summary>
    public bool TimedOut { get; private set; }

    /// <summary>What the host fell short of, though it was not demanded.</summary>
    public TlsFailure? WatchFailure { get; private set; }

    /// <summary>For people: <c>mx.example.org[192.0.2.1]:25</c>.</summary>
    public string Name => $"{Case.Host}[{Address}]:{_gate.Outbound!.Port}";

    private void Dial()
    {
        _thread.Reactor.SetDeadline(this, ConnectTimeout);
        DialAnswer answer = _thread.Dialer.DialHop(_gate, Address, _gate.Outbound!.Port, this);
        _dialling = answer.Number;
        if (_dialling == 0)
            Take(answer.Result, answer.Fd);
    }

    void IDialClient.Dialled(int result, int fd)
    {
        _dialling = 0;
        Take(result, fd);
        Changed();
    }

    private void Take(int result, int fd)
    {
        if (fd < 0)
        {
            Unreachable(DialAnswer.Describe(result));
            return;
        }

        StreamSocket.NoDelay(fd);
        _side.Opened(fd);
        _side.Writable = result == 0;
        if (_thread.Reactor.Watch(fd, this, 0, PollEvents.In | PollEvents.Out | PollEvents.PeerClosed | PollEvents.EdgeTriggered) < 0)
            Unreachable(Errno.Describe(-Errno.TooManyFiles));
        else if (result == 0)
            Connected();
    }

    private void Connected()
    {
        State = HopLineState.Greeting;
        _thread.Reactor.SetDeadline(this, GreetingTimeout);
        BeginHello();
    }

    protected internal override void OnEvents(int which, PollEvents events)
    {
        _side.Note(events);
        Advance();
        Changed();
    }

    protected internal override void OnTurn()
    {
        Advance();
        Changed();
    }

    protected internal override void OnDeadline()
    {
        TimedOut = true;
        switch (State)
        {
            case HopLineState.Dialling:
                Unreachable(_dialling != 0 ? "the dialer did not answer" : Errno.Describe(Errno.TimedOut));
                break;
            case HopLineState.Greeting:
                Unreachable(IsInHandshake ? "did not finish the handshake in time" : "did not greet in time");
                break;
        }

        Changed();
    }

    /// <summary>The last act of a call from the loop: the owner may close the line.</summary>
    private void Changed() => _owner.LineChanged();

    private void Advance()
    {
        if (State == HopLineState.Dialling && _side is { IsOpen: true, Writable: true })
        {
            int error = StreamSocket.PendingError(_side.Fd);
            if (error == 0)
                Connected();
            else
                Unreachable(Errno.Describe(error));
        }

        if (State == HopLineState.Greeting)
            Greet();
        else if (State == HopLineState.Open)
            Receive();
    }

    private void Unreachable(string what) =>
        Fail(new HopFault(new SmtpRefusal(451, "4.4.1", $"{Case.Host}[{Address}] for {Case.Domain}: {what}"), null, what));

    private void Fail(HopFault fault)
    {
        Fault = fault;
        State = HopLineState.Failed;
        Release(reset: false);
    }

    /// <summary>Whoever owns the line has done with it, in any state.</summary>
    /// <param name="reset">A message is half said: nothing may look like its end.</param>
    public void Close(bool reset)
    {
        if (State is HopLineState.Open && !reset && Session!.Channel is { } channel)
        {
            _thread.Wire.ClearOutgoing();
            channel.Shutdown();
            _side.Transmit(_thread.Buffers, _thread.Wire.Outgoing, last: true);
        }

        if (State != HopLineState.Failed)
            State = HopLineState.Ended;
        Release(reset);
    }

    /// <summary>Once; what is asked of it later finds it closed.</summary>
    private void Release(bool reset)
    {
        if (Slot == NoSlot)
            return;

        _thread.Reactor.Remove(this);
        if (_dialling != 0)
            _thread.Dialer.GiveUp(_dialling);
        _dialling = 0;
        _side.Close(_thread.Buffers, reset);
        _unread.Clear(_thread.Buffers);
        _channel?.Dispose();
        _channel = null;
        Session?.Dispose();
    }
}
