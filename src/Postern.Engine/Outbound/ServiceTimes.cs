namespace Postern.Engine.Outbound;

/// <summary>How long a client of XMPP waits for a server of the domain that it asked for, and we for that server's end, in milliseconds.</summary>
/// <param name="Whole">For all of it; when it is over, no further server is tried.</param>
/// <param name="Answer">For the resolver's answer.</param>
/// <param name="Connect">For one address to take a connection.</param>
/// <param name="Tls">For one server's stream header, features, proceed, and the handshake.</param>
/// <param name="HalfClosed">For the server to close, or to say something, when the client has closed; and the other way round.</param>
/// <param name="Stalled">For the server to take anything of what waits for it.</param>
public sealed record ServiceTimes(int Whole, int Answer, int Connect, int Tls, int HalfClosed, int Stalled)
{
    /// <summary>
    /// A local server waits too (Prosody's s2s_timeout: 90 seconds from its connection to the end of SASL), and a refusal of ours, which
    /// says why, has to come before it goes. The resolver's own deadline is 20 seconds, and 30 for the look-up that it may have begun
    /// before they are over: 55 are for one that died. Four SYNs get out in 10 seconds, and four round trips are done in 20.
    /// A server that is only busy reads again within five minutes, and a network that fails is mostly back by then.
    /// </summary>
    public static ServiceTimes Standard { get; } = new(Whole: 80_000, Answer: 55_000, Connect: 10_000, Tls: 20_000, HalfClosed: 60_000, Stalled: 5 * 60_000);
}
