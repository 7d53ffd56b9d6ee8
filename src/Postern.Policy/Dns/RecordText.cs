using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Postern.Policy.Dane;

namespace Postern.Policy.Dns;

/// <summary>Records as a zone file has them (RFC 1035 §5.1), for people.</summary>
public static class RecordText
{
    /// <summary>Letters of a text, and octets of what has no other form, that are shown.</summary>
    private const int MaxShown = 300;

    public static ImmutableArray<string> Of(DnsReply reply) => [.. reply.Records.Select(rdata => Of(reply.Question.Type, rdata.AsSpan()))];

    /// <summary>What cannot be read is written as RFC 3597 §5 has it: <c>\# 2 00ff</c>.</summary>
    private static string Of(RecordType type, ReadOnlySpan<byte> rdata) => type switch
    {
        RecordType.A when rdata.Length == 4 => new IPAddress(rdata).ToString(),
        RecordType.Aaaa when rdata.Length == 16 => new IPAddress(rdata).ToString(),
        RecordType.Mx => MxRecord.Read(rdata)?.ToString(),
        RecordType.Srv => SrvRecord.Read(rdata)?.ToString(),
        RecordType.Tlsa => TlsaRecord.Read(rdata)?.ToString(),
        RecordType.Cname => DnsName.ReadWire(rdata, out _)?.Text,
        RecordType.Txt => TxtRecord.Read(rdata) is { } text ? Quoted(text) : null,
        _ => null,
    } ?? string.Create(CultureInfo.InvariantCulture, $@"\# {rdata.Length} {Convert.ToHexStringLower(rdata[..Math.Min(rdata.Length, MaxShown)])}");

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char letter in text.AsSpan(0, Math.Min(text.Length, MaxShown)))
        {
            _ = letter switch
            {
                '"' or '\\' => quoted.Append('\\').Append(letter),
                >= ' ' and <= '~' => quoted.Append(letter),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\{(int)letter:D3}"),
            };
        }

        return quoted.Append(text.Length > MaxShown ? "\"..." : "\"").ToString();
    }
}
