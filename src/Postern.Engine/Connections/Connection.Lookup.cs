using Postern.Engine.Outbound;
using Postern.Protocols;
using Postern.Protocols.Lookup;

namespace Postern.Engine.Connections;

/// <summary>A client that looks policies up, and relays nothing.</summary>
internal sealed partial class Connection
{
    /// <summary>Longer than the resolver takes, shorter than Postfix waits (100 seconds).</summary>
    private const int LookupTimeout = 70_000;

    /// <summary>Postfix closes after 100 idle seconds by itself; tcp_table's client does not.</summary>
    private const int IdleLookupTimeout = 10 * 60_000;

    private MapDesk? _desk;

    private void EnterLookup(LookupProtocol protocol)
    {
        _phase = Phase.Lookup;
        _stage = Stage.Relay;
        _desk = new MapDesk(_thread, protocol, Turn);
        _front.Readable = true;
        Reactor.SetDeadline(this, IdleLookupTimeout);
    }

    private bool Lookup()
    {
        for (int round = 0; round < MaxRounds; round++)
        {
            if (!LookUp())
                return _phase != Phase.Lookup;
        }

        // Everybody else has a turn before more of this client's.
        Reactor.Again(this);
        return false;
    }

    /// <summary>False when nothing came of it, or the phase is over.</summary>
    private bool LookUp()
    {
        _ = _front.Flush(Buffers);
        bool left = _held.Length < MaxHeldCommand && !ReceivePlain();
        var output = new ByteWriter(_front.Out.Length > MaxUnsentAnswers ? default : _thread.Answer);
        int consumed = _desk!.Advance(_held.Bytes, ref output);
        _held.Consume(Buffers, Math.Max(consumed, 0));
        _bytesIn += Math.Max(consumed, 0);
        _bytesOut += output.Length;
        if (output.Length > 0)
            Say(output.Written);
        if (consumed < 0)
        {
            EnterLinger(Outcome.RefusedClientGarbage, $"no request of {_gate.Protocol.Name}");
            return false;
        }

        if (left && consumed == 0 && output.Length == 0)
        {
            EnterLinger(Outcome.Closed);
            return false;
        }

        Reactor.SetDeadline(this, _desk.IsBusy ? LookupTimeout : IdleLookupTimeout);
        return consumed > 0 || output.Length > 0;
    }

    private void LookupDeadline()
    {
        if (!_desk!.IsBusy)
        {
            EnterLinger(Outcome.Idle);
            return;
        }

        var output = new ByteWriter(_thread.Answer);
        _desk.GiveUp(ref output);
        Say(output.Written);
        Reactor.SetDeadline(this, IdleLookupTimeout);
    }

    private void EndLookup()
    {
        _desk?.Dispose();
        _desk = null;
    }
}
