using System.Collections.Immutable;
using Postern.Policy.Decision;
using Postern.Policy.Dns;

namespace Postern.Policy.Ratchet;

/// <summary>The best that a host of a domain was reached with.</summary>
/// <param name="Host">The host.</param>
/// <param name="Level">How sure it was.</param>
/// <param name="First">When first with that level.</param>
/// <param name="Last">When last with at least that level.</param>
/// <param name="Evidence">By which rules, in our words.</param>
public sealed record HostLevel(DnsName Host, AssuredLevel Level, DateTimeOffset First, DateTimeOffset Last, string Evidence);

/// <summary>What one domain was reached with. Kept on disk, and forgotten by <c>postern policy flush</c>.</summary>
public sealed record RatchetMemory(DnsName Domain)
{
    public ImmutableArray<HostLevel> Hosts { get; init; } = [];
}

/// <summary>A level that was there and is not there any more.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Host">The host now.</param>
/// <param name="Had">What is remembered: of this host or, when it was never seen, of the host of the domain that had least.</param>
/// <param name="Has">What it has now.</param>
public sealed record RatchetLoss(DnsName Domain, DnsName Host, HostLevel Had, AssuredLevel Has)
{
    public override string ToString() =>
        $"{Host} for {Domain} has {LevelWords.Of(Has)} only; {Had.Host} had {LevelWords.Of(Had.Level)} from {Had.First:u} to {Had.Last:u} ({Had.Evidence})";
}

/// <summary>Levels in our words.</summary>
public static class LevelWords
{
    public static string Of(AssuredLevel level) => level switch
    {
        AssuredLevel.Clear => "no protection",
        AssuredLevel.Encrypted => "encryption",
        AssuredLevel.HostAuthenticated => "an authenticated host",
        AssuredLevel.MtaSts => "MTA-STS",
        _ => "DANE",
    };
}
