using System.Collections.Immutable;

namespace Postern.Policy.Dns;

/// <summary>
/// The answer to one question. It is made in three ways only (<see cref="Answer"/>), so that a failed look-up has no records and cannot be taken for a
/// denial: that confusion is the downgrade which RFC 7672 §2.1.2 forbids.
/// </summary>
/// <typeparam name="T">What the records are.</typeparam>
public sealed record DnsAnswer<T>
{
    internal DnsAnswer(DnsName owner, DnsName expanded, DnsState state, DnsContent content, ImmutableArray<T> records)
    {
        Owner = owner;
        Expanded = expanded;
        State = state;
        Content = content;
        Records = records;
    }

    /// <summary>The name that was asked for.</summary>
    public DnsName Owner { get; }

    /// <summary>The name at the end of the CNAMEs: the owner itself where there are none.</summary>
    public DnsName Expanded { get; }

    public DnsState State { get; }

    public DnsContent Content { get; }

    /// <summary>Empty unless <see cref="Content"/> is <see cref="DnsContent.Records"/>.</summary>
    public ImmutableArray<T> Records { get; }

    public bool IsAlias => Expanded != Owner;

    /// <summary>True for records and for a denial; RFC 7672 §2.1.2 knows no third kind of answer.</summary>
    public bool IsAnswer => State is DnsState.Secure or DnsState.Insecure;

    public bool HasRecords => Content == DnsContent.Records;

    /// <summary>For people: <c>mx.example.org: secure, 2 records</c>.</summary>
    public override string ToString()
    {
        string alias = IsAlias ? $" (an alias of {Expanded})" : "";
        string content = Content switch
        {
            DnsContent.Records => Records.Length == 1 ? ", 1 record" : $", {Records.Length} records",
            DnsContent.NoData => ", no such record",
            DnsContent.NoName => ", no such name",
            _ => "",
        };
        return $"{Owner}{alias}: {DnsWords.Of(State)}{content}";
    }
}
