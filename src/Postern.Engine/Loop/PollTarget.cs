using Postern.Interop.LibC;

namespace Postern.Engine.Loop;

/// <summary>
/// Something that the loop drives: it owns one or two descriptors and at most one deadline. Targets live on one
/// thread and are called by nobody else.
/// </summary>
public abstract class PollTarget
{
    /// <summary>Not in the loop's table.</summary>
    internal const int NoSlot = -1;

    internal int Slot { get; set; } = NoSlot;

    // An intrusive list: a deadline costs no allocation.
    internal PollTarget? NextTimer { get; set; }

    internal PollTarget? PreviousTimer { get; set; }

    /// <summary>In milliseconds of the loop's clock; 0 when none is set.</summary>
    internal long Deadline { get; set; }

    internal int TimerBucket { get; set; } = -1;

    /// <summary>Waits for another turn in the loop's queue.</summary>
    internal bool Queued { get; set; }

    /// <param name="which">Which of the target's descriptors, as given to <see cref="Reactor.Watch"/>.</param>
    /// <param name="events">What the kernel reports of it.</param>
    protected internal abstract void OnEvents(int which, PollEvents events);

    /// <summary>The deadline has passed; it is no longer set.</summary>
    protected internal abstract void OnDeadline();

    /// <summary>The target asked for another turn without waiting for the kernel.</summary>
    protected internal virtual void OnTurn()
    {
    }
}
