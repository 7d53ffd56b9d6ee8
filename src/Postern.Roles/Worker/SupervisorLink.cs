using Postern.Engine;
using Postern.Engine.Counting;
using Postern.Engine.Listening;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;

namespace Postern.Roles.Worker;

/// <summary>
/// A worker's, or a porter's, end of its channel: told to drain, or left alone by a supervisor that is gone, it accepts no
/// more and ends with its last connection.
/// </summary>
internal sealed class SupervisorLink : PollTarget
{
    private readonly EngineThread _thread;
    private readonly Channel _channel;
    private readonly List<Listener> _listeners;
    private readonly IReadOnlyDictionary<MessageKind, Action<int>> _successors;
    private readonly Action _drain;

    /// <param name="thread">Whose loop.</param>
    /// <param name="channel">To the supervisor.</param>
    /// <param name="listeners">Opened at Accept, closed at Drain.</param>
    /// <param name="successors">Who takes the way to a service's successor.</param>
    /// <param name="drain">What a drain means here, once the listeners are closed.</param>
    public SupervisorLink(
        EngineThread thread, Channel channel, List<Listener> listeners, IReadOnlyDictionary<MessageKind, Action<int>> successors, Action drain)
    {
        _thread = thread;
        _channel = channel;
        _listeners = listeners;
        _successors = successors;
        _drain = drain;
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
        if (message is not null && descriptors.Length == 1 && _successors.TryGetValue(message.Kind, out Action<int>? take))
        {
            take(descriptors[0]);
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
        _drain();
    }

    protected override void OnDeadline()
    {
        // None is set.
    }
}
