using System.Collections.Immutable;
using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Keys;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>A certificate as a handshake of TLS 1.3 shows it: the message is written once, for as long as the process lives.</summary>
internal sealed class ServerCertificate
{
    /// <summary>A chain that is longer is shown by OpenSSL. Four certificates of RSA-4096 have 8 KB.</summary>
    public const int MaxMessage = 40 * 1024;

    private const byte Type = 11;

    private readonly ImmutableArray<SignatureScheme> _schemes;

    private ServerCertificate(byte[] message, ImmutableArray<SignatureScheme> schemes, ISigningKey key, byte[] endPoint)
    {
        Message = message;
        _schemes = schemes;
        Key = key;
        EndPoint = endPoint;
    }

    /// <summary>The Certificate message (RFC 8446 §4.4.2): no request context, no extensions.</summary>
    public byte[] Message { get; }

    public ISigningKey Key { get; }

    public bool IsRsa => _schemes[0] == SignatureScheme.RsaPssSha256;

    /// <summary>tls-server-end-point (RFC 5929 §4); empty where it is not defined.</summary>
    public byte[] EndPoint { get; }

    /// <summary>Null when it is not for this handshake: a kind of key without a scheme here, a chain without end.</summary>
    public static ServerCertificate? Create(TlsCertificate certificate)
    {
        using var list = new MemoryStream();
        ImmutableArray<SignatureScheme> schemes = default;
        byte[] endPoint = [];
        PemCertificates.ForEach(certificate.ChainPem, x509 =>
        {
            if (schemes.IsDefault)
            {
                schemes = SchemesOf(KeyReader.Describe(LibCrypto.X509_get0_pubkey(x509)));
                endPoint = TlsChannel.EndPointOf(x509).ToArray();
            }

            byte[] der = PemCertificates.ToDer(x509);
            list.Write([(byte)(der.Length >> 16), (byte)(der.Length >> 8), (byte)der.Length]);
            list.Write(der);
            list.Write([0, 0]);
        });

        if (schemes.IsDefaultOrEmpty || list.Length > MaxMessage - 8)
            return null;
        ISigningKey? key = certificate.KeyNumber < 0 ? SigningKey.FromPem(certificate.KeyPem) : KeyProvider.KeyOf(certificate.KeyNumber);
        return key is null ? null : new ServerCertificate(Write(list.ToArray()), schemes, key, endPoint);
    }

    /// <summary>The first of ours that the client takes; None: it takes none.</summary>
    public SignatureScheme Choose(ClientHello hello)
    {
        foreach (SignatureScheme scheme in _schemes)
        {
            if (hello.OffersScheme((ushort)scheme))
                return scheme;
        }

        return SignatureScheme.None;
    }

    /// <summary>RFC 8446 §4.2.3: in TLS 1.3 a curve goes with one hash, and RSA with PSS.</summary>
    private static ImmutableArray<SignatureScheme> SchemesOf(KeyFacts key) => (key.Kind, key.Curve) switch
    {
        (KeyKind.Ec, "prime256v1") => [SignatureScheme.EcdsaSha256],
        (KeyKind.Ec, "secp384r1") => [SignatureScheme.EcdsaSha384],
        (KeyKind.Rsa, _) => [SignatureScheme.RsaPssSha256, SignatureScheme.RsaPssSha384, SignatureScheme.RsaPssSha512],
        (KeyKind.Ed25519, _) => [SignatureScheme.Ed25519],
        _ => [],
    };

    private static byte[] Write(byte[] list)
    {
        var writer = new HandshakeWriter(new byte[list.Length + 8]);
        int message = writer.BeginMessage(Type);
        writer.Byte(0);
        int entries = writer.Begin(3);
        writer.Bytes(list);
        writer.End(entries, 3);
        writer.EndMessage(message);
        return writer.Written.ToArray();
    }
}
