using Postern.Policy.Dns;

namespace Postern.Roles.Resolver.Desk;

/// <summary>What was found, by domain. It is bounded; what was not asked for longest makes room. For several threads.</summary>
/// <typeparam name="TFinding">What a survey of a domain comes to.</typeparam>
/// <param name="most">How many.</param>
public sealed class DomainCache<TFinding>(int most)
    where TFinding : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<DnsName, LinkedListNode<(DnsName Domain, TFinding Finding)>> _places = [];

    /// <summary>The one that was asked for last at the front.</summary>
    private readonly LinkedList<(DnsName Domain, TFinding Finding)> _order = new();

    public int Count
    {
        get
        {
            lock (_lock)
                return _places.Count;
        }
    }

    /// <summary>Also one whose time is over.</summary>
    public TFinding? Find(DnsName domain)
    {
        lock (_lock)
        {
            if (!_places.TryGetValue(domain, out LinkedListNode<(DnsName, TFinding Finding)>? node))
                return null;
            _order.Remove(node);
            _order.AddFirst(node);
            return node.Value.Finding;
        }
    }

    public void Keep(DnsName domain, TFinding finding)
    {
        lock (_lock)
        {
            if (_places.Remove(domain, out LinkedListNode<(DnsName, TFinding)>? old))
                _order.Remove(old);
            else if (_places.Count == most)
                Drop(_order.Last!);
            _places.Add(domain, _order.AddFirst((domain, finding)));
        }
    }

    public void Forget(DnsName domain)
    {
        lock (_lock)
        {
            if (_places.TryGetValue(domain, out LinkedListNode<(DnsName, TFinding)>? node))
                Drop(node);
        }
    }

    private void Drop(LinkedListNode<(DnsName Domain, TFinding Finding)> node)
    {
        _ = _places.Remove(node.Value.Domain);
        _order.Remove(node);
    }
}
