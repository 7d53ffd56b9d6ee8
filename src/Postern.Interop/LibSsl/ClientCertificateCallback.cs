using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl;

/// <summary>
/// Asked by OpenSSL when a server wants a certificate of ours (SSL_CTX_set_cert_cb(3)), by when the version is settled: in TLS 1.2
/// none is shown, since the key agent signs nothing that a client says there. The handshake goes on without one (RFC 5246 §7.4.6).
/// </summary>
internal static unsafe class ClientCertificateCallback
{
    private const int Tls13 = 0x304;
    private const int GoOn = 1;

    [UnmanagedCallersOnly]
    public static int Run(nint ssl, void* argument)
    {
        if (NativeLibSsl.SSL_version(ssl) < Tls13)
            NativeLibSsl.SSL_certs_clear(ssl);
        return GoOn;
    }
}
