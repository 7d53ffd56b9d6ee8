using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Reading;

/// <summary>Reads what a gate says of TLS with its backends, and which clients it lets in by their certificates.</summary>
internal static class BackendTlsReader
{
    private const string PinPrefix = "sha256:";

    private static readonly ImmutableArray<(string, TlsMode)> Modes =
        [("plain", TlsMode.Plain), ("implicit", TlsMode.Implicit), ("starttls", TlsMode.StartTls)];

    private static readonly ImmutableArray<string> ClientKinds = ["dns", "email", "uri", "ip", "sha256"];

    public static BackendTlsDraft Read(TableReader table, string folder) => new()
    {
        Mode = table.Word("backend-tls", Modes),
        Name = table.Parsed<string>("backend-name", ParseName),
        Trust = ReadTrust(table, folder),
        MinTls = TlsVersionText.Read(table, "backend-min-tls"),
        Alpn = table.Each<string>("backend-alpn", GateReader.ParseAlpn),
        Certificate = table.Text("backend-certificate"),
    };

    /// <summary>A host name or an address: what a certificate can be for.</summary>
    public static string? ParseName(string text, out string wrong)
    {
        string name = text.ToLowerInvariant();
        bool good = AddressText.TryIp(name) is not null || (AddressText.IsHostName(name) && !name.All(letter => char.IsAsciiDigit(letter) || letter == '.'));
        wrong = good ? "" : $"{Quoted.Word(text)} is neither a host name nor an IP address";
        return good ? name : null;
    }

    /// <summary>"dns:client.example.org" and its kin.</summary>
    public static AllowedClient? ParseClient(string text, out string wrong)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? "" : text[..colon];
        string value = text[(colon + 1)..];
        wrong = "";
        switch (kind)
        {
            case "dns" when AddressText.IsHostName(value):
                return new AllowedClient(kind, value.ToLowerInvariant());
            case "email" when value.IndexOf('@', StringComparison.Ordinal) is > 0 and int at && at < value.Length - 1:
            case "uri" when value.Contains(':', StringComparison.Ordinal):
                return new AllowedClient(kind, value);
            case "ip" when AddressText.TryIp(value) is { } address:
                return new AllowedClient(kind, address.ToString());
            case "sha256" when Fingerprint(value) is { } fingerprint:
                return new AllowedClient(kind, fingerprint);
        }

        wrong = ClientKinds.Contains(kind)
            ? $"{Quoted.Word(text)}: what stands behind '{kind}:' is not {Expected(kind)}"
            : $"{Quoted.Word(text)}: write \"dns:client.example.org\", \"email:…\", \"uri:…\", \"ip:…\" or \"sha256:…\", the fingerprint of the certificate";
        return null;
    }

    private static string Expected(string kind) => kind switch
    {
        "dns" => "a host name (a client has no wildcard)",
        "email" => "an address with an @",
        "uri" => "a URI",
        "ip" => "an IP address",
        _ => "the 64 hexadecimal digits of a SHA-256 fingerprint, with colons or without",
    };

    private static string? Fingerprint(string text)
    {
        string digits = text.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        return digits.Length == 2 * SHA256.HashSizeInBytes && digits.All(char.IsAsciiHexDigitLower) ? digits : null;
    }

    private static Setting<BackendTrust>? ReadTrust(TableReader table, string folder)
    {
        const string Key = "backend-trust";
        if (!table.Has(Key))
            return null;

        // One string is the usual case; several are pins, of a key and of the one that will follow it.
        if (!table.IsText(Key, out string text))
            return ReadPins(table, Key);
        if (text == "system")
            return new Setting<BackendTrust>(BackendTrust.System, table.ValuePlace(Key));
        if (text.StartsWith(PinPrefix, StringComparison.Ordinal))
        {
            return table.Parsed<byte[]>(Key, ParsePin) is { } pin
                ? new Setting<BackendTrust>(new BackendTrust { Pins = [pin.Value] }, pin.At)
                : null;
        }

        return table.FilePath(Key, folder) is { } file ? new Setting<BackendTrust>(new BackendTrust { File = file.Value }, file.At) : null;
    }

    private static Setting<BackendTrust>? ReadPins(TableReader table, string key)
    {
        if (table.ListIsEmpty(key))
        {
            table.Problems.Error(table.ValuePlace(key), table.Name(key), "is empty: then nobody would be trusted");
            return null;
        }

        return table.Each<byte[]>(key, ParsePin) is { Items.Count: > 0 } pins
            ? new Setting<BackendTrust>(new BackendTrust { Pins = [.. pins.Values] }, pins.At)
            : null;
    }

    /// <summary>"sha256:" and 32 bytes, in Base64 as RFC 7469 §2.1.1 has them, or hexadecimal as TLSA records do.</summary>
    private static byte[]? ParsePin(string text, out string wrong)
    {
        wrong = $"{Quoted.Word(text)} is no pin: write \"sha256:\" and the SHA-256 of the public key, in Base64 or hexadecimal";
        if (!text.StartsWith(PinPrefix, StringComparison.Ordinal))
            return null;

        string value = text[PinPrefix.Length..];
        byte[] pin = new byte[SHA256.HashSizeInBytes];
        bool good = value.Length == 2 * pin.Length
            ? Convert.FromHexString(value, pin, out _, out _) == System.Buffers.OperationStatus.Done
            : Convert.TryFromBase64String(value, pin, out int length) && length == pin.Length;
        if (!good)
            return null;

        wrong = "";
        return pin;
    }
}
