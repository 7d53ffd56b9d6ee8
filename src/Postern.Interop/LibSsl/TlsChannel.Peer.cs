using Postern.Interop.LibSsl.Certificates;

namespace Postern.Interop.LibSsl;

/// <summary>Who the other side is: whether a certificate will do, and that a server was verified.</summary>
public sealed unsafe partial class TlsChannel
{
    private const nint VerifyOk = 0;
    private const nint VerifyRejected = 50;

    private string _expected = "";

    /// <summary>
    /// Why the peer's certificate was refused, in OpenSSL's words (<c>certificate has expired</c>) or ours; empty when the
    /// handshake failed for another reason, or did not fail.
    /// </summary>
    public string VerifyFailure
    {
        get
        {
            nint result = _ssl == 0 ? VerifyOk : NativeLibSsl.SSL_get_verify_result(_ssl);
            return result switch
            {
                VerifyOk => "",
                VerifyRejected => _server is null ? "public key is not one of those pinned" : "not on the list of client-allow",
                _ => OpenSslError.StaticText(NativeLibCrypto.X509_verify_cert_error_string(result)),
            };
        }
    }

    /// <summary>
    /// What the server showed as its certificate, whether it was trusted or not: to tell an operator what is wrong with it.
    /// Null when it showed none, and when the handshake is forgotten.
    /// </summary>
    public ShownCertificate? Shown()
    {
        // The chain is kept before it is verified, the certificate (SSL_get1_peer_certificate) only behind that.
        nint chain = _server is null && _ssl != 0 ? NativeLibSsl.SSL_get_peer_cert_chain(_ssl) : 0;
        return chain == 0 || LibCrypto.OPENSSL_sk_num(chain) < 1 ? null : CertificateInspector.Describe(chain);
    }

    /// <summary>
    /// The server, when the handshake is done and its certificate was verified in it; null otherwise. A suite without a
    /// certificate, or a key shared before, is not among those that we offer; were it, there would be none to be had here.
    /// </summary>
    public AuthenticatedPeer? Authenticate()
    {
        if (_server is not null || !HandshakeDone || _ssl == 0 || NativeLibSsl.SSL_get_verify_result(_ssl) != VerifyOk)
            return null;

        nint certificate = NativeLibSsl.SSL_get1_peer_certificate(_ssl);
        if (certificate == 0)
            return null;

        NativeLibCrypto.X509_free(certificate);
        return new AuthenticatedPeer(_expected);
    }
}
