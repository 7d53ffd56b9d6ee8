using Postern.Protocols.Lines;

namespace Postern.Protocols.Nntp;

/// <summary>
/// The client's side of STARTTLS with a server (RFC 4642 §2.2): greeting, STARTTLS, and nothing else. CAPABILITIES is not
/// asked for: a list in the clear proves nothing and is void behind TLS (C10), and servers older than RFC 3977 have STARTTLS
/// and do not know the question. A server without it says 500.
/// </summary>
internal sealed class NntpBack : BackNegotiator
{
    private readonly NntpGreeting _greeting = new();
    private bool _asked;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (!_asked)
            return Greet(input, ref output);

        NntpReply reply = NntpReply.Read(input);
        if (reply.Status == LineStatus.NeedInput)
            return Step.NeedInput;
        if (reply.Status == LineStatus.TooLong)
            return Step.Refuse(0, Refusal.TooLong);
        if (reply.Status != LineStatus.Line || reply.Code == 0)
            return Step.Refuse(reply.Length, Refusal.BackendGarbage);

        // RFC 4642 §2.2.1: 382 and no other. 580, 502 and whatever else there is end here, in silence (C1).
        return reply.Code == 382 ? Step.StartTls(reply.Length) : Step.Refuse(reply.Length, Refusal.BackendNoStartTls);
    }

    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output) => _greeting.TryWriteRefusal(command, ref output);

    private Step Greet(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        Step step = _greeting.Advance(input, ref output);
        if (step.Verdict != Verdict.Relay)
            return step;

        _asked = true;
        output.Write("STARTTLS\r\n"u8);
        return Step.Next(step.Consumed);
    }
}
