using System.Collections.Immutable;
using System.Net.Sockets;
using Postern.Cli.Output;
using Postern.Configuration;
using Postern.Configuration.Settings;

namespace Postern.Cli.Live;

/// <summary>One address of one backend, looked at as the gate would come to it.</summary>
internal abstract class BackendCheck(GateSettings gate, ResolvedAddress address, string hostName)
{
    /// <summary>As the operator would write it.</summary>
    public string Address { get; } = address.Path is { } path
        ? "unix:" + PeerText.Escape(path)
        : new EndpointAddress { Host = address.Ip, Port = address.Port }.ToString();

    protected GateSettings Gate { get; } = gate;

    protected ResolvedAddress Target { get; } = address;

    /// <summary>The name that we greet with.</summary>
    protected string HostName { get; } = hostName;

    protected BackendInspector? Inspector { get; } = BackendInspector.For(gate);

    public async Task<ImmutableArray<Finding>> Run()
    {
        try
        {
            return await Look();
        }
        catch (SocketException failure)
        {
            return [Finding.Error(NotThere(failure.SocketErrorCode, Target.Path is not null))];
        }
    }

    /// <exception cref="SocketException">There is no connection.</exception>
    protected abstract Task<ImmutableArray<Finding>> Look();

    internal static string NotThere(SocketError error, bool isPath) => error switch
    {
        SocketError.ConnectionRefused when isPath => "is a socket that nobody listens on: is the backend running?",
        SocketError.ConnectionRefused => "refuses the connection: nothing listens there; is the backend running, and on this address?",
        SocketError.AddressNotAvailable when isPath => "does not exist: is the backend running, and is this the socket's path as seen from outside a chroot?",
        SocketError.AccessDenied when isPath =>
            $"may not be opened by user {PeerText.Escape(Environment.UserName)}, who serves connections: set the mode, user or group of that socket in the backend (in Dovecot: unix_listener), or set [server] user",
        SocketError.TimedOut => "does not answer: is there a packet filter between?",
        _ => $"cannot be reached: {new SocketException((int)error).Message}",
    };
}
