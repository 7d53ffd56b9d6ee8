using System.Collections.Immutable;
using System.Net;

namespace Postern.Interop.LibSsl.Certificates;

/// <summary>A server's certificate as it was shown, trusted or not: texts in it are unchecked words of a peer, but for the DNS names.</summary>
public sealed record ShownCertificate
{
    /// <summary>DNS names of the subjectAltName in lower case; what is no host name is left out.</summary>
    public required ImmutableArray<string> DnsNames { get; init; }

    /// <summary>Its IP addresses.</summary>
    public required ImmutableArray<IPAddress> Addresses { get; init; }

    /// <summary>Null where the date cannot be read.</summary>
    public required DateTimeOffset? NotBefore { get; init; }

    /// <summary>Null where the date cannot be read.</summary>
    public required DateTimeOffset? NotAfter { get; init; }

    /// <summary>Its own common name, unchecked text, which counts for nothing; empty where there is none.</summary>
    public required string Subject { get; init; }

    /// <summary>The common name of who signed it, unchecked text; empty where there is none.</summary>
    public required string Issuer { get; init; }

    /// <summary>It names itself as who signed it.</summary>
    public required bool IsSelfSigned { get; init; }

    /// <summary>How many certificates came, itself included.</summary>
    public required int Count { get; init; }

    /// <summary>As <see cref="TlsClientSettings.Pins"/> has it; empty for a key that TLS does not know.</summary>
    public required byte[] Pin { get; init; }
}
