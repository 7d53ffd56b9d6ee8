using Postern.Interop.LibSsl;

namespace Postern.Engine.Upstream;

/// <summary>
/// TLS with a server that was verified. The relay has no other way to say a word inside TLS to a server, and there is no other
/// way to make one.
/// </summary>
internal sealed class BackendSession(TlsChannel channel, AuthenticatedPeer peer) : IDisposable
{
    public TlsChannel Channel { get; } = channel;

    public AuthenticatedPeer Peer { get; } = peer;

    /// <summary>Our close_notify has been said.</summary>
    public bool CloseNotifySaid { get; private set; }

    /// <summary>For the log: <c>TLSv1.3 TLS_AES_256_GCM_SHA384 mail.example.org</c>.</summary>
    public string Describe() => $"{Channel.Version} {Channel.Cipher} {Peer.Name}";

    public void SayCloseNotify()
    {
        CloseNotifySaid = true;
        Channel.Shutdown();
    }

    public void Dispose() => Channel.Dispose();
}
