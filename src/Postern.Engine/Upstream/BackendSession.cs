using Postern.Interop.LibSsl;
using Postern.Policy.Decision;

namespace Postern.Engine.Upstream;

/// <summary>
/// TLS with a server that has shown what is demanded of it. The relay has no other way to say a word inside TLS to a server. There are
/// two ways to one: a backend's certificate was verified, or a server in the world was accepted under its own demand.
/// </summary>
internal sealed class BackendSession : IDisposable
{
    private readonly TlsPeer _peer;
    private readonly string _proof;

    private BackendSession(TlsChannel channel, TlsPeer peer, string proof)
    {
        Channel = channel;
        _peer = peer;
        _proof = proof;
    }

    public TlsChannel Channel { get; }

    /// <summary>Our close_notify has been said.</summary>
    public bool CloseNotifySaid { get; private set; }

    /// <summary>A backend of the operator's; null: it was not verified.</summary>
    public static BackendSession? WithBackend(TlsChannel channel) =>
        channel.Authenticate() is { } peer ? new BackendSession(channel, peer, "") : null;

    /// <summary>A server in the world; null: it is not the one that is demanded.</summary>
    /// <param name="channel">Its handshake is done, under this demand.</param>
    /// <param name="demand">Where no more than TLS is demanded, whoever speaks TLS will do.</param>
    public static BackendSession? WithServer(TlsChannel channel, TlsDemand demand) =>
        channel.Accept() is { } peer && (!demand.IsAuthenticated || peer is AuthenticatedPeer) ? new BackendSession(channel, peer, ProofOf(demand)) : null;

    /// <summary>
    /// For the log: <c>TLSv1.3 TLS_AES_256_GCM_SHA384 mail.example.org</c>, of a server in the world with its proof behind it:
    /// <c>dane</c>, <c>webpki</c>, <c>pin</c>, or in place of the name <c>not authenticated</c>.
    /// </summary>
    public string Describe() => $"{Channel.Version} {Channel.Cipher} {(_peer is AuthenticatedPeer ? _peer.Name + _proof : "not authenticated")}";

    public void SayCloseNotify()
    {
        CloseNotifySaid = true;
        Channel.Shutdown();
    }

    public void Dispose() => Channel.Dispose();

    private static string ProofOf(TlsDemand demand) => demand.Proof switch
    {
        TlsProof.Dane => " dane",
        TlsProof.Pins => " pin",
        TlsProof.WebPki => " webpki",
        _ => "",
    };
}
