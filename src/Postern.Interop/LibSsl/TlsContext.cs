using System.Collections.Immutable;
using System.Text;
using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Keys;

namespace Postern.Interop.LibSsl;

/// <summary>What our TLS is on either side: 1.2 and 1.3, forward secrecy only, no renegotiation, no compression.</summary>
internal static unsafe class TlsContext
{
    private const int ControlMode = 33;
    private const int ControlSessionCache = 44;
    private const int ControlChainCertificate = 89;
    private const int ControlGroups = 92;
    private const int ControlMinimumVersion = 123;

    private const nint ModeAcceptMovingBuffer = 2;
    private const nint ModeReleaseBuffers = 16;

    private const ulong OptionNoCompression = 1ul << 17;
    private const ulong OptionNoRenegotiation = 1ul << 30;

    private const nint Tls12 = 0x303;
    private const nint Tls13 = 0x304;

    // RFC 9325 §4.2: ECDHE with an AEAD only. TLS 1.3's suites are all of that kind.
    private static ReadOnlySpan<byte> Tls12Suites => "ECDHE+AESGCM:ECDHE+CHACHA20\0"u8;

    private static ReadOnlySpan<byte> Groups => "X25519:P-256:P-384\0"u8;

    /// <summary>A context with what both sides have in common. 0 and a reason when OpenSSL refuses something.</summary>
    public static nint New(nint method, bool tls13Only, ulong options, out string problem)
    {
        NativeLibCrypto.ERR_clear_error();
        nint context = NativeLibSsl.SSL_CTX_new(method);
        if (context == 0)
        {
            problem = "SSL_CTX_new: " + OpenSslError.Take();
            return 0;
        }

        _ = NativeLibSsl.SSL_CTX_set_options(context, OptionNoCompression | OptionNoRenegotiation | options);
        _ = NativeLibSsl.SSL_CTX_ctrl(context, ControlMode, ModeAcceptMovingBuffer | ModeReleaseBuffers, null);
        _ = NativeLibSsl.SSL_CTX_ctrl(context, ControlSessionCache, 0, null);
        _ = NativeLibSsl.SSL_CTX_ctrl(context, ControlMinimumVersion, tls13Only ? Tls13 : Tls12, null);

        bool ok = true;
        fixed (byte* suites = Tls12Suites)
            ok &= NativeLibSsl.SSL_CTX_set_cipher_list(context, suites) == 1;
        fixed (byte* groups = Groups)
            ok &= NativeLibSsl.SSL_CTX_ctrl(context, ControlGroups, 0, groups) == 1;
        problem = "";
        return ok ? context : Refused(context, out problem);
    }

    /// <summary>Frees the context and takes the reason.</summary>
    public static nint Refused(nint context, out string problem)
    {
        problem = OpenSslError.Take();
        NativeLibSsl.SSL_CTX_free(context);
        return 0;
    }

    /// <summary>A certificate with its chain, and its key, which may be the key agent's.</summary>
    public static bool UseCertificate(nint context, TlsCertificate certificate)
    {
        bool ok = true;
        nint key = 0;
        bool leaf = true;
        PemCertificates.ForEach(certificate.ChainPem, x509 =>
        {
            if (leaf)
            {
                ok &= NativeLibSsl.SSL_CTX_use_certificate(context, x509) == 1;
                key = certificate.KeyNumber < 0 ? KeyReader.Read(certificate.KeyPem, certificate.Passphrase, out _) : KeyProvider.NewKey(x509, certificate.KeyNumber);
            }
            else
            {
                ok &= NativeLibSsl.SSL_CTX_ctrl(context, ControlChainCertificate, 1, (void*)x509) == 1;
            }

            leaf = false;
        });

        ok = ok && key != 0 && NativeLibSsl.SSL_CTX_use_PrivateKey(context, key) == 1;
        NativeLibCrypto.EVP_PKEY_free(key);
        return ok && !leaf;
    }

    /// <summary>ALPN identifiers as RFC 7301 §3.1 writes them: a length byte, the identifier, and so on.</summary>
    public static byte[] WriteAlpn(ImmutableArray<string> names)
    {
        using var wire = new MemoryStream();
        foreach (string name in names)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            wire.WriteByte((byte)bytes.Length);
            wire.Write(bytes);
        }

        return wire.ToArray();
    }
}
