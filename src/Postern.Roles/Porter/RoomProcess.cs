using System.Buffers.Binary;
using System.Collections.Immutable;
using Postern.Engine.Dialing;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.Room;

namespace Postern.Roles.Porter;

internal enum RoomState
{
    Starting,

    /// <summary>In its sandbox, and without a connection.</summary>
    Idle,
    Serving,

    /// <summary>It has said its last word, or is not listened to any more.</summary>
    Ended,
}

/// <summary>One connection's process as the porter sees it: what it may say, and when.</summary>
internal sealed class RoomProcess : PollTarget, IDialClient
{
    private readonly Porter _porter;
    private readonly int[] _said = new int[Enum.GetValues<RoomMessageKind>().Length + 1];

    /// <summary>
    /// Everything that a room may say (the table of OpenSSH's monitor.c): when, how often, how long. A room that says
    /// anything else is stolen or broken, and ends.
    /// </summary>
    private static readonly ImmutableArray<Rule> s_rules =
    [
        new(RoomMessageKind.Ready, RoomState.Starting, 1, 1, 1, static (room, _) => room.BecomeIdle()),
        new(RoomMessageKind.Admit, RoomState.Serving, 1, 1 + RoomMessage.EndpointSize, 1 + RoomMessage.EndpointSize, static (room, body) => room._porter.Admit(room, body)),

        // One a handshake.
        new(RoomMessageKind.Sign, RoomState.Serving, 1, 1, SigningErrands.MaxRequest, static (room, body) => room._porter.Sign(room, body)),

        // One for each address of a backend.
        new(RoomMessageKind.Dial, RoomState.Serving, 32, 1 + RoomMessage.DialSize, 1 + RoomMessage.DialSize, static (room, body) => room._porter.Dial(room, body)),
        new(RoomMessageKind.Report, RoomState.Serving, 1, 1, RoomMessage.MaxSize, static (room, body) => room._porter.Report(room, body)),
    ];

    public RoomProcess(Porter porter, int pid, int fd)
    {
        _porter = porter;
        Pid = pid;
        Fd = fd;
        porter.Reactor.Add(this);
        _ = porter.Reactor.Watch(fd, this, 0, PollEvents.In);
    }

    public int Pid { get; }

    public int Fd { get; }

    public RoomState State { get; private set; }

    /// <summary>Null until it has one.</summary>
    public Visit? Visit { get; private set; }

    /// <summary>Under which number the dialer was asked for it; 0 when nothing is waited for.</summary>
    public uint Dialling { get; set; }

    /// <summary>Hands the connection over. False when the room is gone.</summary>
    public bool Begin(Visit visit)
    {
        Span<byte> message = stackalloc byte[RoomMessage.MaxSize];
        var assignment = new Assignment(visit.Gate.Number, visit.Client, visit.Shed, visit.Gate.Front.PlainExtensions);
        int length = assignment.Write(message);
        if (DescriptorPassing.Send(Fd, message[..length], [visit.Fd], wait: false) != length)
            return false;

        // From here on the room alone has it.
        Descriptor.Close(visit.Fd);
        visit.Fd = -1;
        Visit = visit;
        State = RoomState.Serving;
        return true;
    }

    /// <summary>An answer. A room that does not take it is as good as gone.</summary>
    public void Answer(RoomMessageKind kind, ReadOnlySpan<byte> body, int descriptor = -1)
    {
        if (State == RoomState.Ended)
            return;

        Span<byte> message = stackalloc byte[1 + body.Length];
        message[0] = (byte)kind;
        body.CopyTo(message[1..]);
        if (DescriptorPassing.Send(Fd, message, descriptor < 0 ? [] : [descriptor], wait: false) != message.Length)
            _porter.Broken(this, "it takes no answer");
    }

    void IDialClient.Dialled(int result, int fd)
    {
        Dialling = 0;
        Span<byte> body = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(body, result);
        Answer(RoomMessageKind.Dialled, body, fd);

        // The room alone has it now.
        if (fd >= 0)
            Descriptor.Close(fd);
    }

    /// <summary>Hears it no more; a room whose porter has gone away ends with its connection, an idle one at once.</summary>
    public void Dismiss()
    {
        if (State == RoomState.Ended)
            return;

        State = RoomState.Ended;
        _porter.Reactor.Remove(this);
        Descriptor.Close(Fd);
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        Span<byte> message = stackalloc byte[RoomMessage.MaxSize];
        int length = StreamSocket.Receive(Fd, message);
        if (length == -Errno.Interrupted)
            return;
        if (length <= 0)
        {
            _porter.Gone(this);
            return;
        }

        var kind = (RoomMessageKind)message[0];
        foreach (Rule rule in s_rules)
        {
            if (rule.Kind != kind)
                continue;
            if (rule.State != State || length < rule.Shortest || length > rule.Longest || ++_said[(int)kind] > rule.Times)
                break;

            rule.Handle(this, message[1..length]);
            return;
        }

        _porter.Broken(this, "it said what no room says");
    }

    protected override void OnDeadline()
    {
        // None is set.
    }

    private void BecomeIdle()
    {
        State = RoomState.Idle;
        _porter.Idle(this);
    }

    private delegate void Handler(RoomProcess room, ReadOnlySpan<byte> body);

    private sealed record Rule(RoomMessageKind Kind, RoomState State, int Times, int Shortest, int Longest, Handler Handle);
}
