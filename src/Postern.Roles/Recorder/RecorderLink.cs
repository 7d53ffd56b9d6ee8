using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.TlsRpt;

namespace Postern.Roles.Recorder;

/// <summary>
/// The resolver's way to the recorder, with a memory of its own before it. Called by several threads. A recorder that does not
/// answer costs a decision a moment, and the next ones nothing: then there is what is remembered here.
/// </summary>
public sealed class RecorderLink : IDomainStore, IDisposable
{
    /// <summary>A read is some hundred microseconds, a write waits for no disk; who takes this long waits for a disk that is stuck.</summary>
    private const int PatienceMilliseconds = 250;

    /// <summary>Writes that the recorder did not take and that are tried again; more are lost, and counted.</summary>
    private const int MaxUnsent = 1024;

    /// <summary>How many of them are tried before a message of its own: a write that waits for all others is one that is late.</summary>
    private const int UnsentAtATime = 16;

    private readonly Lock _memory = new();
    private readonly KnownDomains _known = new();

    private readonly Lock _way = new();
    private readonly Queue<DnsName> _unsent = new();
    private readonly RecorderWay _recorder = new(PatienceMilliseconds);
    private long _lost;

    /// <param name="fd">An end of a pair of messages; negative: there is no recorder, and nothing outlives the process.</param>
    public RecorderLink(int fd) => Replace(fd);

    /// <summary>Sessions and memories that the recorder did not take.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>The recorder died, and this leads to its successor.</summary>
    public void Replace(int successor)
    {
        lock (_way)
            _recorder.Replace(successor);
    }

    public DomainMemory? Find(DnsName domain)
    {
        _ = TryFind(domain, out DomainMemory? memory);
        return memory;
    }

    public bool TryFind(DnsName domain, out DomainMemory? memory)
    {
        KnownDomains.Entry? entry;
        lock (_memory)
            entry = _known.Find(domain);
        memory = entry?.Memory;
        if (entry is { IsWhole: true })
            return true;
        if (Ask(RecorderKind.Find, domain, out DomainMemory? found) is not { } outcome || outcome == RecorderOutcome.Away)
            return false;

        lock (_memory)
        {
            // What another thread has learned meanwhile comes to it.
            DomainMemory? here = _known.Find(domain)?.Memory;
            DomainMemory? whole = found is null || here is null ? here ?? found : DomainMemoryUnion.Of(found, here);
            _known.Keep(new KnownDomains.Entry(domain, whole, IsWhole: true, SizeOf(whole)));
            memory = whole;
            return true;
        }
    }

    public void Keep(DomainMemory memory)
    {
        byte[] bytes = DomainMemoryText.Write(memory);
        lock (_memory)
        {
            bool whole = _known.Find(memory.Domain) is { IsWhole: true };
            _known.Keep(new KnownDomains.Entry(memory.Domain, memory, whole, bytes.Length));
        }

        lock (_way)
        {
            SendUnsent();
            if (!_recorder.Send(RecorderKind.Keep, bytes))
                Unsent(memory.Domain);
        }
    }

    public void Count(ReportedPolicy policy, SessionFailure? failure)
    {
        byte[] body = RecorderRequest.Body(policy, failure);
        lock (_way)
        {
            SendUnsent();
            if (!_recorder.Send(RecorderKind.Count, body))
                _ = Interlocked.Increment(ref _lost);
        }
    }

    /// <summary>As if mail had never been sent there: here, and on disk.</summary>
    /// <returns>Null: on disk it may still stand.</returns>
    public bool? Forget(DnsName domain)
    {
        bool here;
        lock (_memory)
        {
            here = _known.Find(domain)?.Memory is not null;
            _known.Remove(domain);
        }

        return Ask(RecorderKind.Forget, domain, out _) switch
        {
            RecorderOutcome.Known => true,
            RecorderOutcome.Unknown => here,
            _ => null,
        };
    }

    public void Dispose() => Replace(-1);

    private static int SizeOf(DomainMemory? memory) => memory is null ? 64 : DomainMemoryText.Write(memory).Length;

    /// <summary>Null: there is no answer.</summary>
    private RecorderOutcome? Ask(RecorderKind kind, DnsName domain, out DomainMemory? memory)
    {
        memory = null;
        lock (_way)
        {
            SendUnsent();
            RecorderOutcome? outcome = _recorder.Ask(kind, RecorderRequest.Body(domain), out ReadOnlyMemory<byte> body);
            if (!body.IsEmpty)
                memory = DomainMemoryText.Read(body);
            return outcome;
        }
    }

    private void Unsent(DnsName domain)
    {
        if (!_recorder.Leads)
            return;
        if (_unsent.Count < MaxUnsent)
            _unsent.Enqueue(domain);
        else
            _ = Interlocked.Increment(ref _lost);
    }

    /// <summary>As they are remembered by now: of one that was forgotten, or made room, nothing is sent.</summary>
    private void SendUnsent()
    {
        for (int i = 0; i < UnsentAtATime && _unsent.TryPeek(out DnsName? domain); i++)
        {
            DomainMemory? memory;
            lock (_memory)
                memory = _known.Find(domain)?.Memory;
            if (memory is not null && !_recorder.Send(RecorderKind.Keep, DomainMemoryText.Write(memory)))
                return;
            _ = _unsent.Dequeue();
        }
    }
}
