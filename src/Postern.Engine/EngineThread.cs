using Postern.Engine.Buffers;
using Postern.Engine.Connections;
using Postern.Engine.Counting;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Engine.Listening;
using Postern.Engine.Logging;
using Postern.Engine.Loop;
using Postern.Engine.Outbound;
using Postern.Engine.Probing;
using Postern.Engine.Upstream;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Protocols;
using Postern.Protocols.Smtp.Outbound;

namespace Postern.Engine;

/// <summary>
/// What the connections of one thread share: the loop, the buffers of the turn, the log and the counters. Nothing
/// here is used by two connections at once, because one thread drives one connection at a time.
/// </summary>
public sealed class EngineThread : IReception, IDisposable
{
    /// <summary>
    /// Room for the plain bytes of one turn: all that a full <see cref="TlsWire"/> decrypts to, a record that OpenSSL has the
    /// greater part of since the turn before (TLS 1.2 reads ahead), and one record more, so that there is room for any record until
    /// the last has been read.
    /// </summary>
    public const int PlainSize = TlsWire.IncomingSize + (48 * 1024);

    /// <summary>Room for answers of a dialogue in one turn, and for what a session of mail may have to say at once.</summary>
    public const int AnswerSize = 2 * OutboundSession.ClientRoom;

    /// <summary>Descriptors left alone by admission: log, control, probes, and one to say no with.</summary>
    private const int ReservedDescriptors = 32;

    private readonly Stack<Connection> _free = new();

    public EngineThread(Scoreboard scoreboard, int slot, int logFd, LogFormat format, long descriptorLimit)
    {
        Scoreboard = scoreboard;
        Slot = slot;
        Log = new Log(Reactor, logFd, format);
        DescriptorLimit = descriptorLimit - ReservedDescriptors;
        Admission = new ScoreboardAdmission(scoreboard, slot);
        Records = Log;
    }

    public Reactor Reactor { get; } = new();

    public BufferPool Buffers { get; } = new();

    public TlsWire Wire { get; } = new();

    public byte[] Plain { get; } = GC.AllocateUninitializedArray<byte>(PlainSize, pinned: true);

    public byte[] Answer { get; } = GC.AllocateUninitializedArray<byte>(AnswerSize, pinned: true);

    public Log Log { get; }

    public Scoreboard Scoreboard { get; }

    /// <summary>This worker's own slot of the scoreboard.</summary>
    public int Slot { get; }

    /// <summary>Lets connections in, or says which limit is reached.</summary>
    public IAdmission Admission { get; init; }

    /// <summary>Is told how connections ended.</summary>
    public IConnectionLog Records { get; init; }

    /// <summary>Makes the connections to backends.</summary>
    public required IDialer Dialer { get; init; }

    /// <summary>Finds the ways of mail; null where no gate leads out.</summary>
    public IRouter? Router { get; set; }

    /// <summary>Finds the servers of domains; null where no gate for XMPP leads out.</summary>
    public IServiceFinder? Services { get; set; }

    /// <summary>Says what backends must show by DANE; null where it proves none.</summary>
    public IDemandSource? Demands { get; set; }

    /// <summary>Other workers wait for the same listeners.</summary>
    public bool HasSiblings { get; init; }

    /// <summary>Connections that are open on this thread.</summary>
    public int Live { get; private set; }

    /// <summary>Connections on which a refusal is being said inside TLS; bounded, since a handshake is what a flood wants us to do.</summary>
    internal int Shedding { get; set; }

    private long DescriptorLimit { get; }

    /// <summary>Called when a connection begins to relay: what its handshake needed is free.</summary>
    public Action? Settled { get; init; }

    /// <summary>Called when the last connection of a draining worker is gone.</summary>
    public Action? Drained { get; set; }

    /// <summary>True when the connections that are open now, each with its backend, come too close to the limit of descriptors.</summary>
    public bool OutOfDescriptors => Live * 2L > DescriptorLimit;

    /// <summary>Learns what the backends of optional-TLS gates offer in the clear.</summary>
    public void LearnExtensions(IEnumerable<Gate> gates)
    {
        foreach (Gate gate in gates.Where(gate => gate.Tls == TlsMode.StartTlsOptional))
            BackendProbe.Begin(this, gate);
    }

    /// <summary>False where somebody else learns them.</summary>
    public bool LearnsExtensions { get; init; } = true;

    /// <summary>Asks the backend again, when a client comes and what is known is no longer young.</summary>
    public void RefreshExtensions(Gate gate)
    {
        ArgumentNullException.ThrowIfNull(gate);
        if (LearnsExtensions && gate.Tls == TlsMode.StartTlsOptional && Reactor.Now >= gate.AskExtensionsAt)
            BackendProbe.Begin(this, gate);
    }

    /// <summary>A connection begins.</summary>
    public void Take(Gate gate, int fd, Endpoint client) => TakeObject().Begin(gate, fd, client);

    private Connection TakeObject()
    {
        Live++;
        return _free.TryPop(out Connection? connection) ? connection : new Connection(this);
    }

    internal void Give(Connection connection)
    {
        Live--;
        _free.Push(connection);
        if (Live == 0)
            Drained?.Invoke();
    }

    public void Dispose()
    {
        Wire.Dispose();
        Reactor.Dispose();
    }
}
