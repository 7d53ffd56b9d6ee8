using System.Collections.Immutable;
using Postern.Protocols;

namespace Postern.Configuration.Settings;

/// <summary>How a gate speaks TLS with its backends: the keys that begin with <c>backend-</c>.</summary>
public sealed record BackendTlsSettings
{
    /// <summary>Implicit or StartTls; null: what discovery finds, and every backend is discovered.</summary>
    public TlsMode? Mode { get; init; }

    /// <summary>The reference identifier of the gate's own backend; null: its host, or the domain that is asked.</summary>
    public string? Name { get; init; }

    public required BackendTrust Trust { get; init; }

    public required TlsVersion MinTls { get; init; }

    /// <summary>ALPN identifiers offered; null: the protocol's registered ones.</summary>
    public ImmutableArray<string>? Alpn { get; init; }

    /// <summary>The certificate that is shown to a backend that asks; null: none.</summary>
    public string? Certificate { get; init; }
}

/// <summary>Whom a backend's certificate must satisfy: the system's authorities, those of a file, known keys, or TLSA records.</summary>
public sealed record BackendTrust
{
    public static BackendTrust System { get; } = new();

    public static BackendTrust Dane { get; } = new() { IsDane = true };

    /// <summary>PEM file of authorities, or of the backend's own certificate.</summary>
    public string? File { get; init; }

    /// <summary>SHA-256 of public keys (SubjectPublicKeyInfo), 32 bytes each.</summary>
    public ImmutableArray<byte[]> Pins { get; init; } = [];

    /// <summary>What the DNS says of the backend, securely; nothing else will do.</summary>
    public bool IsDane { get; init; }

    public bool IsSystem => File is null && Pins.IsEmpty && !IsDane;
}

/// <summary>One entry of <c>client-allow</c>, taken apart.</summary>
/// <param name="Kind">dns, email, uri, ip or sha256.</param>
/// <param name="Value">What stands behind the colon, in the form that it is compared in.</param>
public sealed record AllowedClient(string Kind, string Value);
