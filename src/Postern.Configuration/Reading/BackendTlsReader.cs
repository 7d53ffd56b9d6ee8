using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Reading;

/// <summary>Reads what a gate says of TLS with its backends.</summary>
internal static class BackendTlsReader
{
    private const string PinPrefix = "sha256:";

    private static readonly ImmutableArray<(string, TlsMode)> Modes =
        [("plain", TlsMode.Plain), ("implicit", TlsMode.Implicit), ("starttls", TlsMode.StartTls)];

    public static BackendTlsDraft Read(TableReader table, string folder) => new()
    {
        Mode = table.Word("backend-tls", Modes),
        Name = table.Parsed<string>("backend-name", ParseName),
        Trust = ReadTrust(table, folder),
        MinTls = TlsVersionText.Read(table, "backend-min-tls"),
        Alpn = table.Each<string>("backend-alpn", GateReader.ParseAlpn),
        Certificate = table.Text("backend-certificate"),
    };

    public static string NoPin(string text) => $"{Quoted.Word(text)} is no pin: write \"sha256:\" and the SHA-256 of the public key, in Base64 or hexadecimal";

    /// <summary>A host name or an address: what a certificate can be for.</summary>
    public static string? ParseName(string text, out string wrong)
    {
        string name = text.ToLowerInvariant();
        bool good = AddressText.TryIp(name) is not null || (AddressText.IsHostName(name) && !name.All(letter => char.IsAsciiDigit(letter) || letter == '.'));
        wrong = good ? "" : $"{Quoted.Word(text)} is neither a host name nor an IP address{InternationalName.Hint(text)}";
        return good ? name : null;
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
        if (text == "dane")
            return new Setting<BackendTrust>(BackendTrust.Dane, table.ValuePlace(Key));
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
        wrong = NoPin(text);
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
