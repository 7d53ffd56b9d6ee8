using Postern.Engine.Loop;
using Postern.Interop.LibC;

namespace Postern.Roles.Supervisor;

/// <summary>Something to be done once, later.</summary>
internal sealed class Delay(Reactor reactor, Action action) : PollTarget
{
    public void Start(int milliseconds)
    {
        reactor.Add(this);
        reactor.SetDeadline(this, milliseconds);
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        // No descriptor is watched.
    }

    protected override void OnDeadline()
    {
        reactor.Remove(this);
        action();
    }
}
