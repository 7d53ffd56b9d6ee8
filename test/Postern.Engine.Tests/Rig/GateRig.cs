using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Postern.Engine.Connections;
using Postern.Engine.Counting;
using Postern.Engine.Gates;
using Postern.Engine.Listening;
using Postern.Engine.Logging;
using Postern.Engine.Loop;
using Postern.Engine.Outbound;
using Postern.Engine.Upstream;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Tickets;
using Postern.Protocols;
using Postern.Protocols.Lookup;
using Postern.Protocols.Xmpp;
using Xunit;
using SocketAddress = Postern.Interop.LibC.SocketAddress;

namespace Postern.Engine.Tests.Rig;

/// <summary>What a test wants of its gate; the defaults are those of the configuration, with short time-outs.</summary>
internal sealed record GateOptions
{
    public string Protocol { get; init; } = "smtp";

    public TlsMode Tls { get; init; } = TlsMode.StartTls;

    public ProxyOut ProxyOut { get; init; }

    public string[] AcceptProxyFrom { get; init; } = [];

    public bool? ResetOnTruncation { get; init; }

    public int MaxConnections { get; init; } = 1000;

    public int MaxConnectionsPerClient { get; init; } = 1000;

    public int HandshakeTimeout { get; init; } = 5_000;

    public int NegotiationTimeout { get; init; } = 5_000;

    public int IdleTimeout { get; init; }

    public ImmutableArray<NamedCertificate> Certificates { get; init; } = [TestCertificates.Ec];

    public ImmutableArray<string>? Alpn { get; init; }

    /// <summary>Null: its own; see <see cref="TicketsOff"/>.</summary>
    public ITicketKeySource? Tickets { get; init; }

    public bool TicketsOff { get; init; }

    public byte[] SessionPolicy { get; init; } = new byte[32];

    public long DescriptorLimit { get; init; } = 4096;

    public ClientCertificateMode ClientCertificates { get; init; }

    public ClientIdentity[] ClientAllow { get; init; } = [];

    /// <summary>Null: the backend is plain.</summary>
    public BackendTrust? BackendTls { get; init; }

    /// <summary>
    /// The gate leads out: to hosts at this port, and <see cref="GateRig.Router"/> says which; of XMPP it is 0, and
    /// <see cref="GateRig.Services"/> says all.
    /// </summary>
    public int? OutboundPort { get; init; }

    /// <summary>Shown to servers of XMPP.</summary>
    public NamedCertificate[] Identities { get; init; } = [];

    /// <summary>How long servers of XMPP are waited for.</summary>
    public ServiceTimes Times { get; init; } = ServiceTimes.Standard;

    /// <summary>False: nobody can be asked what a backend must show.</summary>
    public bool HasResolver { get; init; } = true;

    /// <summary>A server of the test's own in place of the scripted backend.</summary>
    public int? BackendPort { get; init; }
}

/// <summary>Whom the gate trusts as its server.</summary>
internal sealed record BackendTrust
{
    public required TlsMode Mode { get; init; }

    public string Name { get; init; } = ServerCertificates.Name;

    public ImmutableArray<byte[]> Pins { get; init; } = [];

    public TlsCertificate? Certificate { get; init; }

    /// <summary>DANE must prove it; <see cref="GateRig.Demands"/> says what it must show.</summary>
    public bool Dane { get; init; }
}

/// <summary>One gate in this process, with the engine's own thread, a listener and a scripted backend; the whole of it on loopback.</summary>
internal sealed class GateRig : IDisposable
{
    public const string HostName = "gate.example.test";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly EngineThread _engine;
    private readonly Thread _thread;
    private readonly Scoreboard _scoreboard = Scoreboard.Create();
    private readonly int _slot;
    private readonly int _log;
    private readonly ConcurrentQueue<JsonElement> _records = new();
    private readonly SemaphoreSlim _turnHeld = new(0);
    private readonly SemaphoreSlim _turnReleased = new(0);
    private long _allocated;
    private volatile bool _hold;
    private volatile bool _stopped;
    private string _partial = "";

