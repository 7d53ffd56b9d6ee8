using Postern.Engine.Buffers;
using Postern.Engine.Connections;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Protocols;

namespace Postern.Engine.Probing;

/// <summary>
/// Asks the backend of an optional-TLS gate what it offers, on a connection of its own: what a client hears before
/// TLS is the backend's list, though no client's byte reaches it yet.
/// </summary>
internal sealed class BackendProbe : PollTarget, IDialClient
{
    private const int TimeoutMilliseconds = 20_000;

    /// <summary>What is known is good for so long, since a backend's configuration seldom changes.</summary>
    private const int AskAgainAfterSuccess = 60_000;

    private const int AskAgainAfterFailure = 5_000;

    private readonly EngineThread _thread;
    private readonly Gate _gate;
    private readonly ExtensionProbe _probe;
    private readonly Dialogue _dialogue;
    private Side _back;
    private bool _connected;
    private uint _dialling;

    private BackendProbe(EngineThread thread, Gate gate, ExtensionProbe probe)
    {
        _thread = thread;
        _gate = gate;
        _probe = probe;
        _dialogue = new Dialogue(probe);
        _back.Fd = Side.None;
    }

    /// <summary>Begins, unless one is under way or the gate has nothing to be learned.</summary>
    public static void Begin(EngineThread thread, Gate gate)
    {
        if (gate.ProbeUnderWay || gate.Backend.IsEmpty || gate.Protocol.ProbeBackend(gate.HostName) is not { } probe)
            return;

        var target = new BackendProbe(thread, gate, probe);
        gate.ProbeUnderWay = true;
        thread.Reactor.Add(target);
        thread.Reactor.SetDeadline(target, TimeoutMilliseconds);
        DialAnswer answer = thread.Dialer.Dial(gate, -1, 0, target);
        target._dialling = answer.Number;
        if (answer.Number == 0)
            target.Take(answer.Result, answer.Fd);
    }

    void IDialClient.Dialled(int result, int fd)
    {
        _dialling = 0;
        Take(result, fd);
    }

    private void Take(int result, int fd)
    {
        if (fd < 0)
        {
            Fail(Errno.Describe(result));
            return;
        }

        _back.Opened(fd);
        _ = _thread.Reactor.Watch(
            fd, this, 0, PollEvents.In | PollEvents.Out | PollEvents.PeerClosed | PollEvents.EdgeTriggered);
    }

    protected internal override void OnEvents(int which, PollEvents events)
    {
        _back.Note(events);
        if (!_connected)
        {
            int error = StreamSocket.PendingError(_back.Fd);
            if (error < 0)
            {
                Fail(Errno.Describe(error));
                return;
            }

            _connected = true;
            _back.Transmit(_thread.Buffers, ProxyHeaderOut.ForOurselves(_gate, _back.Fd, _thread.Answer));
        }

        _ = _back.Flush(_thread.Buffers);
        while (_back.IsOpen)
        {
            int count = _back.Receive(_thread.Plain.AsSpan(0, Dialogue.MaxBytes));
            if (count == -Errno.Again)
                return;
            if (count <= 0)
            {
                Fail("the connection ended before it had answered EHLO");
                return;
            }

            _back.In.Append(_thread.Buffers, _thread.Plain.AsSpan(0, count));
            var output = new ByteWriter(_thread.Answer);
            Step step = _dialogue.Feed(_back.In.Bytes, ref output);
            _back.In.Consume(_thread.Buffers, step.Consumed);
            _back.Transmit(_thread.Buffers, output.Written);
            switch (step.Verdict)
            {
                case Verdict.Finished:
                    _gate.Front = _gate.Front with { PlainExtensions = _probe.Extensions };
                    _gate.AskExtensionsAt = _thread.Reactor.Now + AskAgainAfterSuccess;
                    Close();
                    break;

                case not Verdict.NeedInput:
                    Fail("it does not answer EHLO as an SMTP server does");
                    break;
            }
        }
    }

    protected internal override void OnDeadline() => Fail("no answer in time");

    private void Fail(string why)
    {
        _gate.AskExtensionsAt = _thread.Reactor.Now + AskAgainAfterFailure;
        _thread.Log.Say(4, "problem", $"gate {_gate.Name}: the extensions of {_gate.Backend[0]} could not be learned ({why}); before TLS clients are offered what was learned last");
        Close();
    }

    private void Close()
    {
        _gate.ProbeUnderWay = false;
        if (_dialling != 0)
            _thread.Dialer.GiveUp(_dialling);
        _thread.Reactor.Remove(this);
        _back.Close(_thread.Buffers, reset: false);
    }
}
