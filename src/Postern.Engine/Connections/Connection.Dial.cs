using Postern.Engine.Gates;
using Postern.Interop.LibC;
using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>
/// The connection to the backend, made when the client stands inside TLS (or the gate is plain by the operator's
/// word). Addresses are tried in their order.
/// </summary>
internal sealed partial class Connection
{
    /// <summary>For each address: a backend that stands next door answers in milliseconds or not at all.</summary>
    private const int ConnectTimeout = 10_000;

    private SocketAddress? _address;
    private int _nextAddress;

    private void EnterDial()
    {
        _phase = Phase.Dial;
        _dialogue = null;
        _negotiator = null;
        if (_shedding)
        {
            Refuse(Unavailable.Busy, Outcome.Shed, _shedReason);
            return;
        }

        _stage = Stage.Dial;
        DialNext("");
    }

    private void DialNext(string problem)
    {
        int route = _tls?.Route ?? -1;
        System.Collections.Immutable.ImmutableArray<SocketAddress> addresses = _gate.BackendOf(route);
        while (_nextAddress < addresses.Length)
        {
            _address = addresses[_nextAddress];
            int result = _thread.Dialer.Dial(_gate, route, _nextAddress++, out int fd);
            if (result is -Errno.TooManyFiles or -Errno.TooManyFilesInSystem)
            {
                Refuse(Unavailable.Busy, Outcome.Shed, Errno.Describe(result));
                return;
            }

            if (fd >= 0)
            {
                if (!_address.IsUnix)
                    StreamSocket.NoDelay(fd);
                _back.Opened(fd);

                // Writability will say that it is connected; on a unix socket it is already.
                _back.Writable = result == 0;
                Reactor.SetDeadline(this, ConnectTimeout);
                if (Reactor.Watch(fd, this, Backend, Watched) >= 0)
                    return;
                result = -Errno.TooManyFiles;
                _back.Fd = Side.None;
                Descriptor.Close(fd);
            }

            problem = $"{_address.Text}: {Errno.Describe(result)}";
        }

        Refuse(Unavailable.NoBackend, Outcome.BackendUnreachable, problem);
    }

    private bool Dial()
    {
        if (!_back.IsOpen || !_back.Writable)
            return false;

        int error = StreamSocket.PendingError(_back.Fd);
        if (error == 0)
        {
            Connected();
            return true;
        }

        string problem = $"{_address!.Text}: {Errno.Describe(error)}";
        _back.Close(Buffers, reset: false);
        DialNext(problem);
        return true;
    }

    private void Connected()
    {
        SendProxyHeader();
        switch (_gate.Greeting)
        {
            case GreetingAction.Swallow:
                EnterGreeting();
                break;

            // The client heard a greeting of ours already when it said its EHLO in the clear.
            default:
                EnterRelay();
                break;
        }
    }
}
