using System.Collections.Immutable;

namespace Postern.Interop.LibSsl.Certificates;

public enum KeyKind
{
    /// <summary>Neither of those below; <see cref="KeyFacts.Description"/> says which.</summary>
    Other,
    Ec,
    Rsa,
    Ed25519,
}

/// <summary>A key, as far as one may talk about it.</summary>
/// <param name="Bits">Of the modulus or of the curve's field.</param>
/// <param name="Curve">OpenSSL's name of an EC key's curve ("prime256v1"); empty for other keys, or for explicit parameters.</param>
public sealed record KeyFacts(KeyKind Kind, int Bits, string Curve, string Description);

/// <summary>What stands in a file of certificates.</summary>
public sealed record ChainFacts
{
    /// <summary>Certificates in the file, the leaf included.</summary>
    public required int Count { get; init; }

    /// <summary>The key of the first certificate, the leaf.</summary>
    public required KeyFacts Key { get; init; }

    /// <summary>DNS names of the leaf's subjectAltName in lower case, as they stand there.</summary>
    public required ImmutableArray<string> DnsNames { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>From 1: the first certificate that the one behind it did not issue; 0 when the chain is in order.</summary>
    public required int BrokenAfter { get; init; }
}

public enum PemProblem
{
    None,

    /// <summary>No line "-----BEGIN …" at all.</summary>
    NotPem,

    /// <summary>PEM, but nothing of what is looked for in it.</summary>
    NothingInIt,

    /// <summary>A certificate or key that OpenSSL cannot read.</summary>
    Malformed,

    /// <summary>A private key under a passphrase, and none was given.</summary>
    Encrypted,

    /// <summary>A private key under a passphrase that is not the one that was given; or it is damaged, which cannot be told apart.</summary>
    WrongPassphrase,

    /// <summary>More certificates than any chain has.</summary>
    TooMany,
}

/// <summary>How a private key relates to the certificates of a file.</summary>
/// <param name="First">The key belongs to the first certificate.</param>
/// <param name="Index">From 1: the certificate that it belongs to; 0 when there is none.</param>
public readonly record struct KeyMatch(bool First, int Index);
