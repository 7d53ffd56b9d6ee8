namespace Postern.Engine.Outbound;

/// <summary>How long a client of XMPP waits for a server of the domain that it asked for, in milliseconds.</summary>
/// <param name="Whole">For all of it; when it is over, no further server is tried.</param>
/// <param name="Answer">For the resolver's answer.</param>
/// <param name="Connect">For one address to take a connection.</param>
/// <param name="Tls">For one server's stream header, features, proceed, and the handshake.</param>
public sealed record ServiceTimes(int Whole, int Answer, int Connect, int Tls)
{
    /// <summary>
    /// A local server waits too (Prosody's s2s_timeout: 90 seconds from its connection to the end of SASL), and a refusal of ours, which
    /// says why, has to come before it goes. The resolver's own deadline is 20 seconds, and 30 for the look-up that it may have begun
    /// before they are over: 55 are for one that died. Four SYNs get out in 10 seconds, and four round trips are done in 20.
    /// </summary>
    public static ServiceTimes Standard { get; } = new(Whole: 80_000, Answer: 55_000, Connect: 10_000, Tls: 20_000);
}
