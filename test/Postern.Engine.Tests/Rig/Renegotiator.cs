using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using static Postern.Engine.Tests.Rig.RawSsl;

namespace Postern.Engine.Tests.Rig;

/// <summary>
/// A mail host that speaks TLS 1.2, asks for another handshake again and again (HelloRequest, RFC 5246 §7.4.1.1) and reads none of the
/// answers: SslStream cannot be made to, so this is OpenSSL, as it comes.
/// </summary>
internal sealed class Renegotiator : IDisposable
{
    private const int SetMaxProtocol = 124;
    private const int Tls12 = 0x303;
    private const int Pem = 1;

    /// <summary>The kernel keeps little of the answers: what is not taken is the gate's to keep.</summary>
    private const int SmallBuffer = 4096;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postern-renegotiator-");
    private readonly nint _context;

    public Renegotiator(X509Certificate2 certificate)
    {
        string chain = Path.Combine(_folder.FullName, "chain.pem"), key = Path.Combine(_folder.FullName, "key.pem");
        File.WriteAllText(chain, certificate.ExportCertificatePem());
        File.WriteAllText(key, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        _context = SSL_CTX_new(TLS_server_method());
        if (SSL_CTX_ctrl(_context, SetMaxProtocol, Tls12, 0) != 1 || SSL_CTX_use_certificate_chain_file(_context, chain) != 1 || SSL_CTX_use_PrivateKey_file(_context, key, Pem) != 1)
            throw new InvalidOperationException("no certificate");
        _listener.Server.ReceiveBufferSize = SmallBuffer;
        _listener.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>
    /// Takes one connection as far as TLS, and asks until that many times, or until the gate takes no more for two seconds. How many
    /// went.
    /// </summary>
    public int Flood(int most)
    {
        using Socket socket = _listener.AcceptSocket();
        using (var stream = new NetworkStream(socket, ownsSocket: false))
        using (var reader = new StreamReader(stream, Encoding.ASCII))
        {
            stream.Write("220 mx ESMTP\r\n"u8);
            _ = reader.ReadLine();
            stream.Write("250-mx\r\n250 STARTTLS\r\n"u8);
            _ = reader.ReadLine();
            stream.Write("220 go\r\n"u8);
        }

        LimitSends(socket);
        nint ssl = SSL_new(_context);
        try
        {
            _ = SSL_set_fd(ssl, (int)socket.Handle);
            if (SSL_accept(ssl) != 1)
                throw new InvalidOperationException("no handshake");
            int sent = 0;
            while (sent < most && SSL_renegotiate(ssl) == 1 && SSL_do_handshake(ssl) == 1)
                sent++;
            return sent;
        }
        finally
        {
            SSL_free(ssl);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        SSL_CTX_free(_context);
        _folder.Delete(recursive: true);
    }
}
