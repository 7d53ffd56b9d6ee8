using Postern.Engine.Buffers;
using Postern.Engine.Counting;
using Postern.Engine.Gates;
using Postern.Engine.Logging;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>
/// One client's connection, from accept to close: one explicit phase at a time, one owner, one file a phase.
/// <code>accept -> [PROXY in] -> negotiate -> handshake -> [first words] -> dial -> [PROXY out] -> [upgrade] -> greeting -> relay -> linger</code>
/// The backend is dialled only after the handshake: nothing said in the clear can reach it.
/// </summary>
internal sealed partial class Connection(EngineThread thread) : PollTarget
{
    private const int Client = 0;
    private const int Backend = 1;

    private readonly EngineThread _thread = thread;
    private Gate _gate = null!;
    private Phase _phase;
    private Stage _stage;
    private Side _front;
    private Side _back;
    private TlsChannel? _tls;
    private Dialogue? _dialogue;
    private Endpoint _client;
    private Endpoint _local;
    private bool _proxied;
    private bool _admitted;
    private long _startedAt;
    private long _bytesIn;
    private long _bytesOut;
    private Outcome _outcome;
    private string _detail = "";

    /// <summary>What the connection waits for now.</summary>
    private enum Phase
    {
        /// <summary>Accepted, and not yet judged by the limits.</summary>
        Accepted,
        ProxyHeader,
        Negotiate,
        Handshake,

        /// <summary>The client's first words are heard before the backend is dialled.</summary>
        FirstWords,
        Dial,

        /// <summary>STARTTLS and TLS with the backend.</summary>
        Upgrade,
        Greeting,

        /// <summary>The client's next command is to be answered by a refusal.</summary>
        AwaitCommand,
        Relay,

        /// <summary>A session of mail to the world.</summary>
        Mail,

        /// <summary>Look-ups of policies.</summary>
        Lookup,

        /// <summary>Everything is said; the client's FIN is waited for, so that an RST of ours does not overtake our last words.</summary>
        Linger,
        Ended,
    }

    private Reactor Reactor => _thread.Reactor;

    private BufferPool Buffers => _thread.Buffers;

    private Scoreboard.GateRow Row => _thread.Scoreboard.Row(_thread.Slot, _gate.Row);

    /// <summary>Begins with an accepted socket, which is this object's from here on.</summary>
    public void Begin(Gate gate, int fd, Endpoint client)
    {
        _phase = Phase.Accepted;
        _gate = gate;
        _client = client;
        _startedAt = Reactor.Now;
        _front.Opened(fd);
        _back.Fd = Side.None;
        _stage = gate.Tls == TlsMode.Implicit ? Stage.Handshake : gate.Tls == TlsMode.Plain ? Stage.Dial : Stage.Negotiation;
        Row.Live++;
        Row.Accepted++;
        Reactor.Add(this);
        if (Reactor.Watch(fd, this, Client, Watched) < 0)
        {
            End(Outcome.Shed, "epoll refused the descriptor");
            return;
        }

        if (!gate.AcceptProxyFrom.IsEmpty && gate.AcceptProxyFrom.Contains(client))
            EnterProxyHeader();
        else if (Admit())
            EnterFront();
        Turn();
    }

    protected internal override void OnEvents(int which, PollEvents events)
    {
        if (which == Client)
            _front.Note(events);
        else
            _back.Note(events);
        Turn();
    }

    protected internal override void OnTurn() => Turn();

    private const PollEvents Watched =
        PollEvents.In | PollEvents.Out | PollEvents.PeerClosed | PollEvents.EdgeTriggered;

    /// <summary>Goes on until the phase waits for somebody.</summary>
    private void Turn()
    {
        bool more = true;
        while (more)
        {
            more = _phase switch
            {
                Phase.ProxyHeader => ReadProxyHeader(),
                Phase.Negotiate => Negotiate(),
                Phase.Handshake => Handshake(),
                Phase.FirstWords => ReadFirstWords(),
                Phase.Dial => Dial(),
                Phase.Upgrade => AdvanceUpgrade(),
                Phase.Greeting => ReadGreeting(),
                Phase.AwaitCommand => AwaitCommand(),
                Phase.Relay => Relay(),
                Phase.Mail => Mail(),
                Phase.Lookup => Lookup(),
                Phase.Linger => Linger(),
                _ => false,
            };
        }
    }

