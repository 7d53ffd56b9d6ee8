using System.Buffers.Binary;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.KeyAgent;
using Postern.Roles.Room;

namespace Postern.Roles.Porter;

/// <summary>Signatures that rooms have asked for, on their way to the key agent and back. Nobody is waited for.</summary>
internal sealed class SigningErrands : PollTarget
{
    public const int MaxRequest = 1 + SigningRequest.MaxSize;

    /// <summary>Under way at once: the socket holds them, so that a send never waits; the others wait here.</summary>
    private const int Window = 64;

    private readonly Reactor _reactor;
    private readonly Dictionary<uint, Errand> _underWay = [];
    private readonly Queue<Errand> _waiting = new();
    private int _fd;
    private uint _number;

    public SigningErrands(Reactor reactor, int fd)
    {
        _reactor = reactor;
        _fd = fd;
        reactor.Add(this);
        _ = reactor.Watch(fd, this, 0, PollEvents.In);
    }

    public void Ask(RoomProcess room, ReadOnlySpan<byte> request)
    {
        _waiting.Enqueue(new Errand(room, request.ToArray()));
        SendOff();
    }

    /// <summary>The key agent died, and this leads to its successor, which is asked again what was not answered.</summary>
    public void Replace(int successor)
    {
        _reactor.Forget(_fd);
        Descriptor.Close(_fd);
        _fd = successor;
        _ = _reactor.Watch(successor, this, 0, PollEvents.In);
        foreach (Errand errand in _underWay.Values)
            _waiting.Enqueue(errand);
        _underWay.Clear();
        SendOff();
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        Span<byte> answer = stackalloc byte[AgentRequest.MaxAnswer];
        int length = StreamSocket.Receive(_fd, answer);
        if (length == -Errno.Interrupted)
            return;
        if (length <= 0)
        {
            // It died; the supervisor will bring the next.
            _reactor.Forget(_fd);
            return;
        }

        if (length >= AgentRequest.AnswerHeaderSize && _underWay.Remove(BinaryPrimitives.ReadUInt32LittleEndian(answer), out Errand? errand))
            errand.Room.Answer(RoomMessageKind.Signed, answer[sizeof(uint)..length]);
        SendOff();
    }

    protected override void OnDeadline()
    {
        // None is set.
    }

    private void SendOff()
    {
        Span<byte> message = stackalloc byte[AgentRequest.MaxSize];
        while (_underWay.Count < Window && _waiting.TryPeek(out Errand? errand))
        {
            if (errand.Room.State != RoomState.Serving)
            {
                _ = _waiting.Dequeue();
                continue;
            }

            AgentRequest.WriteHeader(++_number, RequestKind.Sign, message);
            errand.Request.CopyTo(message[AgentRequest.HeaderSize..]);
            if (StreamSocket.Send(_fd, message[..(AgentRequest.HeaderSize + errand.Request.Length)]) < 0)
                return;

            _underWay.Add(_number, _waiting.Dequeue());
        }
    }

    private sealed record Errand(RoomProcess Room, byte[] Request);
}
