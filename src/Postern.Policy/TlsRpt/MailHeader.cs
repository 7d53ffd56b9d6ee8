using System.Text;

namespace Postern.Policy.TlsRpt;

/// <summary>The three fields of a part's header that say what it is (RFC 2045, RFC 2183). Of each, the first counts.</summary>
internal sealed class MailHeader
{
    /// <summary>Types in lower case; empty where nothing is said.</summary>
    public (string Type, string Boundary, string Name) ContentType { get; private set; } = ("", "", "");

    /// <summary>Lower case.</summary>
    public string Encoding { get; private set; } = "";

    public string FileName { get; private set; } = "";

    /// <param name="entity">Begins with a header, or with an empty line.</param>
    /// <param name="most">A header that is longer ends there.</param>
    /// <param name="length">Of the header, with the empty line behind it.</param>
    public static MailHeader Read(ReadOnlySpan<byte> entity, int most, out int length)
    {
        var header = new MailHeader();
        var field = new StringBuilder();
        for (length = 0; length < entity.Length && length < most;)
        {
            int newline = entity[length..].IndexOf((byte)'\n');
            int next = newline < 0 ? entity.Length : length + newline + 1;
            ReadOnlySpan<byte> line = entity[length..next].TrimEnd("\r\n"u8);
            length = next;
            if (line.IsEmpty)
                break;

            // RFC 5322 §2.2.3: a line that begins with white space goes on with the one before.
            if (line[0] is not ((byte)' ' or (byte)'\t'))
            {
                header.Take(field.ToString());
                _ = field.Clear();
            }

            _ = field.Append(System.Text.Encoding.Latin1.GetString(line));
        }

        header.Take(field.ToString());
        return header;
    }

    private void Take(string field)
    {
        int colon = field.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return;
        string value = field[(colon + 1)..];
        switch (field[..colon].TrimEnd().ToLowerInvariant())
        {
            case "content-type" when ContentType.Type.Length == 0:
                ContentType = (Word(value), Parameter(value, "boundary"), Parameter(value, "name"));
                break;

            case "content-transfer-encoding" when Encoding.Length == 0:
                Encoding = Word(value);
                break;

            case "content-disposition" when FileName.Length == 0:
                FileName = Parameter(value, "filename");
                break;
        }
    }

    private static string Word(string value)
    {
        int end = value.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? value : value[..end]).Trim().ToLowerInvariant();
    }

    /// <summary>A token or a quoted string; empty when it is not there.</summary>
    private static string Parameter(string value, string name)
    {
        for (int at = value.IndexOf(';', StringComparison.Ordinal); at >= 0 && at < value.Length;)
        {
            int equals = value.IndexOf('=', at);
            if (equals < 0)
                return "";

            // A parameter without a value may stand before it.
            string found = value[(value.LastIndexOf(';', equals) + 1)..equals].Trim();
            string content = Content(value, equals + 1, out at);
            if (found.Equals(name, StringComparison.OrdinalIgnoreCase))
                return content;
        }

        return "";
    }

    /// <param name="value">Of the field.</param>
    /// <param name="at">Behind the equals sign.</param>
    /// <param name="end">The next semicolon, or the length.</param>
    private static string Content(string value, int at, out int end)
    {
        while (at < value.Length && value[at] is ' ' or '\t')
            at++;
        var text = new StringBuilder();
        if (at < value.Length && value[at] == '"')
        {
            for (at++; at < value.Length && value[at] != '"'; at++)
            {
                if (value[at] == '\\' && at + 1 < value.Length)
                    at++;
                _ = text.Append(value[at]);
            }

            end = at < value.Length ? value.IndexOf(';', at) : -1;
        }
        else
        {
            end = value.IndexOf(';', at);
            _ = text.Append((end < 0 ? value[at..] : value[at..end]).Trim());
        }

        end = end < 0 ? value.Length : end;
        return text.ToString();
    }
}