    /// <summary>TLS or STARTTLS or neither: how this gate begins with a client.</summary>
    private void EnterFront()
    {
        switch (_gate.Tls)
        {
            case TlsMode.Implicit:
                EnterHandshake();
                break;
            case TlsMode.Plain:
                EnterFirstWords();
                break;
            default:
                EnterNegotiate();
                break;
        }
    }

    /// <summary>Plain words to the client, inside TLS where there is TLS.</summary>
    private void Say(ReadOnlySpan<byte> words)
    {
        if (_tls is null || !_tls.HandshakeDone)
        {
            _front.Transmit(Buffers, words);
            return;
        }

        _thread.Wire.ClearOutgoing();
        _ = _tls.Write(words);
        TransmitWire();
    }

    private void End(Outcome outcome, string detail = "", bool resetFront = false, bool resetBack = false)
    {
        if (_phase == Phase.Ended)
            return;

        _phase = Phase.Ended;
        _outcome = outcome;
        _detail = detail;
        Count();
        WriteRecord();

        Reactor.Remove(this);
        GiveUpDial();
        _front.Close(Buffers, resetFront);
        _back.Close(Buffers, resetBack);
        _held.Clear(Buffers);
        _ahead.Clear(Buffers);
        _ticket.Clear(Buffers);
        _tls?.Dispose();
        EndUpgrade();
        EndMail();
        EndLookup();
        ForgetDane();
        ForgetService();
        Forget();
        _thread.Give(this);
    }

    private void Count()
    {
        Scoreboard.GateRow row = Row;
        row.Live--;
        row.Stage(_stage)++;
        row.Outcome(_outcome)++;
        if (_admitted)
            _thread.Admission.Leave(_gate, _client);
        if (_shedding)
            _thread.Shedding--;
    }

    private void WriteRecord()
    {
        bool encrypted = _tls is { HandshakeDone: true };
        _thread.Records.Write(new ConnectionRecord
        {
            Gate = _gate.Name,
            Protocol = _gate.Protocol.Name,
            Client = _client,
            ServerName = _tls?.ServerName,
            Alpn = _tls?.Alpn,
            TlsVersion = encrypted ? _tls!.Version : null,
            Cipher = encrypted ? _tls!.Cipher : null,
            Resumed = encrypted && _tls!.Resumed,
            Domain = LeadsOut && _addressee is not null ? Domain : null,
            Backend = _mail?.HopName ?? _address,
            BackendTls = _mail?.HopTls ?? _serverTls,
            BytesIn = _bytesIn,
            BytesOut = _bytesOut,
            Milliseconds = Reactor.Now - _startedAt,
            Stage = _stage,
            Outcome = _outcome,
            Detail = _detail,
        });
    }

    /// <summary>Back to the state of a new object; the next connection may be any other gate's.</summary>
    private void Forget()
    {
        _tls = null;
        _dialogue = null;
        _negotiator = null;
        _greetingReader = null;
        _address = _addressee = _origin = _serverTls = null;
        _negotiated = _backendTruncated = _backHeard = _firstWordsWait = false;
        _backEnd = -Errno.Again;
        _backendEndsAs = Outcome.BackendReset;
        _cutFirst = Outcome.Closed;
        _replay = default;
        _nextAddress = 0;
        _proxied = _admitted = _shedding = _clientTruncated = _backendCut = _firstBytesChecked = false;
        _wasRelayed = false;
        _client = _local = default;
        _bytesIn = _bytesOut = 0;
        _closeNotifySaid = false;
        _lingered = 0;
        _apology = default;
        _backendRefusal = false;
    }
}
