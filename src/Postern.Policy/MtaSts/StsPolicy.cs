using System.Collections.Immutable;
using System.Globalization;
using Postern.Policy.Dns;

namespace Postern.Policy.MtaSts;

/// <summary>RFC 8461 §5.</summary>
public enum StsMode
{
    /// <summary>As if there were no policy.</summary>
    None,

    /// <summary>Validate and report; deliver all the same.</summary>
    Testing,

    /// <summary>Deliver to nobody who fails.</summary>
    Enforce,
}

/// <summary>A policy of MTA-STS (RFC 8461 §3.2).</summary>
/// <param name="Mode">What to do with a host that fails.</param>
/// <param name="MaxAge">For how long it holds, from the fetch on; at most <see cref="LongestAge"/>.</param>
/// <param name="Hosts">Which hosts the domain has; none only with <see cref="StsMode.None"/>.</param>
public sealed record StsPolicy(StsMode Mode, TimeSpan MaxAge, ImmutableArray<MxPattern> Hosts)
{
    /// <summary>RFC 8461 §3.2: a year, in the words of the standard 31 557 600 seconds. What says more is cut to it.</summary>
    public static readonly TimeSpan LongestAge = TimeSpan.FromSeconds(31_557_600);

    public bool Allows(DnsName host) => Hosts.Any(pattern => pattern.Matches(host));

    /// <summary>Its lines, as reports have them (RFC 8460 §4.5) and <see cref="StsPolicyReader"/> reads them.</summary>
    public ImmutableArray<string> ToLines() =>
    [
        "version: STSv1",
        $"mode: {Word(Mode)}",
        .. Hosts.Select(pattern => $"mx: {pattern}"),
        string.Create(CultureInfo.InvariantCulture, $"max_age: {(long)MaxAge.TotalSeconds}"),
    ];

    public static string Word(StsMode mode) => mode switch
    {
        StsMode.Enforce => "enforce",
        StsMode.Testing => "testing",
        _ => "none",
    };

    public bool Equals(StsPolicy? other) =>
        other is not null && Mode == other.Mode && MaxAge == other.MaxAge && Hosts.AsSpan().SequenceEqual(other.Hosts.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Mode, MaxAge, Hosts.Length);
}
