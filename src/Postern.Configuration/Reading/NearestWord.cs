namespace Postern.Configuration.Reading;

/// <summary>Finds what the operator probably meant.</summary>
internal static class NearestWord
{
    private const int MaxLength = 64;

    /// <summary>"; did you mean 'listen'?", or nothing where no known word is near.</summary>
    public static string Hint(string word, IEnumerable<string> known) =>
        Find(word, known) is { } nearest ? $"; did you mean {Quoted.Word(nearest)}?" : "";

    public static string? Find(string word, IEnumerable<string> known)
    {
        if (word.Length is 0 or > MaxLength)
            return null;

        // One slip in three letters is still the same word; "tls" is not "log".
        int allowed = Math.Max(1, word.Length / 3);
        string? nearest = null;
        foreach (string candidate in known)
        {
            int distance = Distance(word.ToLowerInvariant().Replace('_', '-'), candidate.ToLowerInvariant().Replace('_', '-'));
            if (distance > allowed || distance >= candidate.Length)
                continue;

            allowed = distance - 1;
            nearest = candidate;
        }

        return nearest;
    }

    /// <summary>Letters to insert, remove, replace or swap with their neighbour (Damerau's distance).</summary>
    private static int Distance(string from, string to)
    {
        int[,] cost = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
            cost[i, 0] = i;
        for (int j = 0; j <= to.Length; j++)
            cost[0, j] = j;

        for (int i = 1; i <= from.Length; i++)
        {
            for (int j = 1; j <= to.Length; j++)
            {
                int replace = cost[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replace, 1 + Math.Min(cost[i - 1, j], cost[i, j - 1]));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }

        return cost[from.Length, to.Length];
    }
}
