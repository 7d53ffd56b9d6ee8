namespace Postern.Protocols;

/// <summary>
/// Drives one <see cref="Negotiator"/>, for every protocol and for both sides, and holds the rules that no protocol
/// can forget: TLS starts on an empty buffer or not at all, and a dialogue in the clear is short.
/// </summary>
public sealed class Dialogue(Negotiator negotiator)
{
    /// <summary>The most bytes that one side may say before TLS. An EHLO, a few wrong commands and STARTTLS need a few hundred.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>The most commands or replies that one side may say before TLS.</summary>
    public const int MaxUnits = 128;

    private readonly Negotiator _negotiator = negotiator;
    private int _bytes;
    private int _units;
    private bool _ended;

    /// <summary>
    /// Hands over everything that is unread; the caller keeps what was not consumed and hands it over again, with
    /// what came behind it, at the next call.
    /// </summary>
    /// <returns>
    /// The bytes consumed in all and the verdict. <see cref="Verdict.NeedInput"/> also when
    /// <paramref name="output"/> has less room than one answer may need: send it and call again.
    /// </returns>
    public Step Feed(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (_ended)
            throw new InvalidOperationException("The dialogue has ended.");

        int consumed = 0;
        while (true)
        {
            if (output.Free < Negotiator.MaxAnswer)
                return Step.Next(consumed);

            int answered = output.Length;
            ReadOnlySpan<byte> unread = input[consumed..];

            // Nothing beyond the bound is looked at: else a last command would be answered or not as the network cuts it.
            ReadOnlySpan<byte> allowed = unread[..Math.Min(unread.Length, MaxBytes - _bytes)];
            Step step = _negotiator.Advance(allowed, ref output);
            consumed += step.Consumed;
            _bytes += step.Consumed;

            // Half an answer could be taken for a whole one.
            if (output.Overflowed)
            {
                output.Truncate(answered);
                return End(Step.Refuse(consumed, Refusal.TooMuch));
            }

            switch (step.Verdict)
            {
                case Verdict.NeedInput when step.Consumed == 0:
                    return unread.Length > allowed.Length ? End(Step.Refuse(consumed, Refusal.TooMuch)) : Step.Next(consumed);

                case Verdict.NeedInput:
                    if (++_units > MaxUnits)
                        return End(Step.Refuse(consumed, Refusal.TooMuch));
                    continue;

                // RFC 3207 §4.2 and its kin: whatever stands behind the command was sent in the clear, by anybody.
                // The answer is taken back too: to say 220 and then close would look like a failure of TLS.
                case Verdict.StartTls when consumed != input.Length:
                    output.Truncate(answered);
                    return End(Step.Refuse(consumed, Refusal.Injection));

                // S6: a ClientHello in the middle of a dialogue is garbage, and nothing else.
                case Verdict.DirectTls when _bytes > 0 || output.Length > 0:
                    output.Truncate(answered);
                    return End(Step.Refuse(consumed, Refusal.Injection));

                default:
                    return End(step with { Consumed = consumed });
            }
        }
    }

    private Step End(Step step)
    {
        _ended = true;
        return step;
    }
}