    public GateRig(GateOptions options, Backend? backend = null)
    {
        Backend = backend ?? new Backend();
        Dialer = new RigDialer(SocketAddress.Tcp(IPAddress.Loopback, options.BackendPort ?? Backend.Port));
        _slot = _scoreboard.Take();
        _ = StreamSocket.Pair(messages: false, nonBlocking: true, out _log, out int engineLog);
        Protocol protocol = LookupProtocol.Find(options.Protocol) ?? ProtocolList.Find(options.Protocol)!;
        int listener = StreamSocket.Listen(SocketAddress.Tcp(IPAddress.Loopback, 0), 128);
        EndPoint = new IPEndPoint(IPAddress.Loopback, StreamSocket.LocalEndpoint(listener).Port);

        _engine = new EngineThread(_scoreboard, _slot, engineLog, LogFormat.Json, options.DescriptorLimit) { Dialer = Dialer, Router = Router, Demands = options.HasResolver ? Demands : null, Services = options.HasResolver ? Services : null };
        Router.Reactor = _engine.Reactor;
        Services.Reactor = _engine.Reactor;
        Demands.Reactor = _engine.Reactor;
        var gate = new Gate
        {
            Name = "test",
            Number = 0,
            Row = 0,
            Protocol = protocol,
            Tls = options.Tls,
            TlsServer = options.Tls == TlsMode.Plain ? null : NewTls(options, protocol),
            Backend = [Dialer.Address.Text],
            RouteBackends = [],
            BackendTls = options.BackendTls is { } trust ? NewBackendTls(trust, protocol) : null,
            Outbound = options.OutboundPort is { } port ? NewOutbound(port, options, protocol) : null,
            ProxyOut = options.ProxyOut,
            AcceptProxyFrom = new NetworkList([.. options.AcceptProxyFrom.Select(network => IPNetwork.Parse(network))]),
            ResetOnTruncation = options.ResetOnTruncation ?? !protocol.DelimitsMessages,
            MaxConnections = options.MaxConnections,
            MaxConnectionsPerClient = options.MaxConnectionsPerClient,
            HandshakeTimeout = options.HandshakeTimeout,
            NegotiationTimeout = options.NegotiationTimeout,
            IdleTimeout = options.IdleTimeout,
            HostName = HostName,
            Front = new FrontSettings(HostName, options.Tls == TlsMode.StartTlsOptional),
        };
        new Listener(_engine, gate, listener).Open();
        _ = new Pulse(_engine.Reactor, Turn);
        _engine.LearnExtensions([gate]);
        _thread = new Thread(_engine.Reactor.Run) { IsBackground = true };
        _thread.Start();
    }

    public IPEndPoint EndPoint { get; }

    public Backend Backend { get; }

    public RigDialer Dialer { get; }

    public RigRouter Router { get; } = new();

    public RigDemands Demands { get; } = new();

    public RigServices Services { get; } = new();

    public long Live => _scoreboard.Live(0);

    public long Count(Outcome outcome) => _scoreboard.Row(_slot, 0).Outcome(outcome);

    public WireClient Connect() => new(EndPoint);

    /// <summary>
    /// Does this while the engine's thread stands still between two of its turns: what is sent meanwhile has all come
    /// when it looks again.
    /// </summary>
    public void WhileHeld(Action action)
    {
        _hold = true;
        Assert.True(_turnHeld.Wait(s_patience), "the engine's thread takes no turn");
        action();
        _hold = false;
        _ = _turnReleased.Release();
    }

    /// <summary>What the engine's thread has allocated while this was done.</summary>
    public long AllocatedBy(Action action)
    {
        long before = 0, after = 0;
        WhileHeld(() => before = _allocated);
        action();
        WhileHeld(() => after = _allocated);
        return after - before - HoldAllocates();
    }

    /// <summary>What holding the thread costs by itself: semaphores, their first waits.</summary>
    private long HoldAllocates()
    {
        long before = 0, after = 0;
        WhileHeld(() => before = _allocated);
        WhileHeld(() => after = _allocated);
        return after - before;
    }

    /// <summary>Waits for the next connection's log record.</summary>
    public JsonElement NextRecord() => NextRecord(s_patience);

    public JsonElement NextRecord(TimeSpan patience)
    {
        DateTime end = DateTime.UtcNow + patience;
        while (DateTime.UtcNow < end)
        {
            ReadLog();
            if (_records.TryDequeue(out JsonElement record))
                return record;
            Thread.Sleep(10);
        }

        throw new TimeoutException("no connection record came");
    }

    public string NextOutcome() => NextRecord().GetProperty("outcome").GetString()!;

