namespace Postern.Interop.LibSsl.Keys;

/// <summary>A private key that can be asked for a signature, wherever it is.</summary>
public interface ISigningKey
{
    /// <summary>
    /// Signs the message. The signature's length; 0 when the scheme is not for this key, or OpenSSL refused; less when
    /// the token that has the key does not answer. Any thread may call.
    /// </summary>
    int Sign(SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature);
}
