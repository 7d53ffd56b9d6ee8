using System.Collections.Immutable;

namespace Postern.Policy.Dns;

/// <summary>The three ways in which a question ends.</summary>
public static class Answer
{
    /// <param name="owner">The name asked for.</param>
    /// <param name="secure">All of the chain was validated.</param>
    /// <param name="records">May be empty: when none could be read.</param>
    /// <param name="expanded">Where CNAMEs led; null: nowhere.</param>
    public static DnsAnswer<T> Found<T>(DnsName owner, bool secure, ImmutableArray<T> records, DnsName? expanded = null) =>
        new(owner, expanded ?? owner, secure ? DnsState.Secure : DnsState.Insecure, DnsContent.Records, records);

    /// <param name="owner">The name asked for.</param>
    /// <param name="secure">The denial was validated.</param>
    /// <param name="noName">NXDOMAIN.</param>
    /// <param name="expanded">Where CNAMEs led; null: nowhere.</param>
    public static DnsAnswer<T> Denied<T>(DnsName owner, bool secure, bool noName = false, DnsName? expanded = null) =>
        new(owner, expanded ?? owner, secure ? DnsState.Secure : DnsState.Insecure, noName ? DnsContent.NoName : DnsContent.NoData, []);

    /// <param name="owner">The name asked for.</param>
    /// <param name="state">Bogus, Indeterminate or Failed.</param>
    public static DnsAnswer<T> Failed<T>(DnsName owner, DnsState state)
    {
        if (state is DnsState.Secure or DnsState.Insecure)
            throw new ArgumentOutOfRangeException(nameof(state), state, "a look-up that failed is neither secure nor insecure");
        return new(owner, owner, state, DnsContent.Nothing, []);
    }
}
