using Postern.Engine.Loop;
using Postern.Interop.LibC;

namespace Postern.Roles.Supervisor;

/// <summary>Work that waits for somebody outside, on a thread of its own; its result comes back on the loop.</summary>
internal sealed class OffLoop<T> : PollTarget
{
    private readonly Reactor _reactor;
    private readonly Func<T> _work;
    private readonly Action<T?, Exception?> _done;
    private readonly int _wake = Descriptor.Event();
    private T? _result;
    private Exception? _failure;

    private OffLoop(Reactor reactor, Func<T> work, Action<T?, Exception?> done)
    {
        _reactor = reactor;
        _work = work;
        _done = done;
    }

    /// <param name="reactor">Where <paramref name="done"/> is called.</param>
    /// <param name="work">Must touch nothing that the loop uses.</param>
    /// <param name="done">Called once: the result, or why there is none.</param>
    public static void Begin(Reactor reactor, Func<T> work, Action<T?, Exception?> done)
    {
        var off = new OffLoop<T>(reactor, work, done);
        reactor.Add(off);
        _ = reactor.Watch(off._wake, off, 0, PollEvents.In);
        new Thread(off.Work) { IsBackground = true }.Start();
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        _reactor.Remove(this);
        Descriptor.Close(_wake);
        _done(_result, _failure);
    }

    protected override void OnDeadline()
    {
        // None is set.
    }

    private void Work()
    {
        try
        {
            _result = _work();
        }
#pragma warning disable CA1031 // Whatever it is, the loop says it: on this thread it would end the process.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _failure = failure;
        }

        Descriptor.Signal(_wake);
    }
}
