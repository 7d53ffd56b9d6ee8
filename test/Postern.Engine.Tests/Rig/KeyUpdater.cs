using System.Net.Sockets;
using static Postern.Engine.Tests.Rig.RawSsl;

namespace Postern.Engine.Tests.Rig;

/// <summary>
/// A TLS 1.3 client that asks for new keys again and again (KeyUpdate, RFC 8446 §4.6.3) and reads none of the answers:
/// SslStream cannot be made to, so this is OpenSSL, as it comes.
/// </summary>
internal sealed class KeyUpdater : IDisposable
{
    private const int UpdateRequested = 1;

    private readonly nint _context;
    private readonly nint _ssl;

    /// <param name="socket">Connected, nothing said yet; a send that waits longer than two seconds fails.</param>
    public KeyUpdater(Socket socket)
    {
        LimitSends(socket);
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
}
