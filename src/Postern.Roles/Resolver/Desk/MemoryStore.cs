using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.TlsRpt;

namespace Postern.Roles.Resolver.Desk;

/// <summary>Memories and figures that end with the process, where nothing is kept on disk. It is bounded: those longest unseen make room.</summary>
public sealed class MemoryStore : IDomainStore
{
    /// <summary>Domains.</summary>
    public const int MaxDomains = 50_000;

    /// <summary>How many go at a time, so that not each new one has to look for the oldest.</summary>
    private const int Room = MaxDomains / 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<DnsName, DomainMemory> _memories = [];
    private readonly SessionTally _tally = new();

    /// <summary>Sessions that could not be counted, for want of room.</summary>
    public long Dropped
    {
        get
        {
            lock (_lock)
                return _tally.Dropped;
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
                return _memories.Count;
        }
    }

    public bool TryFind(DnsName domain, out DomainMemory? memory)
    {
        memory = Find(domain);
        return true;
    }

    public DomainMemory? Find(DnsName domain)
    {
        lock (_lock)
            return _memories.GetValueOrDefault(domain);
    }

    public void Keep(DomainMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        lock (_lock)
        {
            if (_memories.Count >= MaxDomains && !_memories.ContainsKey(memory.Domain))
            {
                foreach (DomainMemory old in _memories.Values.OrderBy(known => known.LastSeen).Take(Room).ToList())
                    _ = _memories.Remove(old.Domain);
            }

            _memories[memory.Domain] = memory;
        }
    }

    void IDomainStore.Count(ReportedPolicy policy, SessionFailure? failure)
    {
        lock (_lock)
            _tally.Count(policy, failure);
    }
}
