using System.Collections.Immutable;
using Postern.Engine;
using Postern.Engine.Gates;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;
using Postern.Roles.Room;

namespace Postern.Roles.Nursery;

/// <summary>One porter's wishes: so many rooms more, and the end of one that went wrong.</summary>
internal sealed class Nursery : PollTarget
{
    /// <summary>How long an ended room stays in the table of processes when nobody asks for the next.</summary>
    private const int ReapMilliseconds = 2_000;

    private readonly Reactor _reactor;
    private readonly EngineThread _room;
    private readonly ImmutableArray<Gate> _gates;
    private readonly PorterLink _link;
    private readonly ImmutableArray<FilterInstruction> _filter;
    private readonly Channel _channel;

    /// <summary>Not waited for yet, so that the kernel gives their numbers to nobody else.</summary>
    private readonly HashSet<int> _children = [];

    /// <param name="reactor">The nursery's own.</param>
    /// <param name="fd">Its way to the porter.</param>
    /// <param name="room">What each room works with, as <see cref="RoomRole.Prepare"/> made it.</param>
    /// <param name="gates">For the rooms.</param>
    /// <param name="link">For the rooms.</param>
    /// <param name="filter">For the rooms.</param>
    public Nursery(
        Reactor reactor, int fd, EngineThread room, ImmutableArray<Gate> gates, PorterLink link, ImmutableArray<FilterInstruction> filter)
    {
        _reactor = reactor;
        _room = room;
        _gates = gates;
        _link = link;
        _filter = filter;
        _channel = new Channel(fd);
        reactor.Add(this);
        _ = reactor.Watch(fd, this, 0, PollEvents.In);
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        Message? message = _channel.Receive(out int[] descriptors);
        foreach (int fd in descriptors)
            Descriptor.Close(fd);
        Reap();
        switch (message)
        {
            case { Kind: MessageKind.Fork }:
                for (int i = 0; i < message.Number; i++)
                    Bear();
                break;

            case { Kind: MessageKind.Kill } when _children.Contains(message.Number):
                ChildProcess.Kill(message.Number, ChildProcess.SignalKill);
                break;

            case { Kind: MessageKind.Kill }:
                break;

            // The porter has gone, or wants the next nursery.
            default:
                _reactor.Stop();
                break;
        }
    }

    protected override void OnDeadline() => Reap();

    private void Bear()
    {
        int result = StreamSocket.Pair(messages: true, nonBlocking: false, out int porters, out int rooms);
        int pid = result < 0 ? result : Fork.Now();
        if (pid == 0)
        {
            RoomRole.Run(_room, _gates, _link, rooms, _filter);
            return;
        }

        if (pid > 0)
            _ = _children.Add(pid);
        _ = _channel.Send(new Message(MessageKind.Born) { Number = pid }, pid > 0 ? [porters] : []);
        if (result < 0)
            return;

        Descriptor.Close(porters);
        Descriptor.Close(rooms);
    }

    private void Reap()
    {
        int pid;
        while ((pid = ChildProcess.ReapAny()) > 0)
            _ = _children.Remove(pid);
        if (_children.Count > 0)
            _reactor.SetDeadline(this, ReapMilliseconds);
    }
}
