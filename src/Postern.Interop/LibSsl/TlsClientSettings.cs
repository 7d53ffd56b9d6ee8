using System.Collections.Immutable;

namespace Postern.Interop.LibSsl;

/// <summary>Everything that decides a TLS handshake with the servers behind one gate.</summary>
public sealed record TlsClientSettings
{
    /// <summary>SHA-256 of a public key.</summary>
    public const int PinLength = 32;

    /// <summary>PEM certificates that a chain must end in; empty where there are pins.</summary>
    public byte[] TrustPem { get; init; } = [];

    /// <summary>
    /// SHA-256 of the SubjectPublicKeyInfo of the server's own certificate (RFC 7469 §2.4 has the form). Where there is one, the
    /// key is all that counts: who signed it, for which name and until when does not.
    /// </summary>
    public ImmutableArray<byte[]> Pins { get; init; } = [];

    public required bool Tls13Only { get; init; }

    /// <summary>ALPN identifiers that we offer; a server that knows no ALPN is taken as it is.</summary>
    public required ImmutableArray<string> Alpn { get; init; }

    /// <summary>What we present when the server asks; null: nothing.</summary>
    public TlsCertificate? Certificate { get; init; }

    /// <summary>A server that speaks TLS 1.2 is shown nothing, and may go on without.</summary>
    public bool CertificateInTls13Only { get; init; }
}
