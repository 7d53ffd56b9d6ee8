namespace Postern.Protocols.Smtp;

/// <summary>
/// The client's side of STARTTLS with a server (RFC 3207 §4): greeting, EHLO or LHLO, STARTTLS. What the server offers here
/// is void as soon as TLS stands (C10), but for the one word that is looked for.
/// </summary>
internal sealed class SmtpBack(SmtpProtocol protocol, BackSettings settings) : BackNegotiator
{
    private readonly SmtpGreeting _greeting = new(default, greets: true);
    private bool _greeted;
    private bool _asked;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (!_greeted)
            return Greet(input, ref output);

        SmtpReply reply = SmtpReply.Read(input);
        switch (reply.Status)
        {
            case SmtpReplyStatus.NeedInput:
                return Step.NeedInput;
            case SmtpReplyStatus.TooLong:
                return Step.Refuse(0, Refusal.TooLong);
            case SmtpReplyStatus.Garbage:
                return Step.Refuse(0, Refusal.BackendGarbage);
        }

        // RFC 3207 §4: 220 and no other. All that is else means "not now" or "never": both end here, in silence (C1).
        if (_asked)
            return reply.Code == 220 ? Step.StartTls(reply.Length) : Step.Refuse(reply.Length, Refusal.BackendNoStartTls);

        // C2: RFC 5321 §3.2 has HELO for a server that does not know EHLO. There is no STARTTLS behind a HELO, so whoever
        // can make EHLO fail would have made a mail session in the clear of it.
        if (reply.Code != 250 || !SmtpExtensionReader.Read(input[..reply.Length]).HasFlag(SmtpExtensions.StartTls))
            return Step.Refuse(reply.Length, Refusal.BackendNoStartTls);

        _asked = true;
        output.Write("STARTTLS\r\n"u8);
        return Step.Next(reply.Length);
    }

    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output) => _greeting.TryWriteRefusal(command, ref output);

    private Step Greet(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        Step step = _greeting.Advance(input, ref output);
        if (step.Verdict != Verdict.Relay)
            return step;

        _greeted = true;
        output.Write(protocol.Hello);
        output.Write(" "u8);
        output.WriteText(settings.HostName);
        output.Write("\r\n"u8);
        return Step.Next(step.Consumed);
    }
}
