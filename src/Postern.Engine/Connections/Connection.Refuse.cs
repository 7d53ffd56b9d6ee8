using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>
/// Saying no in the protocol's own words: as the greeting where one is owed, else as the answer to the client's next
/// command, since a client that has had its greeting would take unasked words for something else.
/// </summary>
internal sealed partial class Connection
{
    private Apology _apology;
    private bool _backendRefusal;
    private Outcome _refusedAs;
    private string _refusedBecause = "";

    /// <param name="why">What the client is told.</param>
    /// <param name="outcome">What is counted.</param>
    /// <param name="because">For the log.</param>
    /// <param name="reason">What the client is told besides: the part of it that helps who is to mend it.</param>
    private void Refuse(Unavailable why, Outcome outcome, string because, string reason = "")
    {
        _back.Close(Buffers, reset: false);
        EndUpgrade();
        _apology = new Apology(why, _gate.HostName, reason);
        if (LeadsOut)
            _apology = _apology with { Addressee = _addressee, Origin = _origin };
        _refusedAs = outcome;
        _refusedBecause = because;

        bool greeted = _gate.Protocol.FirstSpeaker == FirstSpeaker.Server && !GreetingLedger.Owed(_gate.Protocol, _gate.Tls);
        if (!greeted)
        {
            var output = new ByteWriter(_thread.Answer);
            _gate.Protocol.WriteUnavailable(_apology, RefusalPlace.Greeting, [], ref output);
            Say(output.Written);
            EnterLinger(outcome, because);
            return;
        }

        _phase = Phase.AwaitCommand;
        _front.Readable = true;
        Reactor.SetDeadline(this, _gate.NegotiationTimeout);
    }

    private bool AwaitCommand()
    {
        bool open = ReceivePlain();
        int command = _gate.Protocol.NextCommand(_held.Bytes);
        if (command == 0)
        {
            if (!open || _front.Out.Length > MaxUnsentToClient)
                End(_refusedAs, _refusedBecause);
            else if (_front.Readable)
                Reactor.Again(this);

            // A client that keeps TLS busy and says nothing (KeyUpdate, RFC 8446 §4.6.3) has one turn, as everybody (S11).
            return false;
        }

        var output = new ByteWriter(_thread.Answer);
        ReadOnlySpan<byte> asked = _held.Bytes[..command];
        if (!_backendRefusal || !_greetingReader!.TryWriteRefusal(asked, ref output))
        {
            output.Truncate(0);
            _gate.Protocol.WriteUnavailable(_apology, RefusalPlace.Answer, asked, ref output);
        }

        Say(output.Written);
        EnterLinger(_refusedAs, _refusedBecause);
        return true;
    }

    /// <summary>Receives plain bytes of the client, out of TLS where there is TLS, into what is held. False when no more will come.</summary>
    private bool ReceivePlain()
    {
        if (_tls is null)
        {
            _held.Append(Buffers, _front.In.Bytes);
            _front.In.Clear(Buffers);
            int count = _front.Receive(_thread.Plain.AsSpan(0, MaxHeldCommand));
            if (count > 0 && _held.Length < MaxHeldCommand)
                _held.Append(Buffers, _thread.Plain.AsSpan(0, count));
            return count > 0 || count == -Errno.Again;
        }

        TlsWire wire = _thread.Wire;
        wire.Clear();
        bool open = _front.ReceiveCiphertext(Buffers, wire);
        while (_held.Length < MaxHeldCommand)
        {
            TlsStatus status = _tls.Read(_thread.Plain, out int count);
            if (status != TlsStatus.Ok)
            {
                open &= status == TlsStatus.WantRead;
                break;
            }

            _held.Append(Buffers, _thread.Plain.AsSpan(0, count));
        }

        _front.In.Append(Buffers, wire.Unread);
        TransmitWire();
        return open;
    }

    /// <summary>A client whose command is longer gets its answer all the same.</summary>
    private const int MaxHeldCommand = 16 * 1024;
}
