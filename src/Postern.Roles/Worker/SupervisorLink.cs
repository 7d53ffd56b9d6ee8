using Postern.Engine;
using Postern.Engine.Counting;
using Postern.Engine.Listening;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;

namespace Postern.Roles.Worker;

/// <summary>
/// The worker's end of its channel: told to drain, or left alone by a supervisor that is gone, it accepts no more and
/// ends with its last connection.
/// </summary>
internal sealed class SupervisorLink : PollTarget
{
    private readonly EngineThread _thread;
    private readonly Channel _channel;
    private readonly KeyAgentLink _keys;
    private readonly DialerLink _dialer;
    private readonly List<Listener> _listeners;

    public SupervisorLink(EngineThread thread, Channel channel, KeyAgentLink keys, DialerLink dialer, List<Listener> listeners)
    {
        _thread = thread;
        _channel = channel;
        _keys = keys;
        _dialer = dialer;
        _listeners = listeners;
        thread.Reactor.Add(this);
        _ = thread.Reactor.Watch(channel.Fd, this, 0, PollEvents.In);
    }

    /// <summary>Other workers' slots, which limits count too.</summary>
    public static void Know(Scoreboard scoreboard, Message message, ReadOnlySpan<int> descriptors)
    {
        for (int i = 0; i < descriptors.Length; i++)
            scoreboard.Know(message.Numbers[i], descriptors[i], own: false);
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        Message? message = _channel.Receive(out int[] descriptors);
        if (message is { Kind: MessageKind.Keys } && descriptors.Length == 1)
        {
            _keys.Replace(descriptors[0]);
            return;
        }

        if (message is { Kind: MessageKind.Dialer } && descriptors.Length == 1)
        {
            _dialer.Replace(descriptors[0]);
            return;
        }

        if (message is { Kind: MessageKind.Slots })
        {
            Know(_thread.Scoreboard, message, descriptors);
            return;
        }

        foreach (int fd in descriptors)
            Descriptor.Close(fd);
        if (message is { Kind: MessageKind.Accept })
        {
            foreach (Listener listener in _listeners)
                listener.Open();
            return;
        }

        if (message is { Kind: not MessageKind.Drain })
            return;

        // A draining worker may still need a new key agent; a supervisor that is gone has nothing more to say.
        if (message is null)
            _thread.Reactor.Forget(_channel.Fd);
        foreach (Listener listener in _listeners)
            listener.Close();
        _thread.Drained = _thread.Reactor.Stop;
        if (_thread.Live == 0)
            _thread.Reactor.Stop();
    }

    protected override void OnDeadline()
    {
        // None is set.
    }
}
