using Postern.Policy.Dns;

namespace Postern.Roles.Resolver.Desk;

/// <summary>Findings by domain. It is bounded; what was not asked for longest makes room. For several threads.</summary>
/// <param name="most">How many.</param>
public sealed class FindingCache(int most)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<DnsName, LinkedListNode<Finding>> _places = [];

    /// <summary>The one that was asked for last at the front.</summary>
    private readonly LinkedList<Finding> _order = new();

    public int Count
    {
        get
        {
            lock (_lock)
                return _places.Count;
        }
    }

    /// <summary>Also one whose time is over.</summary>
    public Finding? Find(DnsName domain)
    {
        lock (_lock)
        {
            if (!_places.TryGetValue(domain, out LinkedListNode<Finding>? node))
                return null;
            _order.Remove(node);
            _order.AddFirst(node);
            return node.Value;
        }
    }

    public void Keep(Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        lock (_lock)
        {
            if (_places.Remove(finding.Domain, out LinkedListNode<Finding>? old))
                _order.Remove(old);
            else if (_places.Count == most)
                Drop(_order.Last!);
            _places.Add(finding.Domain, _order.AddFirst(finding));
        }
    }

    public void Forget(DnsName domain)
    {
        lock (_lock)
        {
            if (_places.TryGetValue(domain, out LinkedListNode<Finding>? node))
                Drop(node);
        }
    }

    private void Drop(LinkedListNode<Finding> node)
    {
        _ = _places.Remove(node.Value.Domain);
        _order.Remove(node);
    }
}
