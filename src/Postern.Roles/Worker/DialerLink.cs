using System.Net;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.Dialer;

namespace Postern.Roles.Worker;

/// <summary>
/// The worker's way to the dialer: asks, and goes on with its other connections; answers come through the loop. What a
/// dialer that died has not answered is asked again of its successor, since asking twice does no harm.
/// </summary>
internal sealed class DialerLink(int fd) : PollTarget, IDialer
{
    /// <summary>EBADMSG: the answer came, and the kernel could not place its descriptor, since this process has no more.</summary>
    private const int BadMessage = 74;

    private int _fd = fd;
    private Reactor _reactor = null!;
    private uint _number;

    /// <summary>What is waited for, by number. Like the queue, it grows to the most that was ever asked at a time, and no further.</summary>
    private readonly Dictionary<uint, Asked> _asked = [];

    /// <summary>Not sent yet: the socket is full, or leads nowhere.</summary>
    private readonly Queue<uint> _unsent = new();

    /// <summary>Answers that this dialer owes, those to requests that were given up among them.</summary>
    private int _owed;
    private bool _waitsForRoom;

    /// <param name="Hop">Not null: a host in the world, for the gate of the request.</param>
    private readonly record struct Asked(DialRequest Request, IPAddress? Hop, IDialClient Client);

    /// <summary>From here on answers come through this loop.</summary>
    public void Join(Reactor reactor)
    {
        ArgumentNullException.ThrowIfNull(reactor);
        _reactor = reactor;
        reactor.Add(this);
        Watch();
    }

    /// <summary>The dialer died, and this leads to its successor.</summary>
    public void Replace(int successor)
    {
        // Answers that came and were not read go with the socket, and their connections are asked for again.
        Descriptor.Close(_fd);
        _fd = successor;
        _owed = 0;
        _unsent.Clear();
        foreach (uint number in _asked.Keys)
            _unsent.Enqueue(number);
        Watch();
        SendWaiting();
    }

    public DialAnswer Dial(Gate gate, int route, int index, IDialClient client)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return Ask(new Asked(new DialRequest(gate.Number, Math.Max(route, -1), index), null, client));
    }

    public DialAnswer DialHop(Gate gate, IPAddress address, IDialClient client)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return Ask(new Asked(new DialRequest(gate.Number, -1, 0), address, client));
    }

    private DialAnswer Ask(Asked asked)
    {
        // 0 says that nothing is waited for. A number comes again after four billion others.
        if (++_number == 0)
            _number++;
        _asked[_number] = asked;
        _unsent.Enqueue(_number);
        SendWaiting();
        return DialAnswer.Later(_number);
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

    /// <summary>Not for writability: the dialer's every read would wake this side to say that there is room again.</summary>
    private void Watch()
    {
        _waitsForRoom = false;
        _ = _reactor.Watch(_fd, this, 0, PollEvents.In | PollEvents.EdgeTriggered);
    }

    private void WaitForRoom(bool wait)
    {
        if (wait == _waitsForRoom)
            return;

        _waitsForRoom = wait;
        _ = _reactor.Change(_fd, this, 0, PollEvents.In | (wait ? PollEvents.Out : PollEvents.None) | PollEvents.EdgeTriggered);
    }

    private void SendWaiting()
    {
        Span<byte> room = stackalloc byte[HopRequest.Size];
        while (_unsent.TryPeek(out uint number))
        {
            if (_asked.TryGetValue(number, out Asked asked))
            {
                Span<byte> bytes = room[..(asked.Hop is null ? DialRequest.Size : HopRequest.Size)];
                if (asked.Hop is null)
                    asked.Request.Write(number, bytes);
                else
                    new HopRequest(asked.Request.Gate, asked.Hop).Write(number, bytes);

                // Full; or a dialer that died, and has a successor soon.
                int sent = DescriptorPassing.Send(_fd, bytes, [], wait: false);
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

    /// <summary>Takes one answer; false when there is none.</summary>
    private bool Receive()
    {
        Span<byte> answer = stackalloc byte[DialRequest.AnswerSize];
        Span<int> descriptors = stackalloc int[1];
        int length = DescriptorPassing.Receive(_fd, answer, descriptors, out int received, wait: false);
        if (length == -Errno.Interrupted)
            return true;
        if (length != DialRequest.AnswerSize && length != -BadMessage)
            return false;

        _owed--;
        int fd = received == 1 ? descriptors[0] : -1;
        DialRequest.ReadAnswer(answer, out uint number, out int result);
        if (!_asked.Remove(number, out Asked asked))
        {
            // Its connection has ended meanwhile.
            if (fd >= 0)
                Descriptor.Close(fd);
            return true;
        }

        if (fd < 0 && (result == 0 || result == -Errno.InProgress))
            result = -Errno.TooManyFiles;
        asked.Client.Dialled(result == DialDesk.Refused ? -Errno.Perm : result, fd);
        return true;
    }
}
