using Postern.Policy.Dns;
using Postern.Policy.Memory;

namespace Postern.Roles.Recorder;

/// <summary>
/// What a resolver remembers of the domains that it was asked about lately, so that the recorder is asked once. Bounded twice, since
/// a stranger's policy may be long: what was longest not asked for makes room.
/// </summary>
internal sealed class KnownDomains(int most = KnownDomains.MaxDomains, int mostBytes = KnownDomains.MaxBytes)
{
    public const int MaxDomains = 8192;

    /// <summary>Of memories as they are on disk, which is about what they take here.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private readonly Dictionary<DnsName, LinkedListNode<Entry>> _entries = [];

    /// <summary>The first is the one that was asked for last.</summary>
    private readonly LinkedList<Entry> _order = new();
    private long _bytes;

    /// <param name="Domain">The domain.</param>
    /// <param name="Memory">Null: nothing is known of it.</param>
    /// <param name="IsWhole">False: the recorder has not said what it knows.</param>
    /// <param name="Bytes">What it takes.</param>
    public sealed record Entry(DnsName Domain, DomainMemory? Memory, bool IsWhole, int Bytes);

    public int Count => _entries.Count;

    public Entry? Find(DnsName domain)
    {
        if (!_entries.TryGetValue(domain, out LinkedListNode<Entry>? node))
            return null;
        if (node != _order.First)
        {
            _order.Remove(node);
            _order.AddFirst(node);
        }

        return node.Value;
    }

    public void Keep(Entry entry)
    {
        Remove(entry.Domain);
        _entries.Add(entry.Domain, _order.AddFirst(entry));
        _bytes += entry.Bytes;
        while ((_entries.Count > most || _bytes > mostBytes) && _order.Last is { } last)
            Remove(last.Value.Domain);
    }

    public void Remove(DnsName domain)
    {
        if (!_entries.Remove(domain, out LinkedListNode<Entry>? node))
            return;
        _order.Remove(node);
        _bytes -= node.Value.Bytes;
    }
}
