using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Demands;

namespace Postern.Interop.LibSsl;

/// <summary>Who the other side is: whether a certificate will do, and that a server was verified.</summary>
public sealed unsafe partial class TlsChannel
{
    private const nint VerifyOk = 0;
    private const nint VerifyRejected = 50;
    private const nint VerifyNoTlsaMatch = 65;

    private readonly ServerDemand? _demand;

    /// <summary>
    /// Why the peer's certificate was refused, in OpenSSL's words (<c>certificate has expired</c>) or ours; empty when the
    /// handshake failed for another reason, or did not fail.
    /// </summary>
    public string VerifyFailure => Verified switch
    {
        VerifyOk => "",
        VerifyRejected => "not on the list of client-allow",
        VerifyNoTlsaMatch => _demand is { Proof: ServerProof.Key } ? "public key is not one of those pinned" : "matches no TLSA record",
        nint result => OpenSslError.StaticText(NativeLibCrypto.X509_verify_cert_error_string(result)),
    };

    /// <summary>
    /// Of a handshake that is done, and not forgotten: in what the server falls short of a demand that is watched
    /// (<see cref="ServerDemand.Watched"/>). None when it does not, and where nothing is watched.
    /// </summary>
    public TlsFault PeerFault
    {
        get
        {
            if (_demand is not { IsEnforced: false } || !HandshakeDone || _ssl == 0)
                return TlsFault.None;
            nint result = NativeLibSsl.SSL_get_verify_result(_ssl);
            return result == VerifyOk && IsMatched ? TlsFault.None : Named(TlsFaults.OfCertificate(result));
        }
    }

    /// <summary>Which TLSA record, or pin, the server's chain matched; null where there is none, and when the handshake is forgotten.</summary>
    public DaneMatch? Match => _demand is null || _ssl == 0 || !HandshakeDone ? null : Verification.Match(_ssl);

    /// <summary>What the verification came to, where the peer fails with it.</summary>
    private nint Verified => _ssl == 0 || _demand is { Authenticates: false } ? VerifyOk : NativeLibSsl.SSL_get_verify_result(_ssl);

    /// <summary>Where records were demanded, one was matched: OpenSSL says so, and is asked once more.</summary>
    private bool IsMatched => _demand is { Records.IsEmpty: true } || Match is not null;

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
        // Whoever was to show nothing has proved nothing, whatever he shows.
        if (_demand is not { Authenticates: true } || !HandshakeDone || _ssl == 0)
            return null;
        if (Verified != VerifyOk || !IsMatched)
            return null;

        nint certificate = NativeLibSsl.SSL_get1_peer_certificate(_ssl);
        if (certificate == 0)
            return null;

        NativeLibCrypto.X509_free(certificate);
        return new AuthenticatedPeer(_demand.Names[0]);
    }

    /// <summary>
    /// The server as the demand wants it, when the handshake is done: authenticated, or, where nothing more than TLS was
    /// demanded, an <see cref="EncryptedPeer"/>. Null: it is not the one.
    /// </summary>
    public TlsPeer? Accept() =>
        _demand is { Authenticates: false } && HandshakeDone ? new EncryptedPeer(_demand.ServerName) : Authenticate();

    /// <summary>A key that matches no pin is no matter of TLSA.</summary>
    private TlsFault Named(TlsFault fault) => fault == TlsFault.NoTlsaMatch && _demand is { Proof: ServerProof.Key } ? TlsFault.NotListed : fault;
}
