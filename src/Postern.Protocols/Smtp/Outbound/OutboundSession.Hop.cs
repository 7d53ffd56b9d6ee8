namespace Postern.Protocols.Smtp.Outbound;

/// <summary>The client's side, facing the hop: replies come back one for one.</summary>
public sealed partial class OutboundSession
{
    private OutboundStep HearHop(ReadOnlySpan<byte> input, ref ByteWriter toClient)
    {
        if (input.IsEmpty)
            return OutboundStep.Wait;

        SmtpReply reply = SmtpReply.Read(input);
        return reply.Status switch
        {
            SmtpReplyStatus.NeedInput => OutboundStep.Wait,
            SmtpReplyStatus.Reply => Take(input[..reply.Length], reply.Code, ref toClient),
            _ => Garbage(0, "says something that is not SMTP", ref toClient),
        };
    }

    private OutboundStep Take(ReadOnlySpan<byte> reply, int code, ref ByteWriter toClient)
    {
        // RFC 5321 §3.8: 421 may be said at any time, unasked too, and is the hop's last word.
        if (code == 421)
            return new OutboundStep(reply.Length, Lose(HopReply.Refusal(reply, code, _hop!.Host), ref toClient));

        // Some refuse a message while it comes. Nothing says that they wait for its end.
        if (_stage == Stage.Body && IsRefusal(code))
            return new OutboundStep(reply.Length, Lose(HopReply.Refusal(reply, code, _hop!.Host), ref toClient));

        // C6: an answer to nothing could be taken for the answer to what is asked next.
        if (IsQuiet)
            return Garbage(reply.Length, "says more than it was asked", ref toClient);
        if (!IsSuccess(code) && !IsRefusal(code) && !(code == 354 && _stage == Stage.Data))
            return Garbage(reply.Length, $"answers with {code}, which is no answer", ref toClient);

        if (_resetInFlight)
            return Reset(reply.Length, code, ref toClient);
        if (_mailInFlight)
            return Sender(reply, code);
        if (_recipientsInFlight > 0)
            return Recipient(reply, code, ref toClient);
        return _stage == Stage.Data ? Data(reply, code, ref toClient) : Final(reply, ref toClient);
    }

    private OutboundStep Reset(int length, int code, ref ByteWriter toClient)
    {
        if (!IsSuccess(code))
            return Garbage(length, "refuses RSET", ref toClient);

        _resetInFlight = false;
        return new OutboundStep(length);
    }

    /// <summary>The client has had its answer to MAIL; a refusal is the answer to each of its recipients.</summary>
    private OutboundStep Sender(ReadOnlySpan<byte> reply, int code)
    {
        _mailInFlight = false;
        if (IsRefusal(code))
            _failure = HopReply.Refusal(reply, code, _hop!.Host);
        return new OutboundStep(reply.Length);
    }

    private OutboundStep Recipient(ReadOnlySpan<byte> reply, int code, ref ByteWriter toClient)
    {
        _recipientsInFlight--;

        // RFC 2920 §3.1: RCPT went out behind a MAIL that was refused, and what is said to it now (503) is not the reason.
        if (_failure is not null)
        {
            _failure.Write(ref toClient);
            return new OutboundStep(reply.Length);
        }

        if (IsSuccess(code))
            _accepted++;
        HopReply.Pass(reply, ref toClient);
        return new OutboundStep(reply.Length);
    }

    private OutboundStep Data(ReadOnlySpan<byte> reply, int code, ref ByteWriter toClient)
    {
        // RFC 5321 §4.3.2: to DATA 354 is the only yes.
        if (IsSuccess(code))
            return Garbage(reply.Length, $"answers DATA with {code}", ref toClient);

        _stage = code == 354 ? Stage.Body : Stage.Bound;
        _body = default;
        HopReply.Pass(reply, ref toClient);
        return new OutboundStep(reply.Length);
    }

    private OutboundStep Final(ReadOnlySpan<byte> reply, ref ByteWriter toClient)
    {
        _hopHasMail = false;
        HopReply.Pass(reply, ref toClient);
        ForgetTransaction();
        return new OutboundStep(reply.Length);
    }

    private OutboundStep Garbage(int length, string what, ref ByteWriter toClient) =>
        new(length, Lose(new OutboundRefusal(451, "4.5.0", $"{_hop!.Host} {what}"), ref toClient));

    /// <summary>Has no hop any more. Whatever of the transaction it has not refused fails for now; nothing of it was accepted.</summary>
    private OutboundAction Lose(OutboundRefusal why, ref ByteWriter toClient)
    {
        OutboundAction action = IsInMessage ? OutboundAction.ResetHop : OutboundAction.CloseHop;
        switch (_stage)
        {
            case Stage.Bound:
                // Of a hop that refused the sender, and then went, the refusal is the reason.
                _failure ??= why;
                for (int i = 0; i < _recipientsInFlight; i++)
                    _failure.Write(ref toClient);
                break;

            case Stage.Data:
                _failure = why;
                _stage = Stage.Bound;
                why.Write(ref toClient);
                break;

            case Stage.Body:
                _failure = why;
                _stage = Stage.Swallow;
                break;

            case Stage.Final:
                why.Write(ref toClient);
                ForgetTransaction();
                break;
        }

        ForgetHop();
        return action;
    }

    private static bool IsSuccess(int code) => code is >= 200 and < 300;

    private static bool IsRefusal(int code) => code is >= 400 and < 600;
}
