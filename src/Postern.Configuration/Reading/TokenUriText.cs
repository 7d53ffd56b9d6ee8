using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Reading;

/// <summary>"pkcs11:token=…;object=…?pin-source=…", taken apart (RFC 7512 §2.3); what is wrong with it is a sentence.</summary>
internal static class TokenUriText
{
    private const string Scheme = "pkcs11:";

    private static readonly ImmutableArray<string> PathNames = ["token", "manufacturer", "model", "serial", "slot-id", "object", "id", "type"];
    private static readonly ImmutableArray<string> QueryNames = ["module-path", "pin-source"];

    /// <summary>Attributes of RFC 7512 that would choose a module or a slot by other words.</summary>
    private static readonly ImmutableArray<string> NotUsed =
        ["library-manufacturer", "library-description", "library-version", "slot-manufacturer", "slot-description"];

    /// <summary>RFC 3986 §3.1: a scheme is a scheme in capitals too.</summary>
    public static bool IsUri(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>The key, or null and what is wrong with it.</summary>
    public static TokenUri? Parse(string text, out string wrong)
    {
        int query = text.IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? text[Scheme.Length..] : text[Scheme.Length..query];
        var uri = new TokenUri();
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string attribute in path.Length == 0 ? [] : path.Split(';'))
        {
            if (Take(uri, attribute, inQuery: false, seen, out wrong) is not { } next)
                return null;
            uri = next;
        }

        foreach (string attribute in query < 0 ? [] : text[(query + 1)..].Split('&'))
        {
            if (Take(uri, attribute, inQuery: true, seen, out wrong) is not { } next)
                return null;
            uri = next;
        }

        wrong = "";
        return uri;
    }

    private static TokenUri? Take(TokenUri uri, string attribute, bool inQuery, HashSet<string> seen, out string wrong)
    {
        int equals = attribute.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            return Fail($"{Quoted.Word(attribute)} is not an attribute: write name=value", out wrong);

        string name = attribute[..equals];
        if (WrongName(name, inQuery) is { } wrongName)
            return Fail(wrongName, out wrong);

        if (!seen.Add(name))
            return Fail($"'{name}' is said twice", out wrong);

        if (Decode(attribute[(equals + 1)..], inQuery, out wrong) is not { } bytes)
            return null;

        if (bytes.Length == 0)
            return Fail($"'{name}' is empty", out wrong);

        if (name == "id")
            return uri with { Id = Convert.ToHexStringLower(bytes) };

        try
        {
            return Take(uri, name, new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes), out wrong);
        }
        catch (DecoderFallbackException)
        {
            return Fail($"'{name}' is not UTF-8", out wrong);
        }
    }

    private static TokenUri? Take(TokenUri uri, string name, string value, out string wrong)
    {
        wrong = "";
        switch (name)
        {
            case "token":
                return uri with { Token = value };
            case "manufacturer":
                return uri with { Manufacturer = value };
            case "model":
                return uri with { Model = value };
            case "serial":
                return uri with { Serial = value };
            case "object":
                return uri with { Object = value };
            case "slot-id":
                return ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong slot)
                    ? uri with { Slot = slot }
                    : Fail($"slot-id: expected a number, found {Quoted.Word(value)}", out wrong);
            case "type":
                return value == "private" ? uri : Fail($"type: a certificate's key is type=private, found {Quoted.Word(value)}", out wrong);
            case "module-path":
                return IsPath(value) ? uri with { ModulePath = value } : Fail($"module-path: expected an absolute path, found {Quoted.Word(value)}", out wrong);
            default:
                return TakePinSource(uri, value, out wrong);
        }
    }

    private static TokenUri? TakePinSource(TokenUri uri, string value, out string wrong)
    {
        const string Credential = "credential:", File = "file:", Authority = "file://";
        wrong = "";
        if (value.StartsWith('|'))
            return Fail("pin-source: a command is not run; write file:/path or credential:NAME", out wrong);

        if (value.StartsWith(Credential, StringComparison.Ordinal))
        {
            string name = value[Credential.Length..];
            return FileReader.IsCredential(name)
                ? uri with { PinCredential = name }
                : Fail($"pin-source: {Quoted.Word(name)} is not the name of a credential", out wrong);
        }

        string path = value.StartsWith(Authority, StringComparison.Ordinal) ? value[Authority.Length..]
            : value.StartsWith(File, StringComparison.Ordinal) ? value[File.Length..]
            : value;
        return IsPath(path) ? uri with { PinFile = path } : Fail($"pin-source: expected file:/path or credential:NAME, found {Quoted.Word(value)}", out wrong);
    }

    private static string? WrongName(string name, bool inQuery)
    {
        if ((inQuery ? QueryNames : PathNames).Contains(name))
            return null;

        return name switch
        {
            "pin-value" => "pin-value would put the PIN where everybody reads it who reads this file: write it into a file of its own and say pin-source=file:/path",
            "module-name" => "module-name belongs to the configuration of p11-kit: write module-path=/path/to/module.so",
            _ when NotUsed.Contains(name) => $"'{name}' does not choose a key here: {Quoted.List(PathNames)} do",
            _ when PathNames.Contains(name) => $"'{name}' stands before the question mark",
            _ when QueryNames.Contains(name) => $"'{name}' stands behind a question mark",
            _ => $"unknown attribute {Quoted.Word(name)}{NearestWord.Hint(name, inQuery ? QueryNames : PathNames)}",
        };
    }

    /// <summary>The bytes of a value: pk11-pchar of RFC 7512 §2.3, with percent-encoding undone.</summary>
    private static byte[]? Decode(string value, bool inQuery, out string wrong)
    {
        wrong = "";
        byte[] bytes = new byte[value.Length];
        int length = 0;
        for (int i = 0; i < value.Length; i++)
        {
            char letter = value[i];
            if (letter == '%')
            {
                if (i + 2 >= value.Length || !char.IsAsciiHexDigit(value[i + 1]) || !char.IsAsciiHexDigit(value[i + 2]))
                {
                    wrong = "a % is followed by two hexadecimal digits";
                    return null;
                }

                bytes[length++] = Convert.FromHexString(value.AsSpan(i + 1, 2))[0];
                i += 2;
            }
            else if (char.IsAsciiLetterOrDigit(letter) || "-._~:[]@!$'()*+,=".Contains(letter) || (inQuery ? "/?|" : "&").Contains(letter))
            {
                bytes[length++] = (byte)letter;
            }
            else
            {
                wrong = $"{Quoted.Word(letter.ToString())} must be percent-encoded, as {TokenUri.Encode(letter.ToString())}";
                return null;
            }
        }

        return bytes[..length];
    }

    private static bool IsPath(string path) => path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal);


    private static TokenUri? Fail(string message, out string wrong)
    {
        wrong = message;
        return null;
    }
}
