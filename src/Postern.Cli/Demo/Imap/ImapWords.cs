using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Postern.Cli.Demo.Imap;

/// <summary>The words of a command: atoms, quoted strings, and what stands in ( ) or [ ] as one word.</summary>
internal static partial class ImapWords
{
    /// <param name="At">Where the announcement stands in the line.</param>
    /// <param name="Waits">The client waits for our leave ({n}, not {n+}).</param>
    public sealed record Literal(int At, int Length, bool Waits);

    public static Literal? AnnouncedLiteral(string line)
    {
        Match match = LiteralPattern().Match(line);
        return match.Success && int.TryParse(match.Groups["length"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            ? new Literal(match.Index, length, match.Groups["goes"].Length == 0)
            : null;
    }

    public static string Quote(string text) =>
        '"' + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';

    /// <summary>Splits at spaces outside of quotes and brackets; quoted strings lose their quotes.</summary>
    public static List<string> Split(string text)
    {
        List<string> words = [];
        var word = new StringBuilder();
        int depth = 0;
        bool quoted = false;
        bool any = false;
        for (int i = 0; i < text.Length; i++)
        {
            char character = text[i];
            if (quoted && character == '\\' && i + 1 < text.Length)
            {
                if (depth > 0)
                    word.Append('\\');
                word.Append(text[++i]);
                continue;
            }

            if (character == '"')
            {
                (quoted, any) = (!quoted, true);
                if (depth == 0)
                    continue;
            }
            else if (!quoted)
            {
                depth += character is '(' or '[' ? 1 : character is ')' or ']' ? -1 : 0;
                if (character == ' ' && depth <= 0)
                {
                    Add();
                    continue;
                }
            }

            word.Append(character);
            any = true;
        }

        Add();
        return words;

        void Add()
        {
            if (any)
                words.Add(word.ToString());
            word.Clear();
            any = false;
        }
    }

    [GeneratedRegex(@"\{(?<length>\d{1,9})(?<goes>\+?)\}$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LiteralPattern();
}
