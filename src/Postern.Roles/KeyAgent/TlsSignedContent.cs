using System.Buffers.Binary;
using Postern.Configuration;
using Postern.Interop.LibSsl.Keys;

namespace Postern.Roles.KeyAgent;

/// <summary>What TLS has somebody sign.</summary>
public enum SignedContent
{
    /// <summary>Nothing that is signed here.</summary>
    Other,

    /// <summary>TLS 1.2: the randoms and the parameters of an ECDHE exchange (RFC 8422 §5.4).</summary>
    ServerKeyExchange,

    /// <summary>TLS 1.3: the server's CertificateVerify (RFC 8446 §4.4.3).</summary>
    ServerCertificateVerify,

    /// <summary>TLS 1.3: the client's CertificateVerify, for a connection to a backend.</summary>
    ClientCertificateVerify,
}

/// <summary>
/// The shape of what is to be signed. A key that would sign anything could be made to sign a certificate request, an
/// SSH login, or, in the client's place, another server's handshake.
/// </summary>
/// <remarks>
/// A client's CertificateVerify of TLS 1.2 signs the whole dialogue so far (RFC 5246 §7.4.8), whose bytes the client
/// chooses for a good part: it has no shape to be known by, and is not signed.
/// </remarks>
public static class TlsSignedContent
{
    /// <summary>The longest of them: two randoms, and a point of P-384 with what stands before it.</summary>
    public const int MaxLength = 192;

    private const int Randoms = 64;
    private const int NamedCurve = 3;
    private const int Spaces = 64;

    private static ReadOnlySpan<byte> ServerContext => "TLS 1.3, server CertificateVerify\0"u8;

    private static ReadOnlySpan<byte> ClientContext => "TLS 1.3, client CertificateVerify\0"u8;

    public static SignedContent Recognise(ReadOnlySpan<byte> message) =>
        IsCertificateVerify(message, ServerContext) ? SignedContent.ServerCertificateVerify
        : IsCertificateVerify(message, ClientContext) ? SignedContent.ClientCertificateVerify
        : IsServerKeyExchange(message) ? SignedContent.ServerKeyExchange
        : SignedContent.Other;

    /// <summary>Whether this shape is ever signed so: RFC 8446 §4.2.3 has no PKCS#1 in TLS 1.3.</summary>
    public static bool Allows(SignedContent content, SignatureScheme scheme) => content switch
    {
        SignedContent.ServerKeyExchange => scheme != SignatureScheme.None,
        SignedContent.ServerCertificateVerify or SignedContent.ClientCertificateVerify => scheme is not (SignatureScheme.None or SignatureScheme.RsaPkcs1Sha256
            or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPkcs1Sha512),
        _ => false,
    };

    /// <summary>Whose key this content is for.</summary>
    public static KeyUse SignerOf(SignedContent content) =>
        content == SignedContent.ClientCertificateVerify ? KeyUse.Client : KeyUse.Server;

    /// <summary>64 spaces, the context string, a zero, and the hash of the handshake: SHA-256 or SHA-384, as the suites have it.</summary>
    private static bool IsCertificateVerify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> context)
    {
        int hash = message.Length - Spaces - context.Length;
        return hash is 32 or 48
            && !message[..Spaces].ContainsAnyExcept((byte)' ')
            && message.Slice(Spaces, context.Length).SequenceEqual(context);
    }

    /// <summary>Two randoms of 32 bytes, "named curve", the curve, and one point of exactly its size.</summary>
    private static bool IsServerKeyExchange(ReadOnlySpan<byte> message)
    {
        const int Head = Randoms + 4;
        if (message.Length < Head || message[Randoms] != NamedCurve)
            return false;

        // RFC 8422 §5.1.1: secp256r1, secp384r1, x25519; those that our gates offer.
        int size = BinaryPrimitives.ReadUInt16BigEndian(message[(Randoms + 1)..]) switch
        {
            0x0017 => 65,
            0x0018 => 97,
            0x001d => 32,
            _ => 0,
        };
        const int Uncompressed = 4;
        return size != 0
            && message[Head - 1] == size
            && message.Length == Head + size
            && (size == 32 || message[Head] == Uncompressed);
    }
}
