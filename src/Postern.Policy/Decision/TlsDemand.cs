using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.Operator;

namespace Postern.Policy.Decision;

/// <summary>What a connection has to show before a word of mail is said on it.</summary>
public enum TlsProof
{
    /// <summary>TLS when STARTTLS is offered; in the clear when it is not.</summary>
    IfOffered,

    /// <summary>TLS with anybody.</summary>
    Encrypted,

    /// <summary>A chain to a root of the system, in its dates, with a DNS-ID among <see cref="TlsDemand.Names"/>. No common name.</summary>
    WebPki,

    /// <summary>The key of <see cref="TlsDemand.Pins"/>; names and dates do not count.</summary>
    Pins,

    /// <summary>A match with one of <see cref="TlsDemand.Tlsa"/>, by <c>SSL_dane_*</c>.</summary>
    Dane,
}

/// <summary>What is demanded, and what it is verified with.</summary>
/// <remarks>Sessions are resumed only under an equal demand: a ticket of another policy would skip the verification.</remarks>
public sealed record TlsDemand(TlsProof Proof, DnsName Sni)
{
    /// <summary>Reference identifiers: the first is the chief one (<c>SSL_dane_enable</c>), any one is enough.</summary>
    public ImmutableArray<DnsName> Names { get; init; } = [];

    public ImmutableArray<TlsaRecord> Tlsa { get; init; } = [];

    public ImmutableArray<Pin> Pins { get; init; } = [];

    public bool IsAuthenticated => Proof >= TlsProof.WebPki;

    public bool Equals(TlsDemand? other) =>
        other is not null && Proof == other.Proof && Sni == other.Sni && Names.AsSpan().SequenceEqual(other.Names.AsSpan())
        && Tlsa.AsSpan().SequenceEqual(other.Tlsa.AsSpan()) && Pins.AsSpan().SequenceEqual(other.Pins.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Proof, Sni, Names.Length, Tlsa.Length, Pins.Length);

    public override string ToString() => Proof switch
    {
        TlsProof.IfOffered => "TLS if it is offered",
        TlsProof.Encrypted => "TLS with anybody",
        TlsProof.WebPki => $"a trusted certificate for {string.Join(" or ", Names)}",
        TlsProof.Pins => Pins.Length == 1 ? "the pinned key" : $"one of {Pins.Length} pinned keys",
        _ => Tlsa.Length == 1 ? $"a match with the TLSA record of {Names[0]}" : $"a match with one of {Tlsa.Length} TLSA records of {Names[0]}",
    };
}