    /// <summary>Waits until this outcome has been counted so often.</summary>
    public void WaitFor(Outcome outcome, long count)
    {
        DateTime end = DateTime.UtcNow + s_patience;
        while (Count(outcome) < count)
        {
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"{outcome} was counted {Count(outcome)} times, not {count}");
            Thread.Sleep(10);
        }
    }

    public void Dispose()
    {
        _stopped = true;
        _thread.Join(s_patience);
        Backend.Dispose();
        _turnHeld.Dispose();
        _turnReleased.Dispose();
    }

    /// <summary>Called on the engine's own thread, again and again. False when the test is over.</summary>
    private bool Turn()
    {
        if (_hold)
        {
            _allocated = GC.GetAllocatedBytesForCurrentThread();
            _ = _turnHeld.Release();
            _ = _turnReleased.Wait(s_patience);
        }

        return !_stopped;
    }

    private static TlsServer NewTls(GateOptions options, Protocol protocol)
    {
        var names = new ServerNames(options.Certificates, [], refuseUnrouted: false);
        return TlsServer.Create(
            new TlsServerSettings
            {
                SessionPolicy = options.SessionPolicy,
                CertificateSets = names.CertificateSets,
                ServerNames = names,
                Alpn = options.Alpn ?? protocol.Alpn,
                StrictAlpn = protocol.StrictAlpn,
                Tls13Only = false,
                ClientCertificates = options.ClientCertificates,
                ClientCaPem = options.ClientCertificates == ClientCertificateMode.None ? [] : ServerCertificates.AuthorityPem,
                ClientsAreServers = protocol.ClientsAreServers,
                ClientAllowList = options.ClientAllow.Length == 0 ? null : new ClientAllowList([.. options.ClientAllow]),
                Tickets = options.TicketsOff ? null : options.Tickets ?? new SecretTickets(RandomNumberGenerator.GetBytes(32)),
                TicketLifetime = 3600,
            },
            out string problem) ?? throw new InvalidOperationException(problem);
    }

    private static OutboundGate NewOutbound(int port, GateOptions options, Protocol protocol) => new(port, NewVerifier(protocol, null))
    {
        Identities = [.. options.Identities.Select(each => new ShownIdentity(each.Names, NewVerifier(protocol, each.Pem)))],
        Times = options.Times,
    };

    private static HopVerifier NewVerifier(Protocol protocol, TlsCertificate? certificate)
    {
        var settings = new TlsClientSettings
        {
            TrustPem = ServerCertificates.AuthorityPem,
            Tls13Only = false,
            Alpn = protocol is XmppProtocol ? protocol.Alpn : [],
            Certificate = certificate,
            CertificateInTls13Only = true,
        };
        return new HopVerifier(TlsClient.Create(settings, out string problem) ?? throw new InvalidOperationException(problem));
    }

    private static BackendTls NewBackendTls(BackendTrust trust, Protocol protocol)
    {
        TlsClient client = TlsClient.Create(
            new TlsClientSettings
            {
                TrustPem = trust.Pins.IsEmpty ? ServerCertificates.AuthorityPem : [],
                Pins = trust.Pins,
                Tls13Only = false,
                Alpn = protocol.Alpn,
                Certificate = trust.Certificate,
            },
            out string problem) ?? throw new InvalidOperationException(problem);
        return new BackendTls(client, [trust.Mode], [trust.Name]) { Dane = trust.Dane ? new HopVerifier(client) : null };
    }

    private void ReadLog()
    {
        byte[] buffer = new byte[64 * 1024];
        int count;
        while ((count = StreamSocket.Receive(_log, buffer)) > 0)
            _partial += Encoding.ASCII.GetString(buffer, 0, count);

        int end;
        while ((end = _partial.IndexOf('\n', StringComparison.Ordinal)) >= 0)
        {
            JsonElement entry = JsonDocument.Parse(_partial[..end]).RootElement;
            if (entry.GetProperty("event").GetString() == "connection")
                _records.Enqueue(entry);
            _partial = _partial[(end + 1)..];
        }
    }

    /// <summary>Gives the test a word on the engine's own thread, and ends it when the test is over.</summary>
    private sealed class Pulse : PollTarget
    {
        private const int Interval = 20;

        private readonly Reactor _reactor;
        private readonly Func<bool> _goesOn;

        public Pulse(Reactor reactor, Func<bool> goesOn)
        {
            _reactor = reactor;
            _goesOn = goesOn;
            reactor.Add(this);
            reactor.SetDeadline(this, Interval);
        }

        protected internal override void OnEvents(int which, PollEvents events)
        {
            // Not watched.
        }

        protected internal override void OnDeadline()
        {
            if (_goesOn())
                _reactor.SetDeadline(this, Interval);
            else
                _reactor.Stop();
        }
    }
}
