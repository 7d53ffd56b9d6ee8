using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Postern.Cli.Demo.Imap;

/// <summary>What FETCH can be asked for here: flags, numbers, dates and the text in whole or in parts; no structure.</summary>
internal static partial class FetchItem
{
    /// <summary>The item with its value; null when it is not known.</summary>
    public static string? Write(string item, StoredMail mail)
    {
        string content = Encoding.Latin1.GetString(mail.Content);
        switch (item.ToUpperInvariant())
        {
            case "FLAGS":
                return "FLAGS ()";
            case "UID":
                return string.Create(CultureInfo.InvariantCulture, $"UID {mail.Uid}");
            case "RFC822.SIZE":
                return string.Create(CultureInfo.InvariantCulture, $"RFC822.SIZE {content.Length}");
            case "INTERNALDATE":
                return mail.At.UtcDateTime.ToString("'INTERNALDATE \"'dd-MMM-yyyy HH:mm:ss '+0000\"'", CultureInfo.InvariantCulture);
            case "RFC822":
                return Literal("RFC822", content);
            case "RFC822.HEADER":
                return Literal("RFC822.HEADER", Header(content));
            case "RFC822.TEXT":
                return Literal("RFC822.TEXT", Body(content));
        }

        Match match = BodyPattern().Match(item);
        if (!match.Success || Section(match.Groups["section"].Value, content) is not { } text)
            return null;

        string name = "BODY[" + match.Groups["section"].Value.ToUpperInvariant() + "]";
        if (!match.Groups["origin"].Success)
            return Literal(name, text);

        int origin = Math.Min(int.Parse(match.Groups["origin"].Value, CultureInfo.InvariantCulture), text.Length);
        int count = Math.Min(int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture), text.Length - origin);
        return Literal(string.Create(CultureInfo.InvariantCulture, $"{name}<{origin}>"), text.Substring(origin, count));
    }

    private static string? Section(string section, string content)
    {
        string upper = section.ToUpperInvariant();
        if (upper.StartsWith("HEADER.FIELDS (", StringComparison.Ordinal) && upper.EndsWith(')'))
            return Fields(Header(content), [.. ImapWords.Split(section[15..^1])]);

        return upper switch
        {
            "" => content,
            "HEADER" => Header(content),
            "TEXT" or "1" => Body(content),
            _ => null,
        };
    }

    /// <summary>The header with the empty line that ends it.</summary>
    private static string Header(string content)
    {
        int end = content.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return end < 0 ? content : content[..(end + 4)];
    }

    private static string Body(string content) => content[Header(content).Length..];

    private static string Fields(string header, string[] names)
    {
        var chosen = new StringBuilder();
        bool wanted = false;
        foreach (string line in header.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            // A line that begins with white space goes on with the field before.
            if (line[0] is not (' ' or '\t'))
                wanted = names.Contains(line.Split(':')[0], StringComparer.OrdinalIgnoreCase);
            if (wanted)
                chosen.Append(line).Append("\r\n");
        }

        return chosen.Append("\r\n").ToString();
    }

    private static string Literal(string name, string text) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} {{{text.Length}}}\r\n{text}");

    [GeneratedRegex(
        @"^BODY(\.PEEK)?\[(?<section>.*)\](<(?<origin>\d{1,9})\.(?<count>\d{1,9})>)?$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex BodyPattern();
}
