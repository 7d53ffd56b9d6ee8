using System.Globalization;
using System.Text;

namespace Postern.Cli.Output;

/// <summary>Texts of others (a peer's line, a path, an argument) made fit for a terminal: nothing in them moves the cursor.</summary>
internal static class PeerText
{
    /// <summary>Longer than any honest reply line; what is behind it is not shown.</summary>
    public const int MaxShown = 500;

    /// <summary>Bytes of a peer as one line: printable ASCII as it is, everything else as \r, \n, \t or \xHH.</summary>
    public static string Escape(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length + 16);
        foreach (byte value in bytes[..Math.Min(bytes.Length, MaxShown)])
        {
            _ = value switch
            {
                (byte)'\r' => text.Append("\\r"),
                (byte)'\n' => text.Append("\\n"),
                (byte)'\t' => text.Append("\\t"),
                (byte)'\\' => text.Append("\\\\"),
                >= 0x20 and < 0x7f => text.Append((char)value),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\x{value:X2}"),
            };
        }

        return bytes.Length > MaxShown ? text.Append('…').ToString() : text.ToString();
    }

    /// <summary>A word of the operator's or the system's: letters of any language stay, what a terminal obeys does not.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char character in text)
        {
            if (char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            else
                escaped.Append(character);
        }

        return escaped.ToString();
    }
}
