using Postern.Engine.Loop;
using Postern.Engine.Outbound;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Roles.Resolver.Wire;

namespace Postern.Roles.Worker;

/// <summary>
/// The worker's way to the resolver: asks, and goes on with its other connections; answers come through the loop. What a resolver
/// that died has not answered is asked again of its successor, since asking twice does no harm. What it is told is of use and not
/// needed: it is not kept for a socket that is full.
/// </summary>
internal sealed class ResolverLink(int fd) : PollTarget, IRouter
{
    /// <summary>EBADMSG: an answer that is longer than any is.</summary>
    private const int BadMessage = 74;

    private int _fd = fd;
    private Reactor _reactor = null!;
    private uint _number;

    /// <summary>What is waited for, by number.</summary>
    private readonly Dictionary<uint, Asked> _asked = [];

    /// <summary>Not sent yet: the socket is full, or leads nowhere.</summary>
    private readonly Queue<uint> _unsent = new();

    private readonly byte[] _answer = GC.AllocateUninitializedArray<byte>(ResolverAnswer.MaxSize);

    /// <summary>Answers that this resolver owes, those to questions that were given up among them.</summary>
    private int _owed;
    private bool _waitsForRoom;

    private readonly record struct Asked(RouteQuestion Question, IRouteClient Client);

    /// <summary>Who waits for an answer.</summary>
    public int Waiting => _asked.Count;

    /// <summary>From here on answers come through this loop.</summary>
    public void Join(Reactor reactor)
    {
        ArgumentNullException.ThrowIfNull(reactor);
        _reactor = reactor;
        reactor.Add(this);
        Watch();
    }

    /// <summary>The resolver died, and this leads to its successor.</summary>
    public void Replace(int successor)
    {
        // Answers that came and were not read go with the socket, and are asked for again.
        Descriptor.Close(_fd);
        _fd = successor;
        _owed = 0;
        _unsent.Clear();
        foreach (uint number in _asked.Keys)
            _unsent.Enqueue(number);
        Watch();
        SendWaiting();
    }

    public uint Find(RouteQuestion question, IRouteClient client)
    {
        ArgumentNullException.ThrowIfNull(question);

        // 0 says that nothing is waited for. A number comes again after four billion others.
        if (++_number == 0)
            _number++;
        _asked[_number] = new Asked(question, client);
        _unsent.Enqueue(_number);
        SendWaiting();
        return _number;
    }

    public void GiveUp(uint number) => _ = _asked.Remove(number);

    public void Tell(HopResult result)
    {
        Span<byte> bytes = stackalloc byte[ResolverRequest.MaxSize];
        int length = ResolverRequest.Write(result, bytes);
        _ = DescriptorPassing.Send(_fd, bytes[..length], [], wait: false);
    }

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

    /// <summary>Not for writability: the resolver's every read would wake this side to say that there is room again.</summary>
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
        Span<byte> bytes = stackalloc byte[ResolverRequest.MaxSize];
        while (_unsent.TryPeek(out uint number))
        {
            if (_asked.TryGetValue(number, out Asked asked))
            {
                int length = ResolverRequest.Write(number, asked.Question, bytes);

                // Full; or a resolver that died, and has a successor soon.
                int sent = DescriptorPassing.Send(_fd, bytes[..length], [], wait: false);
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
        int length = DescriptorPassing.Receive(_fd, _answer, [], out _, wait: false);
        if (length == -Errno.Interrupted)
            return true;
        if (length <= 0 && length != -BadMessage)
            return false;

        _owed--;
        RouteAnswer? answer = ResolverAnswer.Read(_answer.AsSpan(0, length < 0 ? sizeof(uint) : length), out uint number);
        if (!_asked.Remove(number, out Asked asked))
            return true;

        // A stolen resolver may say anything. It is not believed, and the mail waits.
        asked.Client.Routed(answer ?? new RouteAnswer(0, [], new SmtpRefusal(451, "4.3.0", "the resolver does not say where the domain's mail goes")));
        return true;
    }
}
