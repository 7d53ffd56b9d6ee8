using Postern.Engine.Loop;
using Postern.Interop.LibC;

namespace Postern.Engine.Tests.Rig;

/// <summary>Done in the loop's next turn.</summary>
internal sealed class Later : PollTarget
{
    private readonly Reactor _reactor;
    private readonly Action _action;

    public Later(Reactor reactor, Action action)
    {
        _reactor = reactor;
        _action = action;
        reactor.Add(this);
        reactor.Again(this);
    }

    protected internal override void OnEvents(int which, PollEvents events)
    {
        // Not watched.
    }

    protected internal override void OnDeadline()
    {
        // None is set.
    }

    protected internal override void OnTurn()
    {
        _reactor.Remove(this);
        _action();
    }
}
