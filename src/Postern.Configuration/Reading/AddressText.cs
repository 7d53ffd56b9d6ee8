using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Reading;

/// <summary>"host:port", "[v6]:port" and "unix:/path", taken apart; what is wrong with them is a sentence.</summary>
internal static class AddressText
{
    /// <summary>sun_path has 108 bytes, the last of which is the NUL (unix(7)).</summary>
    public const int MaxPathBytes = 107;

    private const int MaxHostLength = 253;
    private const int MaxLabelLength = 63;

    /// <summary>The address, or null and what is wrong with it.</summary>
    public static EndpointAddress? Parse(string text, out string wrong)
    {
        if (text.StartsWith("unix:", StringComparison.Ordinal))
            return ParsePath(text[5..], out wrong);

        if (text.StartsWith(BackendText.Prefix, StringComparison.Ordinal))
            return Fail($"{Quoted.Word(text)}: only a backend can be discovered", out wrong);

        int colon = text.LastIndexOf(':');
        bool bracketed = text.StartsWith('[');
        string host = colon < 0 ? text : text[..colon];
        string port = colon < 0 ? "" : text[(colon + 1)..];

        if (text.Length == 0)
            return Fail("an address is empty: write \"host:port\", \"[v6]:port\" or \"unix:/path\"", out wrong);

        if (text.StartsWith('/'))
            return Fail($"{Quoted.Word(text)} is a path: a unix socket is written \"unix:{Quoted.Escape(text)}\"", out wrong);

        if (!bracketed && text.IndexOf(':', StringComparison.Ordinal) != colon)
        {
            string example = TryIp(host) is not null ? $"[{host}]:{port}" : $"[{text}]:PORT";
            return Fail($"{Quoted.Word(text)}: an IPv6 address stands in brackets, as in \"{Quoted.Escape(example)}\"", out wrong);
        }

        if (host is "" or "*" || (colon < 0 && text.All(char.IsAsciiDigit)))
        {
            string shown = Quoted.Escape(colon < 0 ? text : port);
            return Fail($"{Quoted.Word(text)} has no host: write \"127.0.0.1:{shown}\", or \"[::]:{shown}\" to listen on every address", out wrong);
        }

        if (text.EndsWith(']') || (colon < 0 && (TryIp(text) is not null || IsHostName(text))))
            return Fail($"{Quoted.Word(text)} has no port: write \"{Quoted.Escape(text)}:PORT\"", out wrong);

        if (colon < 0)
            return Fail($"{Quoted.Word(text)} is not an address: write \"host:port\", \"[v6]:port\" or \"unix:/path\"", out wrong);

        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 1 or > 65535)
            return Fail($"{Quoted.Word(text)}: a port is a number from 1 to 65535", out wrong);

        if (bracketed)
        {
            if (host.Contains('%', StringComparison.Ordinal))
                return Fail($"{Quoted.Word(text)}: addresses with a zone (%) are not supported", out wrong);

            if (!host.EndsWith(']') || TryIp(host[1..^1]) is not { AddressFamily: AddressFamily.InterNetworkV6 } v6)
                return Fail($"{Quoted.Word(text)}: what stands in brackets is not an IPv6 address", out wrong);

            wrong = "";
            return new EndpointAddress { Host = v6.ToString(), Port = number };
        }

        if (host.All(character => char.IsAsciiDigit(character) || character == '.') && TryIp(host) is null)
            return Fail($"{Quoted.Word(text)}: {Quoted.Word(host)} is not an IPv4 address, which has four numbers from 0 to 255", out wrong);

        if (!IsHostName(host))
            return Fail($"{Quoted.Word(text)}: {Quoted.Word(host)} is not a host name{InternationalName.Hint(host)}", out wrong);

        wrong = "";
        return new EndpointAddress { Host = host, Port = number };
    }

    /// <summary>
    /// Somebody to connect to, by IP address and port: a name would have to be looked up by the one who looks names up.
    /// </summary>
    /// <param name="text">As it is written.</param>
    /// <param name="who">For the sentence: "a resolver".</param>
    /// <param name="port">That stands in its example.</param>
    /// <param name="wrong">What is wrong with it.</param>
    public static EndpointAddress? ParseIp(string text, string who, int port, out string wrong)
    {
        if (Parse(text, out wrong) is not { } server)
            return null;

        if (TryIp(server.Host) is not { } ip)
            wrong = $"{Quoted.Word(text)}: {who} is written as an IP address and a port, as in \"127.0.0.1:{port}\"";
        else if (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
            wrong = $"{server} is an address to listen on, not to ask: write \"127.0.0.1:{server.Port}\"";
        return wrong.Length == 0 ? server : null;
    }

    /// <summary>A literal in its usual form only: neither "127.1" nor "0x7f.0.0.1", and no zone.</summary>
    public static IPAddress? TryIp(string? text)
    {
        if (text is null || text.Contains('%', StringComparison.Ordinal) || !IPAddress.TryParse(text, out IPAddress? address))
            return null;

        bool usual = address.AddressFamily == AddressFamily.InterNetworkV6 ? !text.Contains('[', StringComparison.Ordinal) : address.ToString() == text;
        return usual ? address : null;
    }

    public static bool IsHostName(string name)
    {
        if (name.Length is 0 or > MaxHostLength)
            return false;

        return name.Split('.').All(label =>
            label.Length is > 0 and <= MaxLabelLength
            && label.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_')
            && label[0] != '-' && label[^1] != '-');
    }

    /// <summary>Why a path cannot be one of a unix socket; null where it can.</summary>
    public static string? WrongSocketPath(string path)
    {
        if (!path.StartsWith('/'))
            return $"{Quoted.Word(path)}: the path of a unix socket is absolute, as in \"unix:/run/imap.sock\"";
        if (path.Contains('\0', StringComparison.Ordinal))
            return $"{Quoted.Word(path)} contains a NUL";

        int length = Encoding.UTF8.GetByteCount(path);
        return length > MaxPathBytes
            ? $"the path has {length} bytes; the path of a unix socket can have {MaxPathBytes} (unix(7))"
            : null;
    }

    private static EndpointAddress? ParsePath(string path, out string wrong)
    {
        wrong = WrongSocketPath(path) ?? "";
        return wrong.Length == 0 ? new EndpointAddress { Path = path } : null;
    }

    private static EndpointAddress? Fail(string sentence, out string wrong)
    {
        wrong = sentence;
        return null;
    }
}
