using System.Net;
using Postern.Engine.Outbound;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.Ratchet;
using Postern.Policy.TlsRpt;

namespace Postern.Roles.Resolver.Desk;

/// <summary>What came of hosts, written down: the session for the reports, the level for the ratchet.</summary>
/// <param name="store">Where it is kept.</param>
/// <param name="bell">Who hears of a loss.</param>
/// <param name="clock">The time.</param>
public sealed class HopLedger(IDomainStore store, AlarmBell bell, TimeProvider clock)
{
    /// <summary>A memory that says the same as before is written anew no more often: each session would be a write otherwise.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromHours(1);

    private const int Locks = 64;

    /// <summary>A memory is read, changed and written by one thread at a time.</summary>
    private readonly Lock[] _locks = [.. Enumerable.Range(0, Locks).Select(_ => new Lock())];

    /// <summary>Changes what is kept of a domain.</summary>
    /// <param name="domain">Which.</param>
    /// <param name="change">From what is known, or a new memory, to what is known now; the same one: nothing is written.</param>
    public void Change(DnsName domain, Func<DomainMemory, DomainMemory> change)
    {
        ArgumentNullException.ThrowIfNull(domain);
        ArgumentNullException.ThrowIfNull(change);
        lock (_locks[(uint)domain.GetHashCode() % Locks])
        {
            DateTimeOffset now = clock.GetUtcNow();
            _ = store.TryFind(domain, out DomainMemory? memory);
            DomainMemory known = memory ?? new DomainMemory(domain, now, now);
            DomainMemory changed = change(known);
            if (!ReferenceEquals(changed, known))
                store.Keep(changed with { LastSeen = now });
        }
    }

    /// <summary>A host that is passed over with a failure to report: a session that was not even begun.</summary>
    public void Skipped(HostVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        if (verdict is { IsSkipped: true, Failure: { } failure })
            store.Count(verdict.Report, new SessionFailure(failure) { ReceivingHost = verdict.Host.Text });
    }

    /// <summary>One session.</summary>
    /// <returns>The domain's memory has a level more: what was decided for it may be another thing now.</returns>
    public bool Book(DnsName domain, HostVerdict verdict, HopResult result)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        ArgumentNullException.ThrowIfNull(result);
        store.Count(verdict.Report, Failure(verdict, result));
        return result.Failure is null && Reach(domain, verdict, result);
    }

    private static SessionFailure? Failure(HostVerdict verdict, HopResult result)
    {
        ResultType? type = (result.Failure ?? result.WatchFailure) is { } failure ? TlsFailureWords.Result(failure)
            : !result.InsideTls ? ResultType.StartTlsNotSupported
            : verdict.Failure;
        return type is null ? null : new SessionFailure(type.Value) { ReceivingHost = verdict.Host.Text, ReceivingIp = Text(result.Address) };
    }

    private bool Reach(DnsName domain, HostVerdict verdict, HopResult result)
    {
        // What the operator demands, by a rule or by the default, he may demand no more tomorrow: that would be no loss.
        AssuredLevel level = !result.InsideTls ? AssuredLevel.Clear
            : verdict is { Source: PolicySource.Operator or PolicySource.Default, Level: < AssuredLevel.MtaSts } ? AssuredLevel.Encrypted
            : verdict.Level > AssuredLevel.Encrypted ? verdict.Level
            : AssuredLevel.Encrypted;
        RatchetLoss? loss = null;
        bool isNew = false;
        Change(domain, known =>
        {
            RatchetMemory memory = known.Ratchet ?? new RatchetMemory(domain);
            loss = LevelRatchet.Judge(memory, verdict.Host, level);
            DateTimeOffset now = clock.GetUtcNow();
            HostLevel? had = memory.Hosts.FirstOrDefault(host => host.Host == verdict.Host);
            isNew = loss is null && had?.Level != level;
            return loss is not null || (!isNew && (now - had!.Last).Duration() < Again)
                ? known
                : known with { Ratchet = LevelRatchet.Remember(memory, verdict.Host, level, now, Evidence(verdict)) };
        });
        if (loss is not null && verdict.Source != PolicySource.Operator)
            Lost(loss);
        return isNew;
    }

    /// <summary>An alarm, with its evidence.</summary>
    public void Lost(RatchetLoss loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        bell.Ring($"loss {loss.Domain} {loss.Host}", "a level is lost: " + loss);
    }

    /// <summary>By which rules.</summary>
    private static string Evidence(HostVerdict verdict) => string.Join(", ", verdict.Rules.Select(rule => rule.Rule.Name).Distinct());

    private static string Text(IPAddress address) => address.ToString();
}
