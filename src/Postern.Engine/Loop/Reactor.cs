using Postern.Interop.LibC;

namespace Postern.Engine.Loop;

/// <summary>
/// One thread, one epoll: waits, calls targets, keeps their deadlines. Connections are watched edge-triggered, once
/// for their life, so that no turn pays for a change of interest; what was ready and is not used up is remembered by
/// its owner.
/// </summary>
public sealed class Reactor : IDisposable
{
    private const int EventCapacity = 256;

    /// <summary>Grows; a process of one connection has no more.</summary>
    private const int InitialTargets = 16;

    private readonly EventPoll _poll = new(EventCapacity);
    private readonly TimerWheel _timers;
    private readonly Queue<PollTarget> _again = new();
    private PollTarget?[] _targets = new PollTarget?[InitialTargets];
    private uint[] _generations = new uint[InitialTargets];
    private readonly Stack<int> _free = new();
    private int _used;

    public Reactor()
    {
        Now = Environment.TickCount64;
        _timers = new TimerWheel(Now);
    }

    /// <summary>Milliseconds, taken once a turn.</summary>
    public long Now { get; private set; }

    /// <summary>Time has passed outside of the loop: from here on deadlines count from now.</summary>
    public void LookAtClock()
    {
        Now = Environment.TickCount64;
        _timers.Advance(Now);
    }

    /// <summary>For a child of who made it, before anything is watched: epoll instances are not to be shared, and time has passed.</summary>
    public void BeginAfterFork()
    {
        _poll.Open();
        LookAtClock();
    }

    public bool Stopped { get; private set; }

    public void Stop() => Stopped = true;

    public void Add(PollTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (!_free.TryPop(out int slot))
        {
            slot = _used++;
            if (slot == _targets.Length)
            {
                Array.Resize(ref _targets, slot * 2);
                Array.Resize(ref _generations, slot * 2);
            }
        }

        _targets[slot] = target;
        target.Slot = slot;
    }

    /// <summary>
    /// Takes a target out. Events of it that the kernel reported already are recognised by their generation and
    /// dropped, also when its slot and its descriptors have new owners by then.
    /// </summary>
    public void Remove(PollTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        _timers.Cancel(target);
        _targets[target.Slot] = null;
        _generations[target.Slot]++;
        _free.Push(target.Slot);
        target.Slot = PollTarget.NoSlot;
    }

    /// <summary>Watches a descriptor for a target; <paramref name="which"/> (0 or 1) comes back with its events. 0, or minus errno.</summary>
    public int Watch(int fd, PollTarget target, int which, PollEvents events)
    {
        ArgumentNullException.ThrowIfNull(target);
        return _poll.Watch(fd, events, Token(target.Slot, which));
    }

    /// <summary>Other events of a descriptor that is watched: 0, or minus errno.</summary>
    public int Change(int fd, PollTarget target, int which, PollEvents events)
    {
        ArgumentNullException.ThrowIfNull(target);
        return _poll.Change(fd, events, Token(target.Slot, which));
    }

    public void Forget(int fd) => _ = _poll.Forget(fd);

    public void SetDeadline(PollTarget target, long milliseconds) => _timers.Set(target, Now + milliseconds);

    public void CancelDeadline(PollTarget target) => _timers.Cancel(target);

    /// <summary>Another turn for this target, after everybody else has had theirs.</summary>
    public void Again(PollTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.Queued)
            return;

        target.Queued = true;
        _again.Enqueue(target);
    }

    /// <summary>Runs until <see cref="Stop"/>.</summary>
    public void Run()
    {
        while (!Stopped)
            Turn();
    }

    /// <summary>Waits once and handles what there is.</summary>
    public void Turn()
    {
        int timeout = _again.Count > 0 ? 0 : _timers.UntilNext(Now);
        int count = _poll.Wait(timeout);
        Now = Environment.TickCount64;

        for (int i = 0; i < count; i++)
        {
            ulong token = _poll.Event(i, out PollEvents events);
            int slot = (int)(token & 0x7fff_ffff) >> 1;
            PollTarget? target = _targets[slot];
            if (target is not null && _generations[slot] == (uint)(token >> 32))
                target.OnEvents((int)(token & 1), events);
        }

        // Only those that were queued before this turn: each gets one, then the kernel is asked again.
        for (int waiting = _again.Count; waiting > 0; waiting--)
        {
            PollTarget target = _again.Dequeue();
            target.Queued = false;
            if (target.Slot != PollTarget.NoSlot)
                target.OnTurn();
        }

        _timers.Advance(Now);
    }

    public void Dispose() => _poll.Dispose();

    private ulong Token(int slot, int which) => ((ulong)_generations[slot] << 32) | ((uint)slot << 1) | (uint)which;
}
