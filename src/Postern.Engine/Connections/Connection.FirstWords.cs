using Postern.Protocols;
using Postern.Protocols.Lookup;
using Postern.Protocols.Smtp;

namespace Postern.Engine.Connections;

/// <summary>
/// What a client says where the relay would begin, in protocols where that must be heard before the backend is dialled: the
/// question for TLS that PostgreSQL's clients ask of a plain server too, the domain that XMPP's want.
/// </summary>
internal sealed partial class Connection
{
    /// <summary>Whom the client asked for, and who it said it is: RFC 6120's to and from. Checked by the negotiator, proved by nobody.</summary>
    private string? _addressee;
    private string? _origin;

    /// <summary>The client stands inside TLS, or is plain by the operator's word.</summary>
    private void EnterFirstWords()
    {
        _dialogue = null;
        if (LeadsOut && !_shedding && EnterOutbound())
            return;

        // What a server in the world wants is not known yet; all that may be needed has to be heard.
        _negotiator = _shedding ? null : _gate.Protocol.FirstWords(_gate.Front, _gate.Tls, LeadsOut ? TlsMode.StartTls : _gate.BackTls(Route));
        if (_negotiator is null)
        {
            EnterDial();
            return;
        }

        // What was said in the clear chose a certificate of ours, and was anybody's word (S4): nobody in the world is asked for in its name.
        _addressee = _origin = null;
        _phase = Phase.FirstWords;
        _stage = Stage.Negotiation;
        _dialogue = new Dialogue(_negotiator);
        _front.Readable = true;
        Reactor.SetDeadline(this, _gate.NegotiationTimeout);
        _ = HearFirstWords([]);
    }

    /// <summary>False where it is a relay: the stream says whom it wants.</summary>
    private bool EnterOutbound()
    {
        switch (_gate.Protocol)
        {
            case LookupProtocol lookup:
                EnterLookup(lookup);
                return true;

            case SmtpProtocol:
                EnterMail();
                return true;

            default:
                return false;
        }
    }

    private bool ReadFirstWords()
    {
        _ = _front.Flush(Buffers);
        if (_front.Out.Length > MaxUnsentAnswers)
            return false;

        int before = _held.Length;
        bool open = ReceivePlain();
        if (_held.Length > before && HearFirstWords(_held.Bytes))
            return true;
        if (_phase != Phase.FirstWords)
            return true;
        if (open)
        {
            // Part of a record came, and its end behind it: the kernel reports that but once.
            if (_front.Readable)
                Reactor.Again(this);
            return false;
        }

        EnterLinger(Outcome.ClientLeft);
        return true;
    }

    /// <summary>True when that ended the phase.</summary>
    private bool HearFirstWords(ReadOnlySpan<byte> input)
    {
        var output = new ByteWriter(_thread.Answer);
        Step step = _dialogue!.Feed(input, ref output);
        _held.Consume(Buffers, step.Consumed);
        if (output.Length > 0)
            Say(output.Written);
        switch (step.Verdict)
        {
            case Verdict.NeedInput:
                return false;

            case Verdict.Relay:
                TakeNames();
                EnterDial();
                return true;

            case Verdict.Finished:
                EnterLinger(Outcome.Closed);
                return true;

            default:
                EnterLinger(OutcomeNames.Of(step.Refusal));
                return true;
        }
    }

    private void TakeNames()
    {
        _addressee = _negotiator!.Addressee ?? _addressee;
        _origin = _negotiator.Origin ?? _origin;
    }
}
