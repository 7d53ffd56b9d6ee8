using System.Globalization;

namespace Postern.Cli.Demo.Imap;

/// <summary>"1", "2:4", "3:*", "1,5:7": numbers of mails (RFC 9051, sequence-set).</summary>
internal static class SequenceSet
{
    /// <summary>Null when the text is none.</summary>
    /// <param name="text">As the client wrote it.</param>
    /// <param name="last">What "*" means: the highest number there is.</param>
    public static Predicate<int>? Parse(string text, int last)
    {
        List<(int From, int To)> ranges = [];
        foreach (string part in text.Split(','))
        {
            string[] ends = part.Split(':');
            if (ends.Length > 2 || Number(ends[0], last) is not { } from || Number(ends[^1], last) is not { } to)
                return null;
            ranges.Add(from <= to ? (from, to) : (to, from));
        }

        return number => ranges.Exists(range => range.From <= number && number <= range.To);
    }

    private static int? Number(string text, int last) =>
        text == "*" ? last
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
        : null;
}
