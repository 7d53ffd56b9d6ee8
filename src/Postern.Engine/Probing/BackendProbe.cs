using Postern.Engine.Buffers;
using Postern.Engine.Connections;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Engine.Loop;
using Postern.Engine.Upstream;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Demands;
using Postern.Protocols;

namespace Postern.Engine.Probing;

/// <summary>
/// Asks the backend of an optional-TLS gate what it offers, on a connection of its own: what a client hears before
/// TLS is the backend's list, though no client's byte reaches it yet.
/// </summary>
internal sealed class BackendProbe : PollTarget, IDialClient, IDemandClient
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
    private Upgrade? _upgrade;
    private BackendSession? _server;
    private Pending _heard;
    private bool _connected;
    private uint _dialling;
    private uint _demanding;
    private ServerDemand? _demand;

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
        if (gate.ProbeUnderWay || gate.Backend.IsEmpty || gate.Protocol.ProbeBackend(gate.HostName, GreetingLedger.WillGreet(gate.Protocol, gate.BackTls(-1))) is not { } probe)
            return;

        var target = new BackendProbe(thread, gate, probe);
        gate.ProbeUnderWay = true;
        thread.Reactor.Add(target);
        thread.Reactor.SetDeadline(target, TimeoutMilliseconds);
        if (gate.BackendTls is not { Dane: not null })
            target.Dial();
        else if (thread.Demands is { } demands)
            target._demanding = demands.FindDemand(gate, -1, 0, target);
        else
            target.Fail(DaneInquiry.Unproved + DaneInquiry.NoResolver);
    }

    void IDemandClient.Demanded(DemandAnswer answer)
    {
        _demanding = 0;
        _demand = DaneInquiry.Take(_gate, answer, out string reason);
        if (_demand is null)
            Fail(DaneInquiry.Unproved + reason);
        else
            Dial();
    }

    private void Dial()
    {
        DialAnswer answer = _thread.Dialer.Dial(_gate, -1, 0, this);
        _dialling = answer.Number;
        if (answer.Number == 0)
            Take(answer.Result, answer.Fd);
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
            if (_gate.BackendTls is not null)
                _upgrade = new Upgrade(_thread, _gate, -1, null, null, _demand);
        }

        if (_upgrade is null || AdvanceUpgrade(_upgrade))
            Converse();
    }

    /// <summary>True when the backend stands inside TLS.</summary>
    private bool AdvanceUpgrade(Upgrade upgrade)
    {
        UpgradeProgress progress = upgrade.Advance(ref _back);
        if (progress == UpgradeProgress.Failed)
            Fail(upgrade.Reason);
        if (progress != UpgradeProgress.Done)
            return false;

        _server = upgrade.Session;
        _upgrade = null;
        Hear([]);
        return true;
    }

    private void Converse()
    {
        _ = _back.Flush(_thread.Buffers);
        while (_back.IsOpen)
        {
            int count = Receive();
            if (count == -Errno.Again)
                return;
            if (count <= 0)
            {
                Fail("the connection ended before it had answered EHLO");
                return;
            }

            Hear(_thread.Plain.AsSpan(0, count));
        }
    }

    private int Receive()
    {
        if (_server is null)
            return _back.Receive(_thread.Plain.AsSpan(0, Dialogue.MaxBytes));

        TlsWire wire = _thread.Wire;
        wire.Clear();
        bool left = !_back.ReceiveCiphertext(_thread.Buffers, wire);
        TlsStatus status = _server.Channel.Read(_thread.Plain, out int count);
        _back.In.Append(_thread.Buffers, wire.Unread);
        _back.Transmit(_thread.Buffers, wire.Outgoing);
        return count > 0 ? count : status == TlsStatus.WantRead && !left ? -Errno.Again : 0;
    }

    private void Hear(ReadOnlySpan<byte> words)
    {
        _heard.Append(_thread.Buffers, words);
        var output = new ByteWriter(_thread.Answer);
        Step step = _dialogue.Feed(_heard.Bytes, ref output);
        _heard.Consume(_thread.Buffers, step.Consumed);
        _back.Say(_thread.Buffers, _thread.Wire, _server?.Channel, output.Written);
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
        if (_demanding != 0)
            _thread.Demands!.GiveUp(_demanding);
        _thread.Reactor.Remove(this);
        _back.Close(_thread.Buffers, reset: false);
        _heard.Clear(_thread.Buffers);
        _upgrade?.Dispose();
        _server?.Dispose();
    }
}
