using Postern.Engine.Gates;
using Postern.Interop.LibC;
using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>Our side of the dialogue before TLS. There is no backend yet that anything could leak to.</summary>
internal sealed partial class Connection
{
    /// <summary>Answers that a client does not read are not piled up: it gets no further until it reads.</summary>
    private const int MaxUnsentAnswers = 8 * 1024;

    private FrontNegotiator? _negotiator;
    private ReadOnlyMemory<byte> _replay;

    /// <summary>TLS began after a dialogue, not with the first byte.</summary>
    private bool _negotiated;

    private void EnterNegotiate()
    {
        _phase = Phase.Negotiate;
        _stage = Stage.Negotiation;
        _thread.RefreshExtensions(_gate);
        _negotiator = _gate.Protocol.FacingClient(_gate.Front);
        _dialogue = new Dialogue(_negotiator);

        // One deadline for the whole dialogue: a byte a second does not prolong it (S11).
        Reactor.SetDeadline(this, _gate.NegotiationTimeout);

        // What has come by now waits until the greeting is said.
        _ = FeedDialogue([]);
    }

    private bool Negotiate()
    {
        _ = _front.Flush(Buffers);
        if (_front.Out.Length > MaxUnsentAnswers)
            return false;

        ReceiveClear();
        if (!_front.In.IsEmpty)
        {
            if (RefusedAsForeignHeader(_front.In.Bytes))
                return false;
            if (FeedDialogue(_front.In.Bytes))
                return true;
        }

        if (_phase != Phase.Negotiate || !_front.Ended)
            return false;

        EnterLinger(Outcome.ClientLeft);
        return true;
    }

    /// <summary>True when there is more to do at once: another phase, or more input.</summary>
    private bool FeedDialogue(ReadOnlySpan<byte> input)
    {
        var output = new ByteWriter(_thread.Answer);
        Step step = _dialogue!.Feed(input, ref output);
        _front.In.Consume(Buffers, step.Consumed);

        // RFC 3207 §4.2 and its kin, and CVE-2011-0411: what the kernel already holds was sent before our answer, in
        // the clear, by anybody. The dialogue saw only what had been read; this closes the gap between the two.
        if (step.Verdict == Verdict.StartTls && StreamSocket.HasUnread(_front.Fd))
        {
            End(Outcome.RefusedInjection);
            return false;
        }

        _front.Transmit(Buffers, output.Written);
        switch (step.Verdict)
        {
            case Verdict.StartTls:
                TakeNames();
                _negotiated = true;
                EnterHandshake();
                return true;

            case Verdict.DirectTls:
                EnterHandshake();
                return true;

            case Verdict.Relay:
                _replay = _negotiator!.Replay;
                TakeNames();
                EnterDial();
                return true;

            case Verdict.Refuse:
                EnterLinger(OutcomeNames.Of(step.Refusal));
                return true;

            case Verdict.Finished:
                EnterLinger(Outcome.Closed);
                return true;

            default:
                return step.Consumed > 0 && !_front.In.IsEmpty && _front.Out.Length <= MaxUnsentAnswers;
        }
    }
}
