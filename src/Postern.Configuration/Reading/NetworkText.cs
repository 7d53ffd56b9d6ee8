using System.Globalization;
using System.Net;

namespace Postern.Configuration.Reading;

/// <summary>"192.0.2.0/24", "2001:db8::/32", or one address.</summary>
internal static class NetworkText
{
    /// <summary>The network with its length written out, or null and what is wrong with it.</summary>
    public static string? Parse(string text, out string wrong)
    {
        wrong = "";
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string literal = slash < 0 ? text : text[..slash];
        if (AddressText.TryIp(literal) is not { } address)
        {
            wrong = $"{Quoted.Word(text)} is not a network: write \"192.0.2.0/24\", \"2001:db8::/32\" or one address";
            return null;
        }

        byte[] bytes = address.GetAddressBytes();
        int bits = bytes.Length * 8;
        int length = bits;
        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bits))
        {
            wrong = $"{Quoted.Word(text)}: the length of the network's prefix is a number from 0 to {bits}";
            return null;
        }

        byte[] masked = Mask(bytes, length);
        string network = $"{new IPAddress(masked)}/{length}";
        if (masked.AsSpan().SequenceEqual(bytes))
            return network;

        // Which of the two is meant is not for us to guess: one admits a single sender, the other a whole network.
        wrong = $"{Quoted.Word(text)} is an address inside a network: write \"{network}\" for the network or \"{literal}\" for the one address";
        return null;
    }

    private static byte[] Mask(byte[] address, int length)
    {
        byte[] masked = new byte[address.Length];
        for (int bit = 0; bit < length; bit++)
            masked[bit / 8] |= (byte)(address[bit / 8] & (0x80 >> (bit % 8)));
        return masked;
    }
}
