using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;

namespace Postern.Roles.Worker;

/// <summary>
/// A worker's way to a role that answers in its own time: asks, and goes on with its other connections; answers come through the
/// loop, in any order. What one that died has not answered is asked again of its successor, since asking twice does no harm.
/// </summary>
/// <typeparam name="TAsked">What is asked, and who waits for the answer.</typeparam>
/// <param name="fd">Leads to the role.</param>
internal abstract class RoleLink<TAsked>(int fd) : PollTarget
    where TAsked : struct
{
    /// <summary>EBADMSG: an answer came, and the kernel could not place it or its descriptor.</summary>
    protected const int BadMessage = 74;

    private Reactor _reactor = null!;
    private uint _number;

    /// <summary>What is waited for, by number. Like the queue, it grows to the most that was ever asked at a time, and no further.</summary>
    private readonly Dictionary<uint, TAsked> _asked = [];

    /// <summary>Not sent yet: the socket is full, or leads nowhere.</summary>
    private readonly Queue<uint> _unsent = new();

    /// <summary>Answers that this one owes, those to questions that were given up among them.</summary>
    private int _owed;
    private bool _waitsForRoom;

    /// <summary>Who waits for an answer.</summary>
    public int Waiting => _asked.Count;

    protected int Fd { get; private set; } = fd;

    /// <summary>No question has more bytes.</summary>
    protected abstract int MaxRequest { get; }

    /// <summary>From here on answers come through this loop.</summary>
    public void Join(Reactor reactor)
    {
        ArgumentNullException.ThrowIfNull(reactor);
        _reactor = reactor;
        reactor.Add(this);
        Watch();
    }

    /// <summary>The role died, and this leads to its successor.</summary>
    public void Replace(int successor)
    {
        // Answers that came and were not read go with the socket, and are asked for again.
        Descriptor.Close(Fd);
        Fd = successor;
        _owed = 0;
        _unsent.Clear();
        foreach (uint number in _asked.Keys)
            _unsent.Enqueue(number);
        Watch();
        SendWaiting();
    }

    public void GiveUp(uint number) => _ = _asked.Remove(number);

    protected override void OnEvents(int which, PollEvents events)
    {
        SendWaiting();

        // Watched edge-triggered: until there is nothing, or nothing can be.
        while (_owed > 0 && Receive())
        {
        }
    }

    protected override void OnDeadline()
    {
        // None is set: those who wait have theirs.
    }

    /// <summary>Begins to ask; the number is never 0.</summary>
    protected uint Ask(TAsked asked)
    {
        // 0 says that nothing is waited for. A number comes again after four billion others.
        if (++_number == 0)
            _number++;
        _asked[_number] = asked;
        _unsent.Enqueue(_number);
        SendWaiting();
        return _number;
    }

    /// <summary>An answer has come: false when nobody waits for it any more.</summary>
    protected bool Settle(uint number, out TAsked asked)
    {
        _owed--;
        return _asked.Remove(number, out asked);
    }

    /// <summary>The question as a message: its length.</summary>
    protected abstract int Write(uint number, in TAsked asked, Span<byte> message);

    /// <summary>Takes one answer; false when there is none.</summary>
    protected abstract bool Receive();

    /// <summary>Not for writability: the other side's every read would wake this one to say that there is room again.</summary>
    private void Watch()
    {
        _waitsForRoom = false;
        _ = _reactor.Watch(Fd, this, 0, PollEvents.In | PollEvents.EdgeTriggered);
    }

    private void WaitForRoom(bool wait)
    {
        if (wait == _waitsForRoom)
            return;

        _waitsForRoom = wait;
        _ = _reactor.Change(Fd, this, 0, PollEvents.In | (wait ? PollEvents.Out : PollEvents.None) | PollEvents.EdgeTriggered);
    }

    private void SendWaiting()
    {
        Span<byte> message = stackalloc byte[MaxRequest];
        while (_unsent.TryPeek(out uint number))
        {
            if (_asked.TryGetValue(number, out TAsked asked))
            {
                // Full; or one that died, and has a successor soon.
                int sent = DescriptorPassing.Send(Fd, message[..Write(number, asked, message)], [], wait: false);
                if (sent < 0)
                {
                    WaitForRoom(sent == -Errno.Again);
                    return;
                }

                _owed++;
            }

            _ = _unsent.Dequeue();
        }

        WaitForRoom(false);
    }
}
