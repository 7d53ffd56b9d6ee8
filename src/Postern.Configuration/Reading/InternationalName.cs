using System.Text;
using Postern.Protocols.Xmpp;

namespace Postern.Configuration.Reading;

/// <summary>
/// Names with letters beyond ASCII: in certificates, in SNI and in the DNS they stand as A-labels ("xn--…", RFC 5280 §7.2), and
/// what the file says is compared with those.
/// </summary>
public static class InternationalName
{
    /// <summary>The name as certificates have it; null for what is no name, or may be meant in several ways.</summary>
    public static string? ToAscii(string name)
    {
        // A letter and the accent beside it are the same as the letter with the accent, and have another A-label: which one a
        // registry took is not known here (RFC 5891 §4.1 has the composed form, NFC).
        bool isDecomposed = name.Any(character => character is >= '\u0300' and <= '\u036f');
        return isDecomposed || DomainName.Read(name.ToLowerInvariant()) is not { } read ? null : DomainName.ToAscii(read);
    }

    /// <summary>To be put behind a sentence about a name that cannot be used; empty when its letters are not why.</summary>
    public static string Hint(string name) => !Ascii.IsValid(name) && ToAscii(name) is { } ascii ? $": write \"{ascii}\"" : "";
}
