using System.Collections.Immutable;
using Postern.Engine;
using Postern.Engine.Connections;
using Postern.Engine.Counting;
using Postern.Engine.Gates;
using Postern.Engine.Listening;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Protocols;

namespace Postern.Roles.Porter;

/// <summary>Lets connections in, counts them, gives each a room of its own, and writes down how they ended.</summary>
internal sealed partial class Porter : IReception
{
    /// <summary>Rooms kept ready: a burst of so many connections waits for no fork.</summary>
    private const int Ready = 16;

    /// <summary>Connections that may wait for a room, a few tens of milliseconds' worth.</summary>
    private const int MaxWaiting = 512;

    /// <summary>Clients of implicit TLS that are told why they are shed: it takes a room and a handshake each (as in a worker).</summary>
    private const int MaxSheddingInTls = 32;

    private readonly EngineThread _thread;
    private readonly ScoreboardAdmission _admission;
    private readonly SigningErrands _keys;
    private readonly NurseryLink _nursery;
    private readonly ImmutableArray<ImmutableHashSet<int>> _keysOfGates;
    private readonly List<RoomProcess> _idle = [];
    private readonly Queue<Visit> _waiting = new();
    private readonly long _maxRooms;
    private int _rooms;
    private int _starting;
    private int _shedding;
    private long _live;
    private bool _draining;

    /// <param name="thread">Loop, log, scoreboard and dialer.</param>
    /// <param name="keys">The way to the key agent.</param>
    /// <param name="nursery">The way to the nursery.</param>
    /// <param name="keysOfGates">For each gate, the numbers of the keys that it uses.</param>
    /// <param name="maxRooms">A descriptor each: the limit of descriptors, less what others need.</param>
    public Porter(EngineThread thread, SigningErrands keys, int nursery, ImmutableArray<ImmutableHashSet<int>> keysOfGates, long maxRooms)
    {
        _thread = thread;
        _admission = new ScoreboardAdmission(thread.Scoreboard, thread.Slot);
        _keys = keys;
        _keysOfGates = keysOfGates;
        _maxRooms = maxRooms;
        _nursery = new NurseryLink(this, nursery);
    }

    public Reactor Reactor => _thread.Reactor;

    /// <summary>Keeps as many rooms ready as there should be. Called whenever one was used, and at the start.</summary>
    public void Refill()
    {
        int wanted = _draining ? _waiting.Count : Ready + _waiting.Count;
        int missing = wanted - _idle.Count - _starting - _nursery.Coming;
        int room = (int)Math.Max(0, _maxRooms - _rooms - _nursery.Coming);
        _nursery.Ask(Math.Min(missing, room));
    }

    public void Take(Gate gate, int fd, Endpoint client)
    {
        _thread.RefreshExtensions(gate);
        Scoreboard.GateRow row = RowOf(gate);
        row.Live++;
        row.Accepted++;
        _live++;
        var visit = new Visit(gate, fd, client, Reactor.Now) { AwaitsHeader = !gate.AcceptProxyFrom.IsEmpty && gate.AcceptProxyFrom.Contains(client) };
        if (!visit.AwaitsHeader)
        {
            visit.Shed = _admission.Admit(gate, client) ?? "";
            visit.Admitted = visit.Shed.Length == 0;
        }

        if (visit.Shed.Length > 0 && !(gate.Tls == TlsMode.Implicit && gate.Protocol.FirstSpeaker == FirstSpeaker.Server && _shedding < MaxSheddingInTls))
            TurnAway(visit, visit.Shed);
        else
            GiveRoom(visit);
    }

    /// <summary>Accepts no more; ends when the last room has.</summary>
    public void Drain()
    {
        _draining = true;
        while (_idle.Count > 0)
            Leave(_idle[^1]);

        StopWhenEmpty();
    }

    public void NurseryIsBack(int fd) => _nursery.Replace(fd);

    public void KeyAgentIsBack(int fd) => _keys.Replace(fd);

    /// <summary>A new room, still on its way into its sandbox.</summary>
    internal void Born(int pid, int fd)
    {
        _rooms++;
        _starting++;
        _ = new RoomProcess(this, pid, fd);
    }

    /// <summary>No process could be made: who waits is told to come again, rather than left to hang.</summary>
    internal void NotBorn(int errno)
    {
        _thread.Log.Say(3, "problem", $"no process can be made for a connection: {Errno.Describe(errno)}; raise the limit of processes (TasksMax= in a unit, ulimit -u)");
        while (_waiting.TryDequeue(out Visit? visit))
            TurnAway(visit, "no process left");
    }

    internal void Idle(RoomProcess room)
    {
        _starting--;
        if (_waiting.TryDequeue(out Visit? visit))
        {
            Begin(room, visit);
            return;
        }

        _idle.Add(room);
        if (_draining)
            Leave(room);
    }

    private void GiveRoom(Visit visit)
    {
        if (visit.Shed.Length > 0)
            _shedding++;
        if (_idle.Count > 0)
            Begin(_idle[^1], visit);
        else if (_waiting.Count < MaxWaiting && _rooms + _nursery.Coming < _maxRooms + _waiting.Count)
            _waiting.Enqueue(visit);
        else
            TurnAway(visit, "no process ready");
        Refill();
    }

    private void Begin(RoomProcess room, Visit visit)
    {
        _ = _idle.Remove(room);
        if (room.Begin(visit))
            return;

        // Its end will be noticed as well; the visitor gets another one.
        _waiting.Enqueue(visit);
        Refill();
    }

    /// <summary>Says no in the protocol's words where no handshake stands before them.</summary>
    private void TurnAway(Visit visit, string why)
    {
        if (visit.Gate.Tls != TlsMode.Implicit)
        {
            var output = new ByteWriter(_thread.Answer);
            visit.Gate.Protocol.WriteUnavailable(new Apology(Unavailable.Busy, visit.Gate.HostName), RefusalPlace.Greeting, [], ref output);
            _ = StreamSocket.Send(visit.Fd, output.Written);
        }

        Ended(visit, new Ending(FirstStage(visit.Gate), Outcome.Shed, why));
    }

    private Scoreboard.GateRow RowOf(Gate gate) => _thread.Scoreboard.Row(_thread.Slot, gate.Row);

    private static Stage FirstStage(Gate gate) => gate.Tls switch
    {
        TlsMode.Implicit => Stage.Handshake,
        TlsMode.Plain => Stage.Dial,
        _ => Stage.Negotiation,
    };

    private void StopWhenEmpty()
    {
        if (_draining && _live == 0)
            Reactor.Stop();
    }
}
