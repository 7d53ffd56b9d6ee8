using System.Collections.Immutable;
using Postern.Engine.Outbound;
using Postern.Engine.Upstream;
using Postern.Interop.LibSsl;
using Postern.Protocols;

namespace Postern.Engine.Gates;

/// <summary>Which PROXY header the backend gets.</summary>
public enum ProxyOut
{
    None,
    V1,
    V2,
}

/// <summary>
/// A gate as the engine needs it: resolved, loaded, immutable. Only what the backend offers in the clear
/// (<see cref="Front"/>) is learned while it runs.
/// </summary>
public sealed class Gate
{
    public required string Name { get; init; }

    /// <summary>The gate's place among those of its configuration: how the dialer knows it.</summary>
    public required int Number { get; init; }

    /// <summary>The gate's row in the scoreboard.</summary>
    public required int Row { get; init; }

    public required Protocol Protocol { get; init; }

    public required TlsMode Tls { get; init; }

    /// <summary>Null only where <see cref="Tls"/> is plain.</summary>
    public TlsServer? TlsServer { get; init; }

    /// <summary>
    /// Addresses of the gate's own backend, tried in order; empty when every connection is routed. Words for the log: the
    /// dialer, not the worker, knows what to connect to.
    /// </summary>
    public required ImmutableArray<string> Backend { get; init; }

    public required ImmutableArray<ImmutableArray<string>> RouteBackends { get; init; }

    public required ProxyOut ProxyOut { get; init; }

    public required NetworkList AcceptProxyFrom { get; init; }

    /// <summary>A FIN without close_notify becomes an RST on the other side; else a FIN.</summary>
    public required bool ResetOnTruncation { get; init; }

    public required int MaxConnections { get; init; }

    public required int MaxConnectionsPerClient { get; init; }

    public required int HandshakeTimeout { get; init; }

    public required int NegotiationTimeout { get; init; }

    /// <summary>Milliseconds; 0 is none.</summary>
    public required int IdleTimeout { get; init; }

    public required string HostName { get; init; }

    /// <summary>What a client hears before TLS; replaced as a whole when the backend's extensions are learned anew.</summary>
    public required FrontSettings Front { get; set; }

    /// <summary>From when on (the loop's clock) a client is reason enough to ask the backend again what it offers.</summary>
    internal long AskExtensionsAt { get; set; }

    internal bool ProbeUnderWay { get; set; }

    /// <summary>Null where backends speak plain text.</summary>
    public BackendTls? BackendTls { get; init; }

    /// <summary>Not null: behind this gate is the world, and no backend.</summary>
    public OutboundGate? Outbound { get; init; }

    /// <summary>How TLS comes to a route's backend; a negative route is the gate's own, here and below.</summary>
    public TlsMode BackTls(int route) => BackendTls?.ModeOf(route) ?? TlsMode.Plain;

    public GreetingAction Greeting(int route) => GreetingLedger.Decide(Protocol, Tls, BackTls(route));

    /// <summary>A server that has just started TLS waits for the client: its first word there is somebody else's (C12).</summary>
    public bool BackendMustWait(int route) => BackTls(route) == TlsMode.StartTls && !Protocol.GreetsAfterStartTls;

    public ImmutableArray<string> BackendOf(int route) => route < 0 ? Backend : RouteBackends[route];
}
