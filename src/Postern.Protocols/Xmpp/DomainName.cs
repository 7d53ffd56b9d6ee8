using System.Globalization;
using System.Text;

namespace Postern.Protocols.Xmpp;

/// <summary>
/// The domain in a stream's <c>to</c> and <c>from</c> (RFC 7622 §3.2), held to a small alphabet: it is written into headers and
/// logs, compared with certificates, and asked for at servers.
/// </summary>
public static class DomainName
{
    /// <summary>In bytes of UTF-8; RFC 7622 would have 1023, the DNS has 255.</summary>
    public const int MaxLength = 255;

    private const int MaxLabel = 63;

    /// <summary>
    /// Reads a name of letters, digits, hyphens, underscores and dots; in lower case, without the dot at its end. Letters that are
    /// not ASCII may be those that an internationalised name has when it is whole (RFC 5892): no capitals, no signs, nothing that
    /// is not seen.
    /// </summary>
    /// <returns>Null for what is no such name.</returns>
    public static string? Read(string text)
    {
        // RFC 7622 §3.2: the dot of the root "MUST be stripped" before anything is compared.
        string name = text.EndsWith('.') ? text[..^1] : text;
        if (Encoding.UTF8.GetByteCount(name) > MaxLength)
            return null;

        foreach (string label in name.Split('.'))
        {
            if (label.Length == 0 || label[0] == '-' || label[^1] == '-' || ToAscii(label) is not { Length: <= MaxLabel })
                return null;
            foreach (Rune rune in label.EnumerateRunes())
            {
                if (!(rune.IsAscii ? IsPlain((char)rune.Value) : IsForeignLetter(rune)))
                    return null;
            }
        }

        return name.ToLowerInvariant();
    }

    /// <summary>Whether a certificate's name is that of a domain: the same, or a wildcard for its first label (RFC 9525 §6.3).</summary>
    /// <param name="domain">As <see cref="Read"/> gave it.</param>
    /// <param name="pattern"><c>example.org</c> or <c>*.example.org</c>, as certificates have it: in ASCII.</param>
    public static bool Matches(string domain, string pattern)
    {
        string ascii = ToAscii(domain);
        if (!pattern.StartsWith("*.", StringComparison.Ordinal))
            return ascii.Equals(pattern, StringComparison.OrdinalIgnoreCase);

        int dot = ascii.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && ascii.AsSpan(dot).Equals(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The name as the DNS and certificates have it: labels that are not ASCII as <c>xn--…</c> (RFC 5891 §4.4).</summary>
    /// <param name="domain">As <see cref="Read"/> gave it.</param>
    public static string ToAscii(string domain)
    {
        if (Ascii.IsValid(domain))
            return domain;

        string[] labels = domain.Split('.');
        for (int i = 0; i < labels.Length; i++)
        {
            if (!Ascii.IsValid(labels[i]))
                labels[i] = "xn--" + Punycode.Encode(labels[i]);
        }

        return string.Join('.', labels);
    }

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_';

    private static bool IsForeignLetter(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber;
}
