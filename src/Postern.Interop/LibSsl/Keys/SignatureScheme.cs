namespace Postern.Interop.LibSsl.Keys;

/// <summary>What is signed how, by the code points of RFC 8446 §4.2.3. TLS 1.2 knows the same pairs of hash and algorithm (RFC 5246 §7.4.1.4.1).</summary>
public enum SignatureScheme : ushort
{
    None = 0,
    RsaPkcs1Sha256 = 0x0401,
    RsaPkcs1Sha384 = 0x0501,
    RsaPkcs1Sha512 = 0x0601,
    EcdsaSha256 = 0x0403,
    EcdsaSha384 = 0x0503,
    EcdsaSha512 = 0x0603,
    RsaPssSha256 = 0x0804,
    RsaPssSha384 = 0x0805,
    RsaPssSha512 = 0x0806,
    Ed25519 = 0x0807,
}

/// <summary>Whoever holds the private keys: signs for those who know them by number only.</summary>
public interface IKeyAgent
{
    /// <summary>Signs the whole message. Called inside a handshake: must not throw.</summary>
    /// <param name="key">The key's number.</param>
    /// <param name="scheme">How; never <see cref="SignatureScheme.None"/>.</param>
    /// <param name="message">Everything that is signed, not its hash.</param>
    /// <param name="signature">Where it goes: 512 bytes are enough for RSA-4096.</param>
    /// <returns>The signature's length, or 0 when there is none.</returns>
    int Sign(int key, SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature);
}
