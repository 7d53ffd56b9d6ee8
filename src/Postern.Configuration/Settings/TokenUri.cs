using System.Globalization;
using System.Text;

namespace Postern.Configuration.Settings;

/// <summary>
/// A private key on a PKCS #11 token, as <c>key = "pkcs11:…"</c> names it (RFC 7512): what the token and the key must
/// have, as far as it is said, and where module and PIN are.
/// </summary>
public sealed record TokenUri
{
    /// <summary>The token's label.</summary>
    public string? Token { get; init; }

    public string? Manufacturer { get; init; }

    public string? Model { get; init; }

    public string? Serial { get; init; }

    public ulong? Slot { get; init; }

    /// <summary>The key's label.</summary>
    public string? Object { get; init; }

    /// <summary>The key's CKA_ID, in lower case hexadecimal digits.</summary>
    public string? Id { get; init; }

    /// <summary>The module; null: <c>[server] pkcs11-module</c>.</summary>
    public string? ModulePath { get; init; }

    /// <summary>A file that holds the PIN.</summary>
    public string? PinFile { get; init; }

    /// <summary>A credential that systemd hands over (systemd.exec(5), LoadCredential=), which holds the PIN.</summary>
    public string? PinCredential { get; init; }

    /// <summary>The attributes that choose a token, as the URI has them; "any token" when there are none.</summary>
    public string DescribeToken() => Join(TokenAttributes()) is { Length: > 0 } said ? said : "any token";

    /// <summary>The attributes that choose a key of it.</summary>
    public string DescribeKey() => Join(KeyAttributes()) is { Length: > 0 } said ? said : "any key";

    /// <summary>The URI without its query: no place of a PIN in a message.</summary>
    public override string ToString() => "pkcs11:" + Join(TokenAttributes().Concat(KeyAttributes()));

    /// <summary>A token's or a key's own word, as a URI writes it: nothing that a terminal would obey.</summary>
    public static string Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var encoded = new StringBuilder(text.Length);
        foreach (byte letter in Encoding.UTF8.GetBytes(text))
        {
            // RFC 3986 §2.3, and what RFC 7512 §2.3 allows besides and looks well.
            if (char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~' or (byte)':' or (byte)'@' or (byte)'+' or (byte)',')
                encoded.Append((char)letter);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{letter:X2}");
        }

        return encoded.ToString();
    }

    /// <summary>An identifier, every byte of it encoded.</summary>
    public static string EncodeId(string hex)
    {
        ArgumentNullException.ThrowIfNull(hex);
        return string.Concat(hex.Chunk(2).Select(digits => "%" + new string(digits).ToUpperInvariant()));
    }

    private IEnumerable<(string Name, string? Value)> TokenAttributes() =>
    [
        ("token", Token is null ? null : Encode(Token)),
        ("manufacturer", Manufacturer is null ? null : Encode(Manufacturer)),
        ("model", Model is null ? null : Encode(Model)),
        ("serial", Serial is null ? null : Encode(Serial)),
        ("slot-id", Slot?.ToString(CultureInfo.InvariantCulture)),
    ];

    private IEnumerable<(string Name, string? Value)> KeyAttributes() =>
        [("object", Object is null ? null : Encode(Object)), ("id", Id is null ? null : EncodeId(Id))];

    private static string Join(IEnumerable<(string Name, string? Value)> attributes) =>
        string.Join(';', attributes.Where(attribute => attribute.Value is not null).Select(attribute => $"{attribute.Name}={attribute.Value}"));
}
