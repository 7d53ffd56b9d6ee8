using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Postern.Policy.Operator;

/// <summary>The SHA-256 of a public key (SubjectPublicKeyInfo), as in a gate's <c>backend-trust</c>.</summary>
public sealed record Pin(ImmutableArray<byte> Digest)
{
    private const string Prefix = "sha256:";

    /// <summary><c>sha256:</c> and 64 hexadecimal digits, or the base64 of 32 bytes.</summary>
    public static Pin? Read(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return null;

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        ReadOnlySpan<char> value = text.AsSpan(Prefix.Length);
        bool hex = value.Length == 2 * digest.Length;
        if (hex && Convert.FromHexString(value, digest, out _, out _) == System.Buffers.OperationStatus.Done)
            return new Pin([.. digest]);
        return !hex && Convert.TryFromBase64Chars(value, digest, out int written) && written == digest.Length ? new Pin([.. digest]) : null;
    }

    public bool Equals(Pin? other) => other is not null && Digest.AsSpan().SequenceEqual(other.Digest.AsSpan());

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Digest.AsSpan());
        return hash.ToHashCode();
    }

    public override string ToString() => Prefix + Convert.ToHexStringLower(Digest.AsSpan());
}
