using Postern.Configuration;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;
using Postern.Roles.Sandbox;

namespace Postern.Roles.Dialer;

/// <summary>
/// The dialer: connects to the backends of one generation, and for a gate that leads out to mail hosts, and passes the descriptor.
/// <para>Purpose: that no process which reads a client's bytes can choose what to connect to.</para>
/// <para>Trust: the supervisor; nothing that a worker says.</para>
/// <para>Privilege: an ordinary user; sockets, no file (RoleCalls.Dialer).</para>
/// <para>Failure: no backend is reached until the supervisor has started another; connections that stand are not touched.</para>
/// </summary>
public static class DialerRole
{
    public const string Name = "dialer";

    private const int MaxSnapshot = 16 * 1024 * 1024;

    public static int Run(Launched launched)
    {
        var channel = new Channel(Channel.InheritedFd);
        if (RoleStart.ReceiveSetup(channel, MaxSnapshot, "the backends") is not { } bytes)
            return 1;

        BackendSnapshot snapshot = BackendSnapshot.Read(bytes);
        var desk = new DialDesk(snapshot);
        _ = Privilege.RaiseDescriptorLimit();
        if (RoleSandbox.Enter(RoleList.Dialer, launched, out string open) is { } problem)
            return RoleStart.Fail(channel, problem);

        return RoleStart.Ready(channel, open)
            ? ClientThreads.Serve(channel, fd => Answer(desk, channel, fd))
            : 1;
    }

    /// <summary>One worker, until it is gone: a message, an answer.</summary>
    private static void Answer(DialDesk desk, Channel channel, int fd)
    {
        // One byte more than the longest request has: a longer one is cut there, and so recognised.
        Span<byte> request = stackalloc byte[HopRequest.Size + 1];
        Span<byte> answer = stackalloc byte[DialRequest.AnswerSize];
        while (true)
        {
            int length = StreamSocket.Receive(fd, request);
            if (length == -Errno.Interrupted)
                continue;
            if (length <= 0)
                break;

            int result = desk.Answer(request[..length], out uint number, out int backend);
            DialRequest.WriteAnswer(number, result, answer);
            if (result == DialDesk.Refused)
                _ = channel.Send(new Message(MessageKind.Refused));
            int sent = DescriptorPassing.Send(fd, answer, backend < 0 ? [] : [backend]);
            if (backend >= 0)
                Descriptor.Close(backend);
            if (sent < 0)
                break;
        }

        Descriptor.Close(fd);
    }
}
