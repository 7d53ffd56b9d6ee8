using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Postern.Engine.Loop;
using Postern.Interop.LibC;

namespace Postern.Roles.Supervisor;

/// <summary>HUP reloads, TERM and INT drain, a second one stops. The runtime calls on a thread of its own; the loop is woken by an eventfd.</summary>
internal sealed class SignalWatch : PollTarget, IDisposable
{
    private readonly Supervisor _supervisor;
    private readonly int _wake = Descriptor.Event();
    private readonly ConcurrentQueue<PosixSignal> _signals = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public SignalWatch(Supervisor supervisor)
    {
        _supervisor = supervisor;
        supervisor.Reactor.Add(this);
        _ = supervisor.Reactor.Watch(_wake, this, 0, PollEvents.In);
        Surroundings.HeedHangup();
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGHUP, PosixSignal.SIGTERM, PosixSignal.SIGINT])
            _registrations.Add(PosixSignalRegistration.Create(signal, Received));
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        _ = Descriptor.Read(_wake, count);
        while (_signals.TryDequeue(out PosixSignal signal))
        {
            if (signal == PosixSignal.SIGHUP)
                _supervisor.Hangup();
            else
                _supervisor.Stop();
        }
    }

    protected override void OnDeadline()
    {
        // None is set.
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        Descriptor.Close(_wake);
    }

    private void Received(PosixSignalContext context)
    {
        context.Cancel = true;
        _signals.Enqueue(context.Signal);
        Descriptor.Signal(_wake);
    }
}
