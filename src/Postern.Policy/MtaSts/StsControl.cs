using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.MtaSts;

/// <summary>What is to be done next.</summary>
public enum StsTask
{
    /// <summary>The finding holds.</summary>
    Use,

    /// <summary>Look at the TXT record, then ask again (<see cref="StsControl.AfterRecord"/>).</summary>
    LookUpRecord,

    /// <summary>Fetch the policy, then ask again (<see cref="StsControl.AfterFetch"/>).</summary>
    Fetch,
}

/// <summary>One step of the control flow of RFC 8461 §5.1.</summary>
/// <param name="Task">What is next.</param>
/// <param name="Memory">What to remember from now on.</param>
/// <param name="Finding">With <see cref="StsTask.Use"/>.</param>
/// <param name="Id">With <see cref="StsTask.Fetch"/>, or with <paramref name="Refresh"/>: which policy is wanted.</param>
/// <param name="Refresh">The finding holds, and the policy is to be fetched again when there is time for it.</param>
public sealed record StsStep(StsTask Task, StsMemory Memory, StsFinding? Finding = null, string Id = "", bool Refresh = false);

/// <summary>
/// When a policy is looked for, fetched, kept and forgotten (RFC 8461 §3.3, §5.1). Whoever can stop DNS or HTTPS can keep a
/// first policy away from us, and nothing else: no failure ever ends one that is held.
/// </summary>
public static class StsControl
{
    /// <summary>For so long the TXT record is taken to be as it was. RFC 8461 §5.1 leaves it to the sender.</summary>
    public static readonly TimeSpan RecordLife = TimeSpan.FromMinutes(5);

    /// <summary>RFC 8461 §3.3: "a suggested refresh frequency is once per day", so that an attack at the end of max_age finds a younger policy.</summary>
    public static readonly TimeSpan RefreshAfter = TimeSpan.FromDays(1);

    /// <summary>RFC 8461 §3.3: after a failure, "five minutes or longer per version ID".</summary>
    public static readonly TimeSpan BackOff = TimeSpan.FromMinutes(5);

    /// <param name="memory">Of the domain; a new one when nothing is remembered.</param>
    /// <param name="now">The time.</param>
    /// <param name="deliveryFailed">
    /// A delivery has just failed by this policy. RFC 8461 §5.1: before mail comes back for good, a newer policy must be looked for.
    /// </param>
    public static StsStep Begin(StsMemory memory, DateTimeOffset now, bool deliveryFailed = false) =>
        memory.CheckedAt is not { } at || deliveryFailed || IsOver(at, RecordLife, now)
            ? new StsStep(StsTask.LookUpRecord, memory)
            : Use(memory, now);

    /// <param name="memory">As before.</param>
    /// <param name="record">What the look-up brought; null: it failed. DNSSEC does not count here (RFC 8461 §1: it needs none).</param>
    /// <param name="now">The time.</param>
    public static StsStep AfterRecord(StsMemory memory, StsRecord? record, DateTimeOffset now)
    {
        memory = memory with { CheckedAt = now };

        // §3.1: "the absence of a usable TXT record is not by itself sufficient to remove" a kept policy. Nor is a broken one.
        if (record is not { Status: StsRecordStatus.Valid })
            return Use(memory, now);

        HeldPolicy? held = memory.Held is { } policy && !policy.IsExpired(now) ? policy : null;
        if (memory.Failure is { } failure && failure.Id == record.Id && !IsOver(failure.At, BackOff, now))
            return Use(memory, now);
        if (held?.Id != record.Id)
            return new StsStep(StsTask.Fetch, memory, Id: record.Id);
        return IsOver(held.FetchedAt, RefreshAfter, now)
            ? Use(memory, now) with { Id = record.Id, Refresh = true }
            : Use(memory, now);
    }

    /// <param name="memory">As before.</param>
    /// <param name="id">Which policy was wanted.</param>
    /// <param name="result">What came of it.</param>
    /// <param name="now">The time.</param>
    public static StsStep AfterFetch(StsMemory memory, string id, StsFetchResult result, DateTimeOffset now)
    {
        if (result.Policy is { } policy)
        {
            memory = memory with
            {
                Held = new HeldPolicy(id, policy, now),
                FirstSeen = memory.FirstSeen ?? (policy.Mode == StsMode.None ? null : now),
                Failure = null,
            };
            return Use(memory, now);
        }

        // What is held holds on; without it, "continue with delivery as though the domain has not implemented MTA-STS" (§3.3).
        memory = memory with { Failure = new FetchFailure(id, now, result.Failure ?? ResultType.StsPolicyFetchError, result.Reason) };
        return Use(memory, now);
    }

    private static StsStep Use(StsMemory memory, DateTimeOffset now)
    {
        StsPolicy? policy = memory.Held is { } held && !held.IsExpired(now) ? held.Policy : null;
        return new StsStep(StsTask.Use, memory, new StsFinding(memory.Domain, policy?.Mode ?? StsMode.None, policy, memory.Failure));
    }

    /// <summary>Also when the clock has been set back: then nothing is known of the time that has passed.</summary>
    private static bool IsOver(DateTimeOffset since, TimeSpan span, DateTimeOffset now) => now - since >= span || now < since;
}
