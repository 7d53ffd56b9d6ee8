using System.Collections.Immutable;
using Postern.Protocols;

namespace Postern.Configuration;

/// <summary>What a backend that is written <c>discover:</c> came to be when the configuration was loaded.</summary>
public sealed record DiscoveredBackend
{
    /// <summary><c>imaps</c>, as it stands in the SRV record's name.</summary>
    public required string Service { get; init; }

    public required string Domain { get; init; }

    /// <summary>Implicit or StartTls.</summary>
    public required TlsMode Mode { get; init; }

    /// <summary><c>mail.example.org:993</c>, in the order in which they are tried.</summary>
    public required ImmutableArray<string> Targets { get; init; }

    /// <summary>The domain has no SRV record: the target is the domain itself (RFC 6120 §3.2.2).</summary>
    public required bool IsFallback { get; init; }

    /// <summary>The reference identifier.</summary>
    public required string Name { get; init; }

    /// <summary>TLSA records must prove it, and its name does not count by itself.</summary>
    public bool IsDane { get; init; }

    /// <summary>For a person: <c>imaps: mail.example.org:993 (implicit TLS), certificate must be for example.org</c>.</summary>
    public override string ToString()
    {
        string how = Mode == TlsMode.Implicit ? "implicit TLS" : "STARTTLS, mandatory";
        string why = IsFallback ? "; no SRV record, so the domain itself" : "";
        string proof = IsDane ? "DANE must prove it" : $"certificate must be for {Name}";
        return $"{Service}: {string.Join(", ", Targets)} ({how}{why}), {proof}";
    }
}
