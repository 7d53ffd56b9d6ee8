using System.Collections.Immutable;

namespace Postern.Configuration.Settings;

/// <summary>
/// A whole configuration file, read and validated: what the operator wrote, with every default filled in. It names
/// files and hosts; nothing of them is read yet (see <see cref="Snapshot"/>).
/// </summary>
public sealed record PosternSettings
{
    public required ServerSettings Server { get; init; }

    public required ImmutableArray<CertificateSettings> Certificates { get; init; }

    /// <summary>Gates and outbounds, in the order of the file.</summary>
    public required ImmutableArray<GateSettings> Gates { get; init; }

    public PolicySettings Policy { get; init; } = new();

    public ResolverSettings Resolver { get; init; } = new();

    /// <summary>Null: no report on TLS is sent.</summary>
    public TlsRptSettings? TlsRpt { get; init; }

    /// <summary>Where each of these stands in the file, for what is found out about them later.</summary>
    public SourceMap Source { get; init; } = SourceMap.Empty;
}

/// <summary><c>[certificate.NAME]</c></summary>
public sealed record CertificateSettings
{
    public required string Name { get; init; }

    /// <summary>PEM file: the certificate, then its issuers.</summary>
    public required string Chain { get; init; }

    /// <summary>PEM file: the private key (EC, RSA or Ed25519). A key on a token: its URI, for messages.</summary>
    public required string Key { get; init; }

    /// <summary>Where the key is when it is on a token; null when it is in a file.</summary>
    public TokenUri? Token { get; init; }

    /// <summary>The credential of systemd that holds the key's passphrase; null for a key without one.</summary>
    public string? KeyPassphraseCredential { get; init; }
}
