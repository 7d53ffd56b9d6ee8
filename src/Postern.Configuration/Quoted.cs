using System.Globalization;
using System.Text;

namespace Postern.Configuration;

/// <summary>Words of the file in our sentences: a control character in a value must not reach the terminal.</summary>
internal static class Quoted
{
    private const int MaxShown = 80;

    public static string Word(string text) => "'" + Shorten(Escape(text)) + "'";

    public static string List(IEnumerable<string> words) => string.Join(", ", words.Select(word => '"' + word + '"'));

    public static string Escape(string text)
    {
        if (!text.Any(MustEscape))
            return text;

        var escaped = new StringBuilder(text.Length + 16);
        foreach (char character in text)
        {
            if (MustEscape(character))
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            else
                escaped.Append(character);
        }

        return escaped.ToString();
    }

    // Format characters too: those that turn the direction of writing make a line look like another.
    private static bool MustEscape(char character) =>
        char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Shorten(string text) => text.Length <= MaxShown ? text : text[..MaxShown] + "…";
}
