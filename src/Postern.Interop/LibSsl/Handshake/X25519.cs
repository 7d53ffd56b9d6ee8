namespace Postern.Interop.LibSsl.Handshake;

/// <summary>A key exchange with a key that is made for it and forgotten behind it: RFC 7748 §6.1, RFC 8446 §7.4.2.</summary>
internal static class X25519
{
    /// <summary>Of a scalar, of a share, and of what is agreed on.</summary>
    public const int Length = 32;

    /// <summary>The base point: u is 9 (RFC 7748 §4.1).</summary>
    private static ReadOnlySpan<byte> Base => [9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Draws a scalar and computes its share. False when OpenSSL cannot.</summary>
    /// <param name="scalar">Ours alone, and the caller's to wipe.</param>
    /// <param name="share">What the other side is to be told.</param>
    public static bool TryGenerate(Span<byte> scalar, Span<byte> share) =>
        RandomNumber.TryFillSecret(scalar[..Length]) && TryMultiply(scalar, Base, share);

    /// <summary>False for a share that would make the secret zero, whatever our scalar is (RFC 7748 §6.1).</summary>
    /// <param name="scalar">Ours.</param>
    /// <param name="peer">The other side's share.</param>
    /// <param name="secret">What both have now.</param>
    public static bool TryAgree(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> peer, Span<byte> secret) => TryMultiply(scalar, peer, secret);

    // The ladder for the base point too: OpenSSL's is hand-written for today's processors, its table for the base point is not.
    private static bool TryMultiply(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point, Span<byte> product) =>
        X25519Functions.Instance is { } functions && functions.TryMultiply(scalar, point, product);
}
