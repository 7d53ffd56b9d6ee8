using System.Collections.Immutable;
using System.Net;
using Postern.Configuration;
using Postern.Engine.Dialing;
using Postern.Interop.LibC;
using Postern.Policy.Dns;
using SocketAddress = Postern.Interop.LibC.SocketAddress;

namespace Postern.Roles.Dialer;

/// <summary>Decides about requests and begins connections. Called by several threads; holds nothing that changes.</summary>
public sealed class DialDesk(BackendSnapshot snapshot)
{
    /// <summary>
    /// Not a request, or not for a configured backend or a host in the world: no worker of ours asks so while it is itself. No errno, since what
    /// connect(2) says is the network's doing, or the operator's.
    /// </summary>
    public const int Refused = 1;

    private readonly ImmutableArray<ImmutableArray<ImmutableArray<SocketAddress>>> _gates =
        [.. snapshot.Gates.Select(gate => gate.Select(addresses => addresses.Select(ToSocketAddress).ToImmutableArray()).ToImmutableArray())];

    /// <summary>Answers one message of a worker, whatever it is: <see cref="Refused"/>, or as <see cref="IDialClient.Dialled"/> has it.</summary>
    public int Answer(ReadOnlySpan<byte> bytes, out uint number, out int fd)
    {
        fd = -1;
        if (bytes.Length == HopRequest.Size)
            return AnswerHop(bytes, out number, out fd);
        if (!DialRequest.TryRead(bytes, out number, out DialRequest request)
            || request.Gate >= _gates.Length
            || request.Route + 1 >= _gates[request.Gate].Length
            || request.Address >= _gates[request.Gate][request.Route + 1].Length)
        {
            return Refused;
        }

        return Begin(_gates[request.Gate][request.Route + 1][request.Address], out fd);
    }

    /// <summary>
    /// A host in the world, whose address a worker has from the resolver: to a port of the gate's, and no other; and not into this
    /// machine or its networks, unless the operator has hosts there. A stolen worker reaches other people's servers, which it would by
    /// a domain of its owner's as well.
    /// </summary>
    private int AnswerHop(ReadOnlySpan<byte> bytes, out uint number, out int fd)
    {
        fd = -1;
        return HopRequest.TryRead(bytes, out number, out HopRequest request)
            && request.Gate < snapshot.OutboundPorts.Length
            && snapshot.OutboundPorts[request.Gate].Include(request.Port)
            && (snapshot.AllowsPrivate || PublicAddress.Is(request.Address))
            ? BeginHop(request, out fd)
            : Refused;
    }

    /// <summary>
    /// Whatever listens on a public address of this machine is not for a stranger's SRV or MX to choose, who has no way through its firewall,
    /// and a gate that leads out to itself would go in circles. Which addresses are its own, the kernel says best, and only for a socket: one that
    /// is connected to an address of this machine comes from that very address. The resolver cannot know it, so this is no worker's crime.
    /// </summary>
    private int BeginHop(HopRequest request, out int fd)
    {
        int result = Begin(SocketAddress.Tcp(request.Address, request.Port), out fd);
        if (fd < 0 || snapshot.AllowsPrivate || !StreamSocket.LocalEndpoint(fd).Address.Equals(request.Address))
            return result;

        Descriptor.Close(fd);
        fd = -1;
        return DialAnswer.OwnAddress;
    }

    private static int Begin(SocketAddress address, out int fd)
    {
        fd = StreamSocket.New(address);
        if (fd < 0)
            return fd;

        int result = StreamSocket.Connect(fd, address);

        // A backend of this machine has taken the connection by now, and to say so spares the worker a wait. Or refused it: who
        // asks is told that once (connect(2), SO_ERROR), and to the worker the socket would look connected.
        if (result == -Errno.InProgress)
        {
            int now = StreamSocket.Connect(fd, address);
            result = now == -Errno.Already ? result : now;
        }

        if (result is 0 or -Errno.InProgress)
            return result;

        Descriptor.Close(fd);
        fd = -1;
        return result;
    }

    private static SocketAddress ToSocketAddress(ResolvedAddress address) =>
        address.Path is { } path ? SocketAddress.Unix(path) : SocketAddress.Tcp(IPAddress.Parse(address.Ip!), address.Port);
}
