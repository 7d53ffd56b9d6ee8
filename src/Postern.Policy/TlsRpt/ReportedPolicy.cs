using System.Collections.Immutable;

namespace Postern.Policy.TlsRpt;

/// <summary>The policy that sessions were under (RFC 8460 §4.4).</summary>
/// <param name="Type">Which kind.</param>
/// <param name="Domain">The domain of MTA-STS, or the TLSA base domain: there the TXT record for reports is looked up (RFC 8460 §1.1, §3).</param>
/// <param name="Strings">The policy itself: lines of MTA-STS, or TLSA records.</param>
/// <param name="MxHosts">The patterns of MTA-STS.</param>
public sealed record ReportedPolicy(PolicyType Type, string Domain, ImmutableArray<string> Strings, ImmutableArray<string> MxHosts)
{
    public bool Equals(ReportedPolicy? other) =>
        other is not null && Type == other.Type && Domain == other.Domain
        && Strings.AsSpan().SequenceEqual(other.Strings.AsSpan()) && MxHosts.AsSpan().SequenceEqual(other.MxHosts.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Type, Domain, Strings.Length, MxHosts.Length);
}
