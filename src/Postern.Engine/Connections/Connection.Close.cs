using Postern.Interop.LibC;
using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>Ends, and the time-outs that bring them about.</summary>
internal sealed partial class Connection
{
    /// <summary>How long last words may take to be read.</summary>
    private const int LingerTimeout = 2_000;

    /// <summary>How much a client may still send at us, unread, while it does not listen.</summary>
    private const int MaxLingered = 256 * 1024;

    private int _lingered;

    /// <summary>Everything is said: close_notify, FIN, and a moment's patience. What the client still sends is not looked at.</summary>
    private void EnterLinger(Outcome outcome, string detail = "")
    {
        _refusedAs = outcome;
        _refusedBecause = detail;
        _back.Close(Buffers, reset: false);
        if (_tls is { HandshakeDone: true })
        {
            _thread.Wire.ClearOutgoing();
            _tls.Shutdown();
            TransmitWire(last: true);
        }

        _phase = Phase.Linger;
        _front.Readable = true;
        Reactor.SetDeadline(this, LingerTimeout);
    }

    private bool Linger()
    {
        _ = _front.Flush(Buffers);
        if (_front.Out.IsEmpty && !_front.FinSent)
        {
            _front.FinSent = true;
            StreamSocket.ShutdownWrite(_front.Fd);
        }

        while (true)
        {
            int count = _front.Receive(_thread.Plain);
            if (count == -Errno.Again)
                return false;

            _lingered += Math.Max(count, 0);
            if (count <= 0 || _lingered > MaxLingered)
            {
                End(_refusedAs, _refusedBecause);
                return false;
            }
        }
    }

    protected internal override void OnDeadline()
    {
        switch (_phase)
        {
            case Phase.ProxyHeader:
                End(Outcome.TimedOut, "no PROXY header");
                break;

            case Phase.Negotiate or Phase.FirstWords:
                var output = new ByteWriter(_thread.Answer);
                _gate.Protocol.WriteUnavailable(new Apology(Unavailable.TimedOut, _gate.HostName), _negotiator!.Place, [], ref output);
                Say(output.Written);
                EnterLinger(Outcome.TimedOut);
                break;

            case Phase.Handshake:
                End(Outcome.TimedOut);
                break;

            case Phase.Dial:
                DialDeadline();
                break;

            case Phase.Upgrade:
                UpgradeDeadline();
                break;

            case Phase.Greeting:
                _ = BackendFailed("did not greet in time");
                break;

            case Phase.AwaitCommand or Phase.Linger:
                End(_refusedAs, _refusedBecause);
                break;

            case Phase.Relay:
                RelayDeadline();
                break;

            case Phase.Mail:
                MailDeadline();
                break;

            case Phase.Lookup:
                LookupDeadline();
                break;
        }

        Turn();
    }
}
