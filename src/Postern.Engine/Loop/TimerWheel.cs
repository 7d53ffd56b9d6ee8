namespace Postern.Engine.Loop;

/// <summary>
/// Deadlines by coarse time: setting and taking back cost a few pointer writes, whatever the number of connections.
/// A deadline fires at its tick or one later, never before its time.
/// </summary>
internal sealed class TimerWheel
{
    /// <summary>Fine enough for time-outs in seconds; ten wake-ups a second at the most, none when no deadline is set.</summary>
    public const int TickMilliseconds = 100;

    /// <summary>A power of two; deadlines further ahead than a turn of the wheel stay in their bucket for more turns.</summary>
    private const int Buckets = 1024;

    private readonly PollTarget?[] _buckets = new PollTarget?[Buckets];
    private long _tick;

    public TimerWheel(long now) => _tick = now / TickMilliseconds;

    public int Count { get; private set; }

    public void Set(PollTarget target, long deadline)
    {
        Cancel(target);
        long tick = Math.Max((deadline + TickMilliseconds - 1) / TickMilliseconds, _tick + 1);
        int bucket = (int)(tick & (Buckets - 1));
        target.Deadline = tick * TickMilliseconds;
        target.TimerBucket = bucket;
        target.PreviousTimer = null;
        target.NextTimer = _buckets[bucket];
        if (target.NextTimer is not null)
            target.NextTimer.PreviousTimer = target;
        _buckets[bucket] = target;
        Count++;
    }

    public void Cancel(PollTarget target)
    {
        if (target.TimerBucket < 0)
            return;

        if (target.PreviousTimer is null)
            _buckets[target.TimerBucket] = target.NextTimer;
        else
            target.PreviousTimer.NextTimer = target.NextTimer;
        if (target.NextTimer is not null)
            target.NextTimer.PreviousTimer = target.PreviousTimer;
        target.NextTimer = target.PreviousTimer = null;
        target.TimerBucket = -1;
        target.Deadline = 0;
        Count--;
    }

    /// <summary>Milliseconds until the next tick is due, or −1 when no deadline is set.</summary>
    public int UntilNext(long now) => Count == 0 ? -1 : (int)Math.Max(0, ((_tick + 1) * TickMilliseconds) - now);

    /// <summary>Calls whatever is due.</summary>
    public void Advance(long now)
    {
        long due = now / TickMilliseconds;
        if (Count == 0)
        {
            _tick = due;
            return;
        }

        // After a long sleep one turn over all buckets finds everything that is due.
        _tick = Math.Max(_tick, due - Buckets);
        while (_tick < due)
        {
            _tick++;
            PollTarget? target = _buckets[_tick & (Buckets - 1)];
            while (target is not null)
            {
                // What fires may cancel its neighbours: start again from the head then.
                if (target.Deadline > now)
                {
                    target = target.NextTimer;
                    continue;
                }

                Cancel(target);
                target.OnDeadline();
                target = _buckets[_tick & (Buckets - 1)];
            }
        }
    }
}
