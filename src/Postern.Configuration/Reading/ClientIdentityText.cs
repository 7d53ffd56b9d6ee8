using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Reading;

/// <summary>An entry of <c>client-allow</c>, taken apart: "dns:client.example.org" and its kin.</summary>
internal static class ClientIdentityText
{
    private static readonly ImmutableArray<string> Kinds = ["dns", "email", "uri", "ip", "sha256"];

    public static AllowedClient? Parse(string text, out string wrong)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? "" : text[..colon];
        string value = text[(colon + 1)..];
        wrong = "";
        switch (kind)
        {
            case "dns" when AddressText.IsHostName(value):
                return new AllowedClient(kind, value.ToLowerInvariant());
            case "email" when IsGraphic(value) && value.IndexOf('@', StringComparison.Ordinal) is > 0 and int at && at < value.Length - 1:
            case "uri" when IsGraphic(value) && value.Contains(':', StringComparison.Ordinal):
                return new AllowedClient(kind, value);
            case "ip" when AddressText.TryIp(value) is { } address:
                return new AllowedClient(kind, address.ToString());
            case "sha256" when Fingerprint(value) is { } fingerprint:
                return new AllowedClient(kind, fingerprint);
            case "dns" or "email" or "uri" when !Ascii.IsValid(value):
                wrong = $"{Quoted.Word(text)}: {Instead(kind, value)}";
                return null;
        }

        wrong = Kinds.Contains(kind)
            ? $"{Quoted.Word(text)}: what stands behind '{kind}:' is not {Expected(kind)}"
            : $"{Quoted.Word(text)}: write \"dns:client.example.org\", \"email:…\", \"uri:…\", \"ip:…\" or \"sha256:…\", the fingerprint of the certificate";
        return null;
    }

    private static string Expected(string kind) => kind switch
    {
        "dns" => "a host name (a client has no wildcard)",
        "email" => "an address with an @, without blanks",
        "uri" => "a URI",
        "ip" => "an IP address",
        _ => "the 64 hexadecimal digits of a SHA-256 fingerprint, with colons or without",
    };

    /// <summary>Names in certificates are ASCII: what would be compared with this one.</summary>
    private static string Instead(string kind, string value)
    {
        string? written = kind switch
        {
            "dns" => InternationalName.ToAscii(value),
            "email" => Email(value),
            _ => Uri(value),
        };
        if (written is not null)
            return $"certificates have such a name in ASCII: write \"{kind}:{written}\"";

        return kind == "dns"
            ? "certificates have such a name in ASCII: write its A-labels, \"dns:xn--…\""
            : "no certificate has such a name, which must be ASCII: write \"sha256:…\", the fingerprint of the client's certificate";
    }

    // RFC 5280 §7.5: the host's part becomes A-labels; a local part that is not ASCII has no form in an rfc822Name.
    private static string? Email(string value)
    {
        int at = value.LastIndexOf('@');
        return at > 0 && IsGraphic(value[..at]) && InternationalName.ToAscii(value[(at + 1)..]) is { } host ? $"{value[..at]}@{host}" : null;
    }

    // RFC 5280 §7.4: "IRIs MUST be mapped to URIs", the host as A-labels (RFC 3987 §3.1 allows it), the rest in percent.
    private static string? Uri(string value)
    {
        int colon = value.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || !IsGraphic(value[..colon]))
            return null;
        if (!value.AsSpan(colon).StartsWith("://", StringComparison.Ordinal))
            return Percent(value);

        int start = colon + 3;
        int length = value.AsSpan(start).IndexOfAny('/', '?', '#');
        int end = length < 0 ? value.Length : start + length;
        int port = value.AsSpan(start, end - start).LastIndexOf(':');
        int hostEnd = port < 0 ? end : start + port;
        string host = value[start..hostEnd];
        string? ascii = Ascii.IsValid(host) ? host : InternationalName.ToAscii(host);
        return ascii is null ? null : value[..start] + ascii + Percent(value[hostEnd..]);
    }

    private static string? Percent(string text)
    {
        string written = string.Concat(text.EnumerateRunes().Select(rune => rune.IsAscii ? rune.ToString() : System.Uri.EscapeDataString(rune.ToString())));
        return IsGraphic(written) ? written : null;
    }

    /// <summary>ASCII that is seen: nothing else of a certificate is compared.</summary>
    private static bool IsGraphic(string text) => text.Length > 0 && text.All(character => character is > ' ' and <= '~');

    private static string? Fingerprint(string text)
    {
        string digits = text.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        return digits.Length == 2 * SHA256.HashSizeInBytes && digits.All(char.IsAsciiHexDigitLower) ? digits : null;
    }
}
