using System.Text;
using Postern.Interop.LibSsl.Tickets;

namespace Postern.Interop.LibSsl;

/// <summary>What a handshake settled: for the log, for routing, and for what the backend is told.</summary>
public sealed unsafe partial class TlsChannel
{
    private const int NidCommonName = 13;
    private const int Tls13 = 0x304;

    // The callbacks of a handshake run on the thread that drives it, inside the call: no other way to find the
    // channel is as cheap as this one.
    [ThreadStatic]
    private static TlsChannel? s_inHandshake;

    internal static TlsChannel? InHandshake => s_inHandshake;

    internal TicketKeys? TicketKeys => _server!.Tickets(Route);

    /// <summary>The name that the client asked for: lower case printable ASCII, else unchecked; null when it sent none.</summary>
    public string? ServerName { get; private set; }

    /// <summary>Whom the client asked for before TLS, in lower case; chooses where it sends no SNI (RFC 6120 §5.4.3.1's domain). Null: nobody.</summary>
    public string? AskedFor { get; init; }

    /// <summary>The route that was chosen by it; −1 is the gate's own backend.</summary>
    public int Route { get; private set; } = -1;

    /// <summary>The ALPN identifier that was agreed on; null when none was.</summary>
    public string? Alpn { get; private set; }

    /// <summary>"TLSv1.3" or "TLSv1.2".</summary>
    public string Version => _ssl == 0 ? _version : OpenSslError.StaticText(NativeLibSsl.SSL_get_version(_ssl));

    /// <summary>OpenSSL's name of the cipher suite.</summary>
    public string Cipher
    {
        get
        {
            if (_ssl == 0)
                return _cipher;
            nint cipher = NativeLibSsl.SSL_get_current_cipher(_ssl);
            return cipher == 0 ? "" : OpenSslError.StaticText(NativeLibSsl.SSL_CIPHER_get_name(cipher));
        }
    }

    /// <summary>
    /// Of a handshake that is done: what it left on the wire is tickets. In TLS 1.3 the client's Finished comes last (RFC
    /// 8446 §2), in a full handshake of TLS 1.2 the server's.
    /// </summary>
    public bool HasTicketsOnly => _ssl == 0 || NativeLibSsl.SSL_version(_ssl) == Tls13;

    public bool Resumed => _ssl == 0 ? _resumed : NativeLibSsl.SSL_session_reused(_ssl) == 1;

    /// <summary>
    /// The client's certificate, DER, and its subject's common name; null when it sent none. It has been verified
    /// when the handshake is done: one that does not verify ends the handshake.
    /// </summary>
    public PeerCertificate? PeerCertificate()
    {
        nint certificate = _ssl == 0 ? 0 : NativeLibSsl.SSL_get1_peer_certificate(_ssl);
        if (certificate == 0)
            return null;

        byte[] der = PemCertificates.ToDer(certificate);
        byte* name = stackalloc byte[256];
        int nameLength = NativeLibCrypto.X509_NAME_get_text_by_NID(
            NativeLibCrypto.X509_get_subject_name(certificate), NidCommonName, name, 256);
        string? commonName = nameLength > 0 ? Encoding.UTF8.GetString(name, nameLength) : null;
        bool verified = NativeLibSsl.SSL_get_verify_result(_ssl) == 0;
        NativeLibCrypto.X509_free(certificate);
        NativeLibCrypto.ERR_clear_error();
        return new PeerCertificate(der, commonName, verified);
    }

    internal void Chosen(string? serverName, ServerNameChoice choice)
    {
        ServerName = serverName;
        Route = choice.Route;
    }

    internal void ChosenAlpn(ReadOnlySpan<byte> name) => Alpn = Encoding.UTF8.GetString(name);
}

/// <summary>A client certificate as it came.</summary>
/// <param name="Der">The certificate.</param>
/// <param name="CommonName">Its subject's CN, unchecked text of whoever signed it; null when it has none.</param>
/// <param name="Verified">The chain was verified to one of the gate's authorities.</param>
public sealed record PeerCertificate(byte[] Der, string? CommonName, bool Verified);
