using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Protocols.Lines;

namespace Postern.Protocols.ProxyProtocol;

/// <summary>Version 1: one line, <c>PROXY TCP4 192.0.2.1 198.51.100.2 56324 443</c>.</summary>
internal static class ProxyHeaderV1
{
    /// <summary>The specification's own bound, CRLF included.</summary>
    public const int MaxLength = 107;

    public static ProxyHeaderResult Read(ReadOnlySpan<byte> input)
    {
        LineResult line = LineReader.Read(input, MaxLength);
        if (line.Status == LineStatus.NeedInput)
            return ProxyHeaderResult.NeedInput;
        if (line.Status != LineStatus.Line)
            return ProxyHeaderResult.Invalid("a version 1 header without CRLF within 107 bytes");

        ReadOnlySpan<byte> text = input[..(line.Length - 2)];

        // "PROXY UNKNOWN": whatever stands behind it is to be ignored.
        ReadOnlySpan<byte> unknown = "PROXY UNKNOWN"u8;
        if (text.StartsWith(unknown) && (text.Length == unknown.Length || text[unknown.Length] == ' '))
            return new ProxyHeaderResult(ProxyHeaderStatus.Parsed, line.Length);

        return Addresses(Encoding.Latin1.GetString(text).Split(' '), out ProxyAddress source, out ProxyAddress destination)
            ? new ProxyHeaderResult(ProxyHeaderStatus.Parsed, line.Length, true, source, destination)
            : ProxyHeaderResult.Invalid("a version 1 header that cannot be read");
    }

    private static bool Addresses(string[] words, out ProxyAddress source, out ProxyAddress destination)
    {
        source = destination = default;
        if (words.Length != 6)
            return false;

        AddressFamily family;
        switch (words[1])
        {
            case "TCP4":
                family = AddressFamily.InterNetwork;
                break;
            case "TCP6":
                family = AddressFamily.InterNetworkV6;
                break;
            default:
                return false;
        }

        return TryAddress(words[2], words[4], family, out source) && TryAddress(words[3], words[5], family, out destination);
    }

    private static bool TryAddress(string address, string port, AddressFamily family, out ProxyAddress result)
    {
        result = default;

        // IPAddress reads "1", "0x7f.1" and "fe80::1%2" too. The specification wants dotted quads without leading
        // zeros, and no zone: what is not written back as it came is refused.
        if (!IPAddress.TryParse(address, out IPAddress? ip) || ip.AddressFamily != family)
            return false;
        bool canonical = family == AddressFamily.InterNetwork
            ? ip.ToString() == address
            : !address.AsSpan().ContainsAny('%', '[', '/');
        if (!canonical || !TryPort(port, out ushort number))
            return false;

        result = new ProxyAddress(ip.GetAddressBytes(), number);
        return true;
    }

    private static bool TryPort(string text, out ushort port)
    {
        port = 0;
        if (text.Length is 0 or > 5 || text.AsSpan().ContainsAnyExceptInRange('0', '9') || (text[0] == '0' && text.Length > 1))
            return false;
        return ushort.TryParse(text, out port);
    }
}
