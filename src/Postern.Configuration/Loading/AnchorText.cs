using System.Globalization;

namespace Postern.Configuration.Loading;

/// <summary>
/// A first look at trust anchors, DS (RFC 4034 §5.3) or DNSKEY records (§2.2) as a zone file has them: libunbound takes a file
/// without any for a good one, and then validates nothing.
/// </summary>
internal static class AnchorText
{
    /// <summary>Both begin with three numbers: key tag, algorithm and digest type; flags, protocol and algorithm.</summary>
    private const int Numbers = 3;

    private static readonly char[] s_blanks = [' ', '\t', '\r', '(', ')'];

    /// <summary>What is wrong, behind the name of the file; null when nothing is.</summary>
    public static string? Wrong(string text)
    {
        int found = 0;
        foreach ((int index, string line) in text.Split('\n').Index())
        {
            int comment = line.IndexOf(';', StringComparison.Ordinal);
            string[] words = (comment < 0 ? line : line[..comment]).Split(s_blanks, StringSplitOptions.RemoveEmptyEntries);
            int type = Array.FindIndex(words, word => word.Equals("DS", StringComparison.OrdinalIgnoreCase) || word.Equals("DNSKEY", StringComparison.OrdinalIgnoreCase));
            if (type < 0)
                continue;

            found++;
            string[] numbers = [.. words.Skip(type + 1).Take(Numbers)];
            if (numbers.Length < Numbers || !numbers.All(word => ushort.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
                return $"has no good {words[type].ToUpperInvariant()} record on line {index + 1}: expected three numbers behind that word, and the digest or the key";
        }

        return found > 0 ? null : "holds no trust anchor: expected DS or DNSKEY records, as a zone file has them";
    }
}
