namespace Postern.Fuzz;

/// <summary>What must hold for any input: no exception, bounded words, the same end however it is cut.</summary>
public static class Invariants
{
    /// <summary>Answers to a dialogue of 16 KiB.</summary>
    private const int MaxOutput = 256 * 1024;

    private const int RandomCuts = 3;

    /// <summary>Null when all hold; else what does not.</summary>
    public static string? Broken(Target target, byte[] input, Random random, out Outcome? whole)
    {
        whole = null;
        try
        {
            if (target.Read is { } read)
            {
                whole = read(input);
                return null;
            }

            whole = Conversation.Run(target.Make(), input);
            if (whole.Output.Length > MaxOutput)
                return $"{whole.Output.Length} bytes of answers";

            Outcome bytes = Conversation.RunByteByByte(target.Make(), input);
            if (!whole.IsSameAs(bytes))
                return $"whole: {whole}\na byte at a time: {bytes}";
            for (int i = 0; i < RandomCuts && input.Length > 1; i++)
            {
                int[] cuts = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(1, input.Length)).Distinct().Order()];
                Outcome cut = Conversation.Run(target.Make(), input, cuts);
                if (!whole.IsSameAs(cut))
                    return $"whole: {whole}\ncut at {string.Join(' ', cuts)}: {cut}";
            }

            return null;
        }
#pragma warning disable CA1031 // Any exception is what is being looked for.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e.ToString();
        }
    }
}
