using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;

namespace Postern.Roles.Porter;

/// <summary>The porter's way to the nursery: asks for rooms, and gets them.</summary>
internal sealed class NurseryLink : PollTarget
{
    /// <summary>At once; more are asked for when these have come.</summary>
    private const int MaxAtOnce = 32;

    /// <summary>After no process could be made.</summary>
    private const int PauseMilliseconds = 200;

    /// <summary>
    /// A room that dies shows its layout of memory to whoever made it die, and all rooms of a nursery have the same one:
    /// guessing goes on in a new layout, at most so often.
    /// </summary>
    private const int RenewAtMostEvery = 10_000;

    private readonly Porter _porter;
    private Channel _channel;
    private long _renewedAt = long.MinValue / 2;
    private bool _away;
    private bool _paused;

    public NurseryLink(Porter porter, int fd)
    {
        _porter = porter;
        _channel = new Channel(fd) { Waits = false };
        porter.Reactor.Add(this);
        Watch();
    }

    /// <summary>Rooms that were asked for and are not here yet.</summary>
    public int Coming { get; private set; }

    public void Ask(int rooms)
    {
        int now = Math.Min(rooms, MaxAtOnce - Coming);
        if (now <= 0 || _away || _paused || !_channel.Send(new Message(MessageKind.Fork) { Number = now }))
            return;

        Coming += now;
    }

    /// <summary>A room that is stolen is ended by the one process that may signal it.</summary>
    public void Kill(int pid) => _ = _channel.Send(new Message(MessageKind.Kill) { Number = pid });

    /// <summary>Rooms of another layout from now on: the supervisor starts the next nursery when this one ends.</summary>
    public void Renew()
    {
        if (_away || _porter.Reactor.Now - _renewedAt < RenewAtMostEvery)
            return;

        _renewedAt = _porter.Reactor.Now;
        Leave();
    }

    /// <summary>The way to the next nursery.</summary>
    public void Replace(int fd)
    {
        if (!_away)
            Leave();
        _channel = new Channel(fd) { Waits = false };
        _away = false;
        Watch();
        _porter.Refill();
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        Message? message = _channel.Receive(out int[] descriptors);
        switch (message)
        {
            case { Kind: MessageKind.Born, Number: > 0 } when descriptors.Length == 1:
                Coming--;
                _porter.Born(message.Number, descriptors[0]);
                break;

            case { Kind: MessageKind.Born }:
                Coming--;
                _paused = true;
                _porter.Reactor.SetDeadline(this, PauseMilliseconds);
                _porter.NotBorn(message.Number);
                break;

            // Gone; the supervisor says when there is another.
            default:
                foreach (int fd in descriptors)
                    Descriptor.Close(fd);
                Leave();
                return;
        }

        _porter.Refill();
    }

    protected override void OnDeadline()
    {
        _paused = false;
        _porter.Refill();
    }

    private void Watch() => _ = _porter.Reactor.Watch(_channel.Fd, this, 0, PollEvents.In);

    private void Leave()
    {
        _away = true;
        Coming = 0;
        _porter.Reactor.Forget(_channel.Fd);
        _channel.Dispose();
    }
}
