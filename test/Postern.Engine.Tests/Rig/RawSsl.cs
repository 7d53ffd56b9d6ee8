using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Postern.Engine.Tests.Rig;

/// <summary>OpenSSL, as it comes: for peers that do what SslStream cannot be made to do.</summary>
internal static class RawSsl
{
    private const int SolSocket = 1;
    private const int SendTimeout = 21;

    /// <summary>A send that waits longer than two seconds fails.</summary>
    public static void LimitSends(Socket socket)
    {
        byte[] twoSeconds = new byte[16];
        twoSeconds[0] = 2;
        socket.SetRawSocketOption(SolSocket, SendTimeout, twoSeconds);
    }

    [DllImport("libssl.so.3")]
    internal static extern nint TLS_client_method();

    [DllImport("libssl.so.3")]
    internal static extern nint TLS_server_method();

    [DllImport("libssl.so.3")]
    internal static extern nint SSL_CTX_new(nint method);

    [DllImport("libssl.so.3")]
    internal static extern void SSL_CTX_free(nint context);

    [DllImport("libssl.so.3")]
    internal static extern nint SSL_CTX_ctrl(nint context, int command, nint number, nint pointer);

    [DllImport("libssl.so.3", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    internal static extern int SSL_CTX_use_certificate_chain_file(nint context, string file);

    [DllImport("libssl.so.3", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    internal static extern int SSL_CTX_use_PrivateKey_file(nint context, string file, int type);

    [DllImport("libssl.so.3")]
    internal static extern nint SSL_new(nint context);

    [DllImport("libssl.so.3")]
    internal static extern void SSL_free(nint ssl);

    [DllImport("libssl.so.3")]
    internal static extern int SSL_set_fd(nint ssl, int fd);

    [DllImport("libssl.so.3")]
    internal static extern int SSL_connect(nint ssl);

    [DllImport("libssl.so.3")]
    internal static extern int SSL_accept(nint ssl);

    [DllImport("libssl.so.3")]
    internal static extern int SSL_key_update(nint ssl, int type);

    [DllImport("libssl.so.3")]
    internal static extern int SSL_renegotiate(nint ssl);

    [DllImport("libssl.so.3")]
    internal static extern int SSL_do_handshake(nint ssl);
}
