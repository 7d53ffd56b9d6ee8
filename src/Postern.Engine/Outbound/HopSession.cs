using Postern.Interop.LibSsl;
using Postern.Policy.Decision;
using Postern.Protocols.Smtp.Outbound;

namespace Postern.Engine.Outbound;

/// <summary>
/// A connection on which mail may be said. There are two ways to one, and both ask the host's case: a peer that was accepted under
/// its demand, or no TLS where nothing more is demanded than TLS if it is offered. To forget the question does not compile.
/// </summary>
public sealed class HopSession : IDisposable
{
    private HopSession(TlsChannel? channel, TlsPeer? peer) => (Channel, Peer) = (channel, peer);

    /// <summary>Null in the clear.</summary>
    public TlsChannel? Channel { get; }

    /// <summary>Null in the clear.</summary>
    public TlsPeer? Peer { get; }

    /// <summary>It showed what was demanded of it, and that was more than TLS.</summary>
    public bool IsAuthenticated => Peer is AuthenticatedPeer;

    /// <summary>
    /// How TLS comes to the host: a demand that is more than <see cref="TlsProof.IfOffered"/> leaves no way around STARTTLS (RFC 7672
    /// §2.2, RFC 8461 §4.2).
    /// </summary>
    /// <param name="hop">The case.</param>
    /// <param name="inTheClear">Its handshake failed just before.</param>
    public static HopTls Wanted(HopCase hop, bool inTheClear)
    {
        ArgumentNullException.ThrowIfNull(hop);
        return hop.Demand.Proof != TlsProof.IfOffered ? HopTls.Required : inTheClear ? HopTls.Unwanted : HopTls.IfOffered;
    }

    /// <summary>Null: the host is not the one that the case demands.</summary>
    /// <param name="hop">The case.</param>
    /// <param name="channel">Its handshake is done, under the demand of this case.</param>
    public static HopSession? InsideTls(HopCase hop, TlsChannel channel)
    {
        ArgumentNullException.ThrowIfNull(hop);
        ArgumentNullException.ThrowIfNull(channel);
        return channel.Accept() is { } peer && (!hop.Demand.IsAuthenticated || peer is AuthenticatedPeer) ? new HopSession(channel, peer) : null;
    }

    /// <summary>Null: the case demands TLS.</summary>
    public static HopSession? InTheClear(HopCase hop)
    {
        ArgumentNullException.ThrowIfNull(hop);
        return hop.Demand.Proof == TlsProof.IfOffered ? new HopSession(null, null) : null;
    }

    /// <summary>For the log: <c>TLSv1.3 TLS_AES_256_GCM_SHA384 mx.example.org</c>, or that there is none.</summary>
    public string Describe() => Channel is null ? "none" : $"{Channel.Version} {Channel.Cipher} {(IsAuthenticated ? Peer!.Name : "not authenticated")}";

    public void Dispose() => Channel?.Dispose();
}
