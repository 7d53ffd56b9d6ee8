using System.Text;

namespace Postern.Policy.Dns;

/// <summary>The text of a TXT record.</summary>
public static class TxtRecord
{
    /// <summary>In octets. Records of MTA-STS and TLS-RPT have fewer than a hundred, and a few URIs at most.</summary>
    public const int MaxLength = 4096;

    /// <summary>
    /// Its strings, one behind the other without a space (RFC 8461 §3.1, RFC 8460 §3); each octet a character, so that nothing is
    /// lost and nothing is made of it.
    /// </summary>
    /// <param name="rdata">RDATA as it is on the wire.</param>
    /// <returns>Null for what is no TXT record, or a longer one than any of ours.</returns>
    public static string? Read(ReadOnlySpan<byte> rdata)
    {
        if (rdata.IsEmpty)
            return null;

        var text = new StringBuilder();
        while (!rdata.IsEmpty)
        {
            int length = rdata[0];
            if (1 + length > rdata.Length || text.Length + length > MaxLength)
                return null;
            _ = text.Append(Encoding.Latin1.GetString(rdata.Slice(1, length)));
            rdata = rdata[(1 + length)..];
        }

        return text.ToString();
    }
}
