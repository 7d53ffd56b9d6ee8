using Postern.Protocols;

namespace Postern.Fuzz;

/// <summary>What came of a conversation.</summary>
/// <param name="Verdict"><see cref="Verdict.NeedInput"/> when it has not ended.</param>
/// <param name="Refusal">Why it was refused.</param>
/// <param name="Consumed">Bytes consumed in all.</param>
/// <param name="Fed">Bytes that had been handed over when it ended.</param>
/// <param name="Output">All that was answered.</param>
public sealed record Outcome(Verdict Verdict, Refusal Refusal, int Consumed, int Fed, byte[] Output)
{
    /// <summary>
    /// True when a conversation that was cut in another way came to the same end. One difference is the rule itself: if
    /// the bytes behind the command that starts TLS had not arrived when it was answered, they are no injection into the
    /// dialogue but the first bytes of TLS, which fails on them.
    /// </summary>
    public bool IsSameAs(Outcome other) =>
        Consumed == other.Consumed
        && ((Verdict == other.Verdict && Refusal == other.Refusal && Output.AsSpan().SequenceEqual(other.Output))
            || InjectionSeenLate(this, other) || InjectionSeenLate(other, this));

    private static bool InjectionSeenLate(Outcome refused, Outcome started) =>
        refused is { Verdict: Verdict.Refuse, Refusal: Refusal.Injection }
        && started.Verdict == Verdict.StartTls && started.Fed == started.Consumed
        && started.Output.AsSpan().StartsWith(refused.Output);

    public override string ToString() =>
        $"{Verdict} {Refusal}, {Consumed} of {Fed} bytes consumed, said \"{Escaped.Of(Output)}\"";
}

/// <summary>Hands input to a negotiator as a connection would: in pieces, unread bytes again with what came behind them.</summary>
public static class Conversation
{
    /// <summary>A piece is never fed more often than this without any progress.</summary>
    private const int MaxCalls = 100_000;

    /// <summary>Room for answers; small enough that a conversation has to send and call again.</summary>
    private const int OutputRoom = Negotiator.MaxAnswer + 1024;

    /// <param name="negotiator">A fresh one.</param>
    /// <param name="input">All that the peer says.</param>
    /// <param name="cuts">Where the input is cut, in rising order; nothing for one piece.</param>
    public static Outcome Run(Negotiator negotiator, ReadOnlySpan<byte> input, params ReadOnlySpan<int> cuts)
    {
        var dialogue = new Dialogue(negotiator);
        var said = new List<byte>();
        int consumed = 0;

        // Before the first byte, a side that speaks first says its greeting.
        Step step = Feed(dialogue, [], said, ref consumed);
        for (int i = 0; i <= cuts.Length; i++)
        {
            int end = i < cuts.Length ? cuts[i] : input.Length;
            if (step.Verdict == Verdict.NeedInput && end > 0)
                step = Feed(dialogue, input[..end], said, ref consumed);
            if (step.Verdict != Verdict.NeedInput)
                return new Outcome(step.Verdict, step.Refusal, consumed, end, said.ToArray());
        }

        return new Outcome(step.Verdict, step.Refusal, consumed, input.Length, said.ToArray());
    }

    /// <summary>One byte at a time.</summary>
    public static Outcome RunByteByByte(Negotiator negotiator, ReadOnlySpan<byte> input) =>
        Run(negotiator, input, Enumerable.Range(1, Math.Max(input.Length - 1, 0)).ToArray());

    private static Step Feed(Dialogue dialogue, ReadOnlySpan<byte> available, List<byte> said, ref int consumed)
    {
        Span<byte> room = stackalloc byte[OutputRoom];
        for (int call = 0; call < MaxCalls; call++)
        {
            var output = new ByteWriter(room);
            Step step = dialogue.Feed(available[consumed..], ref output);
            said.AddRange(output.Written);
            consumed += step.Consumed;

            // It may have stopped for want of room: send, and call again.
            if (step.Verdict != Verdict.NeedInput || output.Free >= Negotiator.MaxAnswer)
                return step;
        }

        throw new InvalidOperationException("The dialogue goes on without end.");
    }
}
