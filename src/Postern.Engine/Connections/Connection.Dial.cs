using System.Collections.Immutable;
using Postern.Engine.Dialing;
using Postern.Interop.LibC;
using Postern.Policy.Service;
using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>
/// The connection to the backend, made when the client stands inside TLS (or the gate is plain by the operator's
/// word). Addresses are tried in their order.
/// </summary>
internal sealed partial class Connection : IDialClient
{
    /// <summary>For each address: a backend that stands next door answers in milliseconds or not at all.</summary>
    private const int ConnectTimeout = 10_000;

    private string? _address;
    private int _nextAddress;

    /// <summary>Under which number the dialer was asked; 0 when nothing is waited for from it.</summary>
    private uint _dialling;

    /// <summary>Which backend: the route that the client's SNI took, or −1 for the gate's own.</summary>
    private int Route => _tls?.Route ?? -1;

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
        if (LeadsOut)
            EnterService();
        else
            DialNext("");
    }

    private void DialNext(string problem)
    {
        int route = Route;
        ImmutableArray<string> addresses = _gate.BackendOf(route);
        while (_nextAddress < addresses.Length)
        {
            _address = addresses[_nextAddress];
            if (MustBeProved)
            {
                AskDane();
                return;
            }

            Reactor.SetDeadline(this, ConnectTimeout);
            DialAnswer answer = _thread.Dialer.Dial(_gate, route, _nextAddress++, this);
            _dialling = answer.Number;
            if (_dialling != 0 || Takes(answer.Result, answer.Fd, ref problem))
                return;
        }

        if (_isUnproved)
            Refuse(Unavailable.Unproved, Outcome.BackendUnproved, problem);
        else
            Refuse(Unavailable.NoBackend, Outcome.BackendUnreachable, problem);
    }

    void IDialClient.Dialled(int result, int fd)
    {
        _dialling = 0;
        string problem = "";
        if (!Takes(result, fd, ref problem))
            Unreachable(problem);
        Turn();
    }

    /// <summary>An address that does not answer: the next one.</summary>
    private void Unreachable(string problem)
    {
        if (!LeadsOut)
        {
            DialNext(problem);
            return;
        }

        _candidates!.Failed(ServiceRefusalKind.ConnectionFailed, Outcome.BackendUnreachable, problem);
        DialServer();
    }

    /// <summary>Goes on with the dialer's answer; false when the next address is to be tried.</summary>
    private bool Takes(int result, int fd, ref string problem)
    {
        if (fd >= 0)
        {
            // Asked of a unix socket it does nothing.
            StreamSocket.NoDelay(fd);

            // A backend stands next door. A host in the world may vanish without a word, and a stream of XMPP is silent for hours.
            if (LeadsOut)
                StreamSocket.KeepAlive(fd);
            _back.Opened(fd);

            // Writability will say that it is connected, unless it is already.
            _back.Writable = result == 0;
            if (Reactor.Watch(fd, this, Backend, Watched) < 0)
                result = -Errno.TooManyFiles;
            else if (result == 0)
                Connected();
        }

        if (result is -Errno.TooManyFiles or -Errno.TooManyFilesInSystem)
        {
            Refuse(Unavailable.Busy, Outcome.Shed, Errno.Describe(result));
            return true;
        }

        if (fd < 0)
        {
            problem = $"{_address}: {DialAnswer.Describe(result)}";
            _isUnproved = false;
        }

        return fd >= 0;
    }

    private bool Dial()
    {
        if (LeftMeanwhile() || !_back.IsOpen || !_back.Writable)
            return false;

        int error = StreamSocket.PendingError(_back.Fd);
        if (error == 0)
        {
            Connected();
            return true;
        }

        string problem = $"{_address}: {Errno.Describe(error)}";
        _isUnproved = false;
        _back.Close(Buffers, reset: false);
        Unreachable(problem);
        return true;
    }

    private void DialDeadline()
    {
        if (_demanding != 0)
        {
            DaneDeadline();
            return;
        }

        if (_seeking != 0)
        {
            SeekDeadline();
            return;
        }

        // A dialer that does not answer for one address does not for the next.
        if (_dialling != 0)
        {
            GiveUpDial();
            string problem = $"{_address}: the dialer did not answer";
            if (LeadsOut)
                RefuseService(new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, problem), Outcome.BackendUnreachable);
            else
                Refuse(Unavailable.NoBackend, Outcome.BackendUnreachable, problem);
            return;
        }

        _back.Close(Buffers, reset: false);
        _isUnproved = false;
        Unreachable($"{_address}: {Errno.Describe(Errno.TimedOut)}");
    }

    private void GiveUpDial()
    {
        if (_dialling != 0)
            _thread.Dialer.GiveUp(_dialling);
        _dialling = 0;
        GiveUpDane();
        GiveUpService();
    }

    private void Connected()
    {
        SendProxyHeader();
        if (_gate.BackendTls is null && !LeadsOut)
            EnterGreetings();
        else
            EnterUpgrade();
    }
}
