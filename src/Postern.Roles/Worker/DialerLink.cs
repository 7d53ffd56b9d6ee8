using System.Net;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Interop.LibC;
using Postern.Roles.Dialer;

namespace Postern.Roles.Worker;

/// <param name="Hop">Not null: a host in the world, for the gate of the request.</param>
/// <param name="Port">Of that host.</param>
internal readonly record struct AskedDial(DialRequest Request, IPAddress? Hop, int Port, IDialClient Client);

/// <summary>The worker's way to the dialer.</summary>
internal sealed class DialerLink(int fd) : RoleLink<AskedDial>(fd), IDialer
{
    protected override int MaxRequest => HopRequest.Size;

    public DialAnswer Dial(Gate gate, int route, int index, IDialClient client)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return DialAnswer.Later(Ask(new AskedDial(new DialRequest(gate.Number, Math.Max(route, -1), index), null, 0, client)));
    }

    public DialAnswer DialHop(Gate gate, IPAddress address, int port, IDialClient client)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return DialAnswer.Later(Ask(new AskedDial(new DialRequest(gate.Number, -1, 0), address, port, client)));
    }

    protected override int Write(uint number, in AskedDial asked, Span<byte> message)
    {
        if (asked.Hop is null)
        {
            asked.Request.Write(number, message);
            return DialRequest.Size;
        }

        new HopRequest(asked.Request.Gate, asked.Hop, asked.Port).Write(number, message);
        return HopRequest.Size;
    }

    protected override bool Receive()
    {
        Span<byte> answer = stackalloc byte[DialRequest.AnswerSize];
        Span<int> descriptors = stackalloc int[1];
        int length = DescriptorPassing.Receive(Fd, answer, descriptors, out int received, wait: false);
        if (length == -Errno.Interrupted)
            return true;

        // EBADMSG: this process has no descriptor more.
        if (length != DialRequest.AnswerSize && length != -BadMessage)
            return false;

        int fd = received == 1 ? descriptors[0] : -1;
        DialRequest.ReadAnswer(answer, out uint number, out int result);
        if (!Settle(number, out AskedDial asked))
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
