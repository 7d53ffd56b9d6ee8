using Postern.Interop.LibSqlite;
using Postern.Policy.Dns;
using Postern.Policy.Memory;

namespace Postern.Store;

/// <summary>Memories of domains, in the order of their names. Those that know nothing, and of them the longest unseen, make room.</summary>
public sealed class DomainTable
{
    /// <summary>Nobody sends to more in half a year. It is a bound on what somebody who makes up domains can fill.</summary>
    public const int MaxDomains = 100_000;

    /// <summary>How many are kept between two looks at whether there are too many.</summary>
    internal const int TrimEvery = 1000;

    private const string FindOne = "SELECT memory FROM domain WHERE name = ?1";
    private const string All = "SELECT memory FROM domain ORDER BY name";
    private const string Delete = "DELETE FROM domain WHERE name = ?1";
    private const string Count = "SELECT count(*) FROM domain";
    private const string DeleteOldest = "DELETE FROM domain WHERE rowid IN (SELECT rowid FROM domain ORDER BY known, last_seen LIMIT ?1)";
    private const string Upsert =
        "INSERT INTO domain (name, first_seen, last_seen, known, memory) VALUES (?1, ?2, ?3, ?4, ?5) "
        + "ON CONFLICT (name) DO UPDATE SET last_seen = excluded.last_seen, known = excluded.known, memory = excluded.memory, first_seen = excluded.first_seen";

    private readonly StoreFile _file;
    private readonly int _most;
    private int _untilTrim;

    internal DomainTable(StoreFile file, int most = MaxDomains)
    {
        _file = file;
        _most = most;
    }

    /// <param name="domain">Which.</param>
    /// <param name="memory">Null: nothing is known of it, or what is there cannot be read.</param>
    public StoreFault? Find(DnsName domain, out DomainMemory? memory)
    {
        memory = null;
        if (_file.Statement(FindOne, out StoreFault? fault) is not { } find)
            return fault;
        SqliteOutcome outcome = find.Bind(1, domain.Text).Step();
        if (outcome == SqliteOutcome.Row)
            memory = DomainMemoryText.Read(find.Bytes(0));
        fault = _file.Fault(outcome);
        find.Reset();

        // Under another's name it is somebody's else.
        if (memory?.Domain != domain)
            memory = null;
        return fault;
    }

    /// <summary>Adds it to what is known of the domain (<see cref="DomainMemoryUnion"/>): several processes write, and none knows all.</summary>
    public StoreFault? Keep(DomainMemory memory) => _file.WithRoom(() => _file.Together(() =>
        Find(memory.Domain, out DomainMemory? known) ?? Write(known is null ? memory : DomainMemoryUnion.Of(known, memory))));

    /// <summary>As if mail had never been sent there.</summary>
    public StoreFault? Forget(DnsName domain, out bool wasKnown)
    {
        wasKnown = false;
        if (_file.Statement(Delete, out StoreFault? fault) is not { } delete)
            return fault;
        fault = _file.Fault(delete.Bind(1, domain.Text).Run());
        wasKnown = fault is null && _file.Changes > 0;
        return fault;
    }

    /// <summary>Every memory that can be read.</summary>
    public StoreFault? Each(Action<DomainMemory> take)
    {
        if (_file.Statement(All, out StoreFault? fault) is not { } all)
            return fault;
        SqliteOutcome outcome;
        while ((outcome = all.Step()) == SqliteOutcome.Row)
        {
            if (DomainMemoryText.Read(all.Bytes(0)) is { } memory)
                take(memory);
        }

        fault = _file.Fault(outcome);
        all.Reset();
        return fault;
    }

    private StoreFault? Write(DomainMemory memory)
    {
        if (_file.Statement(Upsert, out StoreFault? fault) is not { } upsert)
            return fault;
        bool known = memory.Sts?.Held is not null || memory.Ratchet is { Hosts.IsEmpty: false };
        fault = _file.Fault(upsert.Bind(1, memory.Domain.Text)
            .Bind(2, memory.FirstSeen.ToUnixTimeSeconds()).Bind(3, memory.LastSeen.ToUnixTimeSeconds())
            .Bind(4, known ? 1 : 0).Bind(5, DomainMemoryText.Write(memory)).Run());
        if (fault is null && _untilTrim-- <= 0)
        {
            _untilTrim = TrimEvery;
            fault = Trim();
        }

        return fault;
    }

    private StoreFault? Trim()
    {
        if (_file.Statement(Count, out StoreFault? fault) is not { } count)
            return fault;
        fault = _file.Number(count, out long? counted);
        long there = counted ?? 0;
        if (fault is not null || there <= _most)
            return fault;
        return _file.Statement(DeleteOldest, out fault) is { } delete ? _file.Fault(delete.Bind(1, there - _most).Run()) : fault;
    }
}
