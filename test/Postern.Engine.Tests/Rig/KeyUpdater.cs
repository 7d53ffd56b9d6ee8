using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Postern.Engine.Tests.Rig;

/// <summary>
/// A TLS 1.3 client that asks for new keys again and again (KeyUpdate, RFC 8446 §4.6.3) and reads none of the answers:
/// SslStream cannot be made to, so this is OpenSSL, as it comes.
/// </summary>
internal sealed class KeyUpdater : IDisposable
{
    private const int UpdateRequested = 1;
    private const int SolSocket = 1;
    private const int SendTimeout = 21;

    private readonly nint _context;
    private readonly nint _ssl;

    /// <param name="socket">Connected, nothing said yet; a send that waits longer than two seconds fails.</param>
    public KeyUpdater(Socket socket)
    {
        byte[] twoSeconds = new byte[16];
        twoSeconds[0] = 2;
        socket.SetRawSocketOption(SolSocket, SendTimeout, twoSeconds);
        _context = SSL_CTX_new(TLS_client_method());
        _ssl = SSL_new(_context);
        _ = SSL_set_fd(_ssl, (int)socket.Handle);
        if (SSL_connect(_ssl) != 1)
            throw new InvalidOperationException("no handshake");
    }

    /// <summary>Asks for new keys, until that many times or until the kernel takes no more. How many went.</summary>
    public int Flood(int most)
    {
        int sent = 0;
        while (sent < most && SSL_key_update(_ssl, UpdateRequested) == 1 && SSL_do_handshake(_ssl) == 1)
            sent++;
        return sent;
    }

    public void Dispose()
    {
        SSL_free(_ssl);
        SSL_CTX_free(_context);
    }

    [DllImport("libssl.so.3")]
    private static extern nint TLS_client_method();

    [DllImport("libssl.so.3")]
    private static extern nint SSL_CTX_new(nint method);

    [DllImport("libssl.so.3")]
    private static extern void SSL_CTX_free(nint context);

    [DllImport("libssl.so.3")]
    private static extern nint SSL_new(nint context);

    [DllImport("libssl.so.3")]
    private static extern void SSL_free(nint ssl);

    [DllImport("libssl.so.3")]
    private static extern int SSL_set_fd(nint ssl, int fd);

    [DllImport("libssl.so.3")]
    private static extern int SSL_connect(nint ssl);

    [DllImport("libssl.so.3")]
    private static extern int SSL_key_update(nint ssl, int type);

    [DllImport("libssl.so.3")]
    private static extern int SSL_do_handshake(nint ssl);
}
