using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Postern.Bench.Interop;

namespace Postern.Bench.Load;

internal enum KeyKind
{
    EcdsaP256,
    Rsa2048,
}

/// <summary>
/// What every client of a measurement offers. One version, one cipher, one group and one signature algorithm: no peer
/// can choose something cheaper than another.
/// </summary>
internal sealed unsafe class TlsClientContext : IDisposable
{
    private static long ticketsSeen;

    /// <param name="key">The server's kind of key, whose signature is the only one asked for.</param>
    /// <param name="resumes">Whether one session will be offered again and again.</param>
    internal TlsClientContext(KeyKind key, bool resumes)
    {
        Handle = LibSsl.SSL_CTX_new(LibSsl.TLS_client_method());
        var signature = key == KeyKind.EcdsaP256 ? "ECDSA+SHA256" : "RSA-PSS+SHA256";
        var ok = Handle != 0
            && LibSsl.SSL_CTX_ctrl(Handle, LibSsl.CtrlSetMinimumVersion, LibSsl.Tls13, 0) == 1
            && LibSsl.SSL_CTX_ctrl(Handle, LibSsl.CtrlSetMaximumVersion, LibSsl.Tls13, 0) == 1
            && LibSsl.SSL_CTX_set_ciphersuites(Handle, "TLS_AES_256_GCM_SHA384") == 1
            && LibSsl.SSL_CTX_ctrl_text(Handle, LibSsl.CtrlSetGroupsList, 0, "X25519") == 1
            && LibSsl.SSL_CTX_ctrl_text(Handle, LibSsl.CtrlSetSignatureAlgorithms, 0, signature) == 1;
        if (!ok)
            throw new InvalidOperationException("OpenSSL refuses the client's settings: " + LibSsl.LastError());
        // A record in one read, and not its header first and then the rest.
        LibSsl.SSL_CTX_ctrl(Handle, LibSsl.CtrlSetReadAhead, 1, 0);
        // With any client cache mode, OpenSSL spoils a TLS 1.3 session once it has been used (RFC 8446 C.4 would have a
        // client use a ticket once, so that nobody can link its connections; here there is nobody to hide from).
        var cacheMode = resumes ? LibSsl.CacheModeOff : LibSsl.CacheModeTellOnly;
        LibSsl.SSL_CTX_ctrl(Handle, LibSsl.CtrlSetSessionCacheMode, cacheMode, 0);
        LibSsl.SSL_CTX_sess_set_new_cb(Handle, &CountTicket);
    }

    internal nint Handle { get; private set; }

    /// <summary>A session to offer in each handshake; 0: none.</summary>
    internal nint Session { get; private set; }

    /// <summary>Session tickets that servers have sent to this program so far, to clients that resume nothing.</summary>
    internal static long TicketsSeen => Interlocked.Read(ref ticketsSeen);

    internal void Resume(nint session)
    {
        if (Session != 0)
            LibSsl.SSL_SESSION_free(Session);
        Session = session;
    }

    public void Dispose()
    {
        Resume(0);
        LibSsl.SSL_CTX_free(Handle);
        Handle = 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CountTicket(nint ssl, nint session)
    {
        Interlocked.Increment(ref ticketsSeen);
        return 0; // we keep no reference
    }
}
