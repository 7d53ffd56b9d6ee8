using System.Collections.Immutable;
using System.Net;
using Postern.Configuration;
using Postern.Engine.Dialing;
using Postern.Interop.LibC;
using SocketAddress = Postern.Interop.LibC.SocketAddress;

namespace Postern.Roles.Dialer;

/// <summary>Decides about requests and begins connections. Called by one thread for each worker; holds nothing that changes.</summary>
public sealed class DialDesk(BackendSnapshot snapshot)
{
    /// <summary>Not a request, or not for a configured backend: no worker of ours asks so while it is itself.</summary>
    public const int Refused = -Errno.Access;

    private readonly ImmutableArray<ImmutableArray<ImmutableArray<SocketAddress>>> _gates =
        [.. snapshot.Gates.Select(gate => gate.Select(addresses => addresses.Select(ToSocketAddress).ToImmutableArray()).ToImmutableArray())];

    /// <summary>Answers one message of a worker, whatever it is: as <see cref="IDialer.Dial"/>.</summary>
    public int Answer(ReadOnlySpan<byte> bytes, out int fd)
    {
        fd = -1;
        if (!DialRequest.TryRead(bytes, out DialRequest request)
            || request.Gate >= _gates.Length
            || request.Route + 1 >= _gates[request.Gate].Length
            || request.Address >= _gates[request.Gate][request.Route + 1].Length)
        {
            return Refused;
        }

        return DirectDialer.Begin(_gates[request.Gate][request.Route + 1][request.Address], out fd);
    }

    public static SocketAddress ToSocketAddress(ResolvedAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.Path is { } path ? SocketAddress.Unix(path) : SocketAddress.Tcp(IPAddress.Parse(address.Ip!), address.Port);
    }
}
