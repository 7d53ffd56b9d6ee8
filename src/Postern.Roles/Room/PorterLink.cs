using System.Buffers.Binary;
using System.Net;
using System.Text;
using Postern.Engine.Counting;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Engine.Logging;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Keys;
using Postern.Roles.Ipc;
using Postern.Roles.KeyAgent;

namespace Postern.Roles.Room;

/// <summary>
/// A room's only way out, besides its client and its backend: asks the porter, and waits for the answer. There is
/// nothing else that the room could do meanwhile, since it has one connection.
/// </summary>
internal sealed class PorterLink : IKeyAgent, IDialer, IAdmission, IConnectionLog
{
    /// <summary>Where a room finds its end.</summary>
    public const int Fd = Channel.InheritedFd;

    /// <summary>A porter, or a key agent behind it, that takes this long is as good as dead.</summary>
    private const int TimeoutMilliseconds = 10_000;

    /// <summary>Not on the stack, where all of it would be cleared first: a room has no more pages than messages are long.</summary>
    private readonly byte[] _message = new byte[RoomMessage.MaxSize];

    private Assignment? _assignment;
    private bool _asked;

    /// <summary>Waits, for as long as it takes, for the connection. Null when the porter has gone, or needs no more rooms.</summary>
    public Assignment? AwaitConnection(out int fd)
    {
        fd = -1;
        if (StreamSocket.Send(Fd, [(byte)RoomMessageKind.Ready]) != 1)
            return null;

        Span<byte> message = _message;
        Span<int> descriptors = stackalloc int[1];
        int length;
        do
        {
            length = DescriptorPassing.Receive(Fd, message, descriptors, out int received);
            fd = received == 1 ? descriptors[0] : -1;
        }
        while (length == -Errno.Interrupted);

        StreamSocket.ReceiveTimeout(Fd, TimeoutMilliseconds);
        _assignment = length > 0 && fd >= 0 ? Assignment.Read(message[..length]) : null;
        return _assignment;
    }

    /// <summary>The limit that the porter found, or, for a client that a PROXY header announces, finds.</summary>
    public string? Admit(Gate gate, Endpoint client)
    {
        // The same client as the porter's: it has been judged already.
        if (client == _assignment!.Client && !_asked && (gate.AcceptProxyFrom.IsEmpty || !gate.AcceptProxyFrom.Contains(client)))
            return _assignment.Shed.Length > 0 ? _assignment.Shed : null;

        _asked = true;
        Span<byte> body = stackalloc byte[RoomMessage.EndpointSize];
        RoomMessage.Write(client, body);
        Span<byte> answer = stackalloc byte[256];
        int length = Ask(RoomMessageKind.Admit, body, RoomMessageKind.Admitted, answer, out _);
        return length < 0 ? "nobody to ask" : length == 0 ? null : Encoding.ASCII.GetString(answer[..length]);
    }

    /// <summary>The porter sees the end of this room.</summary>
    public void Leave(Gate gate, Endpoint client)
    {
        // Nothing is counted here.
    }

    public int Sign(int key, SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        // The nursery rehearses with it before there is a room, and a porter.
        if (_assignment is null)
            return 0;

        Span<byte> request = stackalloc byte[SigningRequest.MaxSize];
        int length = SigningRequest.Write(key, scheme, message, request);
        Span<byte> answer = stackalloc byte[1 + SigningRequest.MaxAnswer];
        int answered = length == 0 ? 0 : Ask(RoomMessageKind.Sign, request[..length], RoomMessageKind.Signed, answer, out _);
        if (answered <= 1 || answer[0] != (byte)AgentOutcome.Done || answered - 1 > signature.Length)
            return 0;

        answer[1..answered].CopyTo(signature);
        return answered - 1;
    }

    public DialAnswer Dial(Gate gate, int route, int index, IDialClient client)
    {
        Span<byte> body = stackalloc byte[RoomMessage.DialSize];
        BinaryPrimitives.WriteInt16LittleEndian(body, (short)Math.Max(route, -1));
        BinaryPrimitives.WriteInt16LittleEndian(body[2..], (short)index);
        Span<byte> answer = stackalloc byte[sizeof(int)];
        return Ask(RoomMessageKind.Dial, body, RoomMessageKind.Dialled, answer, out int fd) == sizeof(int)
            ? DialAnswer.Now(BinaryPrimitives.ReadInt32LittleEndian(answer), fd)
            : DialAnswer.Now(-Errno.BrokenPipe, -1);
    }

    /// <summary>No gate leads out where each connection has a process: check says so.</summary>
    public DialAnswer DialHop(Gate gate, IPAddress address, int port, IDialClient client) => DialAnswer.Now(-Errno.Perm, -1);

    public void GiveUp(uint number)
    {
        // Every answer is there at once.
    }

    public void Write(in ConnectionRecord record)
    {
        Span<byte> message = _message;
        _ = StreamSocket.Send(Fd, message[..RoomReport.Write(record, message)]);
    }

    /// <summary>The length of the answer's body, or minus one when there is none.</summary>
    private static int Ask(RoomMessageKind question, ReadOnlySpan<byte> body, RoomMessageKind expected, Span<byte> answer, out int fd)
    {
        fd = -1;
        Span<byte> message = stackalloc byte[1 + Math.Max(body.Length, answer.Length)];
        message[0] = (byte)question;
        body.CopyTo(message[1..]);
        if (StreamSocket.Send(Fd, message[..(1 + body.Length)]) < 0)
            return -1;

        Span<int> descriptors = stackalloc int[1];
        int length;
        do
        {
            length = DescriptorPassing.Receive(Fd, message, descriptors, out int received);
            fd = received == 1 ? descriptors[0] : -1;
        }
        while (length == -Errno.Interrupted);

        if (length < 1 || message[0] != (byte)expected)
            return -1;

        message[1..length].CopyTo(answer);
        return length - 1;
    }
}
