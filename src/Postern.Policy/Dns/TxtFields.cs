using System.Collections.Immutable;

namespace Postern.Policy.Dns;

/// <summary>
/// The fields of a TXT record of MTA-STS or TLS-RPT, which have one grammar (RFC 8461 §3.1, RFC 8460 §3):
/// <c>version 1*(*WSP ";" *WSP name "=" value) [*WSP ";" *WSP]</c>.
/// </summary>
internal static class TxtFields
{
    /// <summary>More fields than this are no record of anybody's.</summary>
    public const int MaxFields = 32;

    /// <summary>The ABNF has 1 letter and up to 31 more.</summary>
    private const int MaxName = 32;

    /// <param name="text">The joined record.</param>
    /// <param name="version">What it begins with: <c>v=STSv1</c>.</param>
    /// <returns>Names and values in their order; null when the record is not of the grammar.</returns>
    public static ImmutableArray<(string Name, string Value)>? Read(string text, string version)
    {
        if (!text.StartsWith(version, StringComparison.Ordinal))
            return null;

        string[] parts = text[version.Length..].Split(';', MaxFields + 2);
        if (parts.Length is < 2 or > MaxFields + 1 || !IsSpace(parts[0]))
            return null;

        var fields = ImmutableArray.CreateBuilder<(string, string)>();
        for (int i = 1; i < parts.Length; i++)
        {
            // A delimiter may stand at the end, and nothing behind it but white space.
            if (i == parts.Length - 1 && i > 1 && IsSpace(parts[i]))
                break;

            // White space belongs to delimiters: before a field always, behind it when another delimiter comes.
            string field = parts[i].TrimStart(' ', '\t');
            if (i < parts.Length - 1)
                field = field.TrimEnd(' ', '\t');
            int equals = field.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !IsName(field.AsSpan(0, equals)) || equals + 1 == field.Length)
                return null;
            fields.Add((field[..equals], field[(equals + 1)..]));
        }

        return fields.ToImmutable();
    }

    /// <summary>What an extension may hold: printable ASCII but for space, "=" and ";".</summary>
    public static bool IsExtensionValue(string value) => value.All(letter => letter is > ' ' and <= '~' and not ('=' or ';'));

    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaxName || !char.IsAsciiLetterOrDigit(name[0]))
            return false;
        foreach (char letter in name)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-' or '.'))
                return false;
        }

        return true;
    }

    private static bool IsSpace(string text) => text.AsSpan().Trim(" \t").IsEmpty;
}
