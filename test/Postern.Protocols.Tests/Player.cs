namespace Postern.Protocols.Tests;

/// <summary>What a dialogue came to.</summary>
internal sealed record Played(Verdict Verdict, Refusal Refusal, byte[] Output, byte[] Unread);

/// <summary>Plays bytes into a negotiator through its driver, in any pieces, as the engine does.</summary>
internal static class Player
{
    private const int Room = 64 * 1024;

    /// <param name="cuts">Lengths of the pieces; what is behind the last one comes in one.</param>
    public static Played Play(Negotiator negotiator, byte[] input, IEnumerable<int> cuts)
    {
        var dialogue = new Dialogue(negotiator);
        using var said = new MemoryStream();
        Step step = Feed(dialogue, [], said);
        List<byte> unread = [];
        int at = 0;
        foreach (int length in cuts.Append(input.Length))
        {
            if (step.Verdict != Verdict.NeedInput)
                break;
            int take = Math.Min(length, input.Length - at);
            if (take == 0)
                continue;
            unread.AddRange(input.AsSpan(at, take));
            at += take;
            step = Feed(dialogue, [.. unread], said);
            unread.RemoveRange(0, step.Consumed);
        }

        unread.AddRange(input.AsSpan(at));
        return new Played(step.Verdict, step.Refusal, said.ToArray(), [.. unread]);
    }

    private static Step Feed(Dialogue dialogue, byte[] unread, MemoryStream said)
    {
        int consumed = 0;
        while (true)
        {
            var output = new ByteWriter(new byte[Room]);
            Step step = dialogue.Feed(unread.AsSpan(consumed), ref output);
            said.Write(output.Written);
            consumed += step.Consumed;

            // The driver comes back when its output is full: send and go on.
            if (step.Verdict == Verdict.NeedInput && step.Consumed > 0 && consumed < unread.Length)
                continue;
            return step with { Consumed = consumed };
        }
    }
}
