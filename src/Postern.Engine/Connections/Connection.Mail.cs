using Postern.Engine.Outbound;
using Postern.Protocols;
using Postern.Protocols.Smtp.Outbound;

namespace Postern.Engine.Connections;

/// <summary>
/// The client's side of a session of mail to the world: what it says is handed to <see cref="MailRelay"/>, and what that has to say
/// is sent. It is read no faster than the hop takes it.
/// </summary>
internal sealed partial class Connection
{
    /// <summary>RFC 5321 §4.5.3.2.7: a server waits five minutes at least for the next command.</summary>
    private const int ClientTimeout = 5 * 60_000;

    private MailRelay? _mail;

    private int MailTimeout => _gate.IdleTimeout > 0 ? _gate.IdleTimeout : ClientTimeout;

    private void EnterMail()
    {
        _phase = Phase.Mail;
        _stage = Stage.Relay;
        _negotiator = null;
        _tls?.ForgetHandshake();
        _front.Readable = true;
        bool greets = GreetingLedger.Owed(_gate.Protocol, _gate.Tls);
        _mail = new MailRelay(_thread, _gate, new OutboundSettings(_gate.HostName, InsideTls: _tls is not null, greets) { ReportSender = _gate.Outbound!.ReportSender }, Turn);
        Reactor.SetDeadline(this, MailTimeout);
    }

    private bool Mail()
    {
        for (int round = 0; round < MaxRounds; round++)
        {
            _ = _front.Flush(Buffers);
            int before = _held.Length;

            // A client that does not read its answers is not heard, and neither is the hop: there is no room for what would be said. Not
            // even TLS is read, which has answers of its own (MaxUnsentToClient says which).
            bool reads = _front.Out.Length <= MaxUnsentAnswers;
            bool left = reads && before < MaxHeldCommand && !ReceivePlain();
            bool came = _held.Length > before;
            ClientState client = !left || came ? ClientState.Here : _front.Reset || _front.Deaf ? ClientState.Gone : ClientState.SaysNoMore;
            var output = new ByteWriter(reads ? _thread.Answer : default);
            MailStep step = _mail!.Advance(_held.Bytes, client, ref output);
            _held.Consume(Buffers, step.Consumed);
            _bytesIn += step.Consumed;
            _bytesOut += output.Length;
            Row.BytesFromClients += step.Consumed;
            Row.BytesToClients += output.Length;
            if (output.Length > 0)
                Say(output.Written);
            if (step.HasEnded)
            {
                EnterLinger(OutcomeNames.Of(step.Refusal), _mail.Detail);
                return true;
            }

            if (step.Moved || came)
                Reactor.SetDeadline(this, MailTimeout);
            else
                return WaitForMail(mayRead: reads && !left);
        }

        Reactor.Again(this);
        return false;
    }

    /// <summary>Part of a record came, or nothing: what stands behind it the kernel reports but once.</summary>
    private bool WaitForMail(bool mayRead)
    {
        if (mayRead && _front.Readable && _held.Length < MaxHeldCommand)
            Reactor.Again(this);
        return false;
    }

    private void MailDeadline()
    {
        // A client that does not read is what is waited for, whoever else is.
        if (_mail!.IsBusy && _front.Out.Length <= MaxUnsentAnswers)
        {
            Reactor.SetDeadline(this, MailTimeout);
            return;
        }

        _mail.Dispose();
        var output = new ByteWriter(_thread.Answer);
        _gate.Protocol.WriteUnavailable(new Apology(Unavailable.TimedOut, _gate.HostName), RefusalPlace.Answer, [], ref output);
        Say(output.Written);
        EnterLinger(Outcome.TimedOut, _mail.Detail);
    }

    private void EndMail()
    {
        _mail?.Dispose();
        _mail = null;
    }
}
