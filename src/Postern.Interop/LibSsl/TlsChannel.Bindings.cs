namespace Postern.Interop.LibSsl;

/// <summary>Channel bindings: what ties a log-in inside TLS to this TLS (RFC 5056).</summary>
public sealed unsafe partial class TlsChannel
{
    private const int ExporterLength = 32;
    private const int MaxDigest = 64;
    private const int ControlExtendedMasterSecret = 122;

    private const int NidMd5 = 4;
    private const int NidSha1 = 64;
    private const int NidSha256 = 672;
    private const int NidSha384 = 673;
    private const int NidSha512 = 674;

    /// <summary>
    /// tls-exporter: RFC 9266 §2, label "EXPORTER-Channel-Binding", empty context, 32 bytes. Empty where TLS cannot give one: in
    /// TLS 1.2 it is unique only with the extended master secret (§3), or two connections could have the same (3SHAKE).
    /// </summary>
    public ReadOnlyMemory<byte> ExportedBinding()
    {
        if (_own is { HasExporter: true })
            return _own.Export("EXPORTER-Channel-Binding"u8, ExporterLength);
        if (_ssl == 0 || (NativeLibSsl.SSL_version(_ssl) != Tls13 && NativeLibSsl.SSL_ctrl(_ssl, ControlExtendedMasterSecret, 0, null) != 1))
            return default;

        byte[] binding = new byte[ExporterLength];
        ReadOnlySpan<byte> label = "EXPORTER-Channel-Binding"u8;
        fixed (byte* l = label)
        fixed (byte* b = binding)
        {
            byte empty = 0;
            int result = NativeLibSsl.SSL_export_keying_material(_ssl, b, ExporterLength, l, (nuint)label.Length, &empty, 0, 1);
            NativeLibCrypto.ERR_clear_error();
            return result == 1 ? binding : default(ReadOnlyMemory<byte>);
        }
    }

    /// <summary>
    /// tls-server-end-point: RFC 5929 §4.1, the hash of the certificate that we showed, by the hash of its signature, MD5 and
    /// SHA-1 raised to SHA-256. Empty where the signature has no hash (Ed25519), for which it is not defined.
    /// </summary>
    public ReadOnlyMemory<byte> ServerEndPoint()
    {
        if (_own is { HasExporter: true })
            return _own.EndPoint;
        nint certificate = _ssl == 0 ? 0 : NativeLibSsl.SSL_get_certificate(_ssl);
        return certificate == 0 ? default(ReadOnlyMemory<byte>) : EndPointOf(certificate);
    }

    /// <summary>The same of any certificate.</summary>
    internal static ReadOnlyMemory<byte> EndPointOf(nint certificate)
    {
        int nid = 0;
        if (NativeLibCrypto.X509_get_signature_info(certificate, &nid, null, null, null) != 1)
            return default;

        nint digest = nid switch
        {
            NidMd5 or NidSha1 or NidSha256 => NativeLibCrypto.EVP_sha256(),
            NidSha384 => NativeLibCrypto.EVP_sha384(),
            NidSha512 => NativeLibCrypto.EVP_sha512(),
            _ => 0,
        };
        if (digest == 0)
            return default;

        byte* hash = stackalloc byte[MaxDigest];
        uint length = 0;
        return NativeLibCrypto.X509_digest(certificate, digest, hash, &length) == 1
            ? new ReadOnlySpan<byte>(hash, (int)length).ToArray()
            : default(ReadOnlyMemory<byte>);
    }
}
