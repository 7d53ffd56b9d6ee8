using System.Collections.Immutable;

namespace Postern.Policy.Dns;

/// <summary>
/// What a resolver says to one question, before its records are read (<see cref="ReplyReader"/>). As with <see cref="DnsAnswer{T}"/>,
/// it is made in three ways only, and one that failed holds nothing.
/// </summary>
public sealed record DnsReply
{
    /// <summary>Records of one answer; what is behind them is left out.</summary>
    public const int MaxRecords = 256;

    private DnsReply(DnsQuestion question, DnsName expanded, DnsState state, DnsContent content, ImmutableArray<ImmutableArray<byte>> records, string reason)
    {
        Question = question;
        Expanded = expanded;
        State = state;
        Content = content;
        Records = records;
        Reason = reason;
    }

    public DnsQuestion Question { get; }

    /// <summary>The name at the end of the CNAMEs: the one that was asked for where there are none.</summary>
    public DnsName Expanded { get; }

    public DnsState State { get; }

    public DnsContent Content { get; }

    /// <summary>RDATA of each, names in it uncompressed.</summary>
    public ImmutableArray<ImmutableArray<byte>> Records { get; }

    /// <summary>Why it failed or is bogus, in a resolver's words, which may hold names of others; empty for an answer.</summary>
    public string Reason { get; }

    /// <summary>For how many seconds the answer holds, records or denial; 0 where nobody said so.</summary>
    public int TimeToLive { get; init; }

    public bool IsAnswer => State is DnsState.Secure or DnsState.Insecure;

    /// <param name="question">What was asked.</param>
    /// <param name="secure">All of the chain was validated.</param>
    /// <param name="records">RDATA.</param>
    /// <param name="expanded">Where CNAMEs led; null: nowhere.</param>
    public static DnsReply Found(DnsQuestion question, bool secure, ImmutableArray<ImmutableArray<byte>> records, DnsName? expanded = null) =>
        new(question, expanded ?? question.Name, Of(secure), DnsContent.Records, records.Length <= MaxRecords ? records : records[..MaxRecords], "");

    /// <param name="question">What was asked.</param>
    /// <param name="secure">The denial was validated.</param>
    /// <param name="noName">NXDOMAIN.</param>
    /// <param name="expanded">Where CNAMEs led; null: nowhere.</param>
    public static DnsReply Denied(DnsQuestion question, bool secure, bool noName, DnsName? expanded = null) =>
        new(question, expanded ?? question.Name, Of(secure), noName ? DnsContent.NoName : DnsContent.NoData, [], "");

    /// <param name="question">What was asked.</param>
    /// <param name="state">Bogus, Indeterminate or Failed.</param>
    /// <param name="reason">Why.</param>
    public static DnsReply Failed(DnsQuestion question, DnsState state, string reason)
    {
        if (state is DnsState.Secure or DnsState.Insecure)
            throw new ArgumentOutOfRangeException(nameof(state), state, "a look-up that failed is neither secure nor insecure");
        return new(question, question.Name, state, DnsContent.Nothing, [], reason);
    }

    private static DnsState Of(bool secure) => secure ? DnsState.Secure : DnsState.Insecure;
}
