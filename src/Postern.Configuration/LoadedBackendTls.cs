using System.Collections.Immutable;
using Postern.Interop.LibSsl;
using Postern.Protocols;

namespace Postern.Configuration;

/// <summary>TLS with a gate's backends, with the files read.</summary>
public sealed record LoadedBackendTls
{
    /// <summary>Implicit or StartTls: for the gate's own backend, then for each route's.</summary>
    public required ImmutableArray<TlsMode> Modes { get; init; }

    /// <summary>Reference identifiers: the gate's own backend's (empty where it has none), then each route's.</summary>
    public required ImmutableArray<string> Names { get; init; }

    /// <summary>The authorities of <see cref="Snapshot.SystemTrustPem"/>.</summary>
    public required bool SystemTrust { get; init; }

    /// <summary>The authorities of a file; empty where it is the system's, or pins.</summary>
    public required byte[] TrustPem { get; init; }

    public required ImmutableArray<byte[]> Pins { get; init; }

    /// <summary>Each connection asks the resolver what the backend must show; <see cref="SystemTrust"/> is for usages 0 and 1 then.</summary>
    public bool IsDane { get; init; }

    public required bool Tls13Only { get; init; }

    public required ImmutableArray<string> Alpn { get; init; }

    /// <summary>A name of <see cref="Snapshot.Certificates"/>; null: none is shown.</summary>
    public string? Certificate { get; init; }

    /// <summary>Whom a handshake with a backend trusts and what it offers: the same for a worker and for a check.</summary>
    /// <param name="systemTrustPem"><see cref="Snapshot.SystemTrustPem"/>.</param>
    /// <param name="certificate">That of <see cref="Certificate"/>; null: none is shown.</param>
    public TlsClientSettings ClientSettings(byte[] systemTrustPem, TlsCertificate? certificate) => new()
    {
        TrustPem = SystemTrust ? systemTrustPem : TrustPem,
        Pins = Pins,
        Tls13Only = Tls13Only,
        Alpn = Alpn,
        Certificate = certificate,
    };
}
