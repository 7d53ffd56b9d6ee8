using System.Text;

namespace Postern.Protocols.Lookup;

/// <summary>Postfix's and Sendmail's socketmap (socketmap_table(5)): a request and its reply are a netstring each.</summary>
public static class Socketmap
{
    /// <summary>A map's name and a domain with a port are shorter.</summary>
    public const int MaxRequest = 1024;

    /// <summary>Postfix takes replies of up to 100 000 bytes; ours are a policy at most.</summary>
    public const int MaxReply = 16 * 1024;

    /// <summary>Digits before the colon: of <see cref="MaxRequest"/>.</summary>
    private const int MaxDigits = 4;

    /// <summary>The request at the front: <c>20:policy example.org,</c></summary>
    public static MapRequest Read(ReadOnlySpan<byte> input)
    {
        int length = 0;
        int at = 0;
        for (; at < input.Length && input[at] != (byte)':'; at++)
        {
            // A netstring's length has no zero before it, and no sign.
            if (input[at] is < (byte)'0' or > (byte)'9' || at >= MaxDigits || (at == 1 && input[0] == (byte)'0'))
                return MapRequest.Garbage;
            length = (length * 10) + (input[at] - '0');
        }

        if (at >= input.Length)
            return at > MaxDigits ? MapRequest.Garbage : MapRequest.NeedInput;
        if (at == 0 || length > MaxRequest)
            return MapRequest.Garbage;

        int whole = at + 1 + length + 1;
        if (input.Length < whole)
            return MapRequest.NeedInput;

        ReadOnlySpan<byte> text = input.Slice(at + 1, length);
        int space = text.IndexOf((byte)' ');
        return input[whole - 1] != (byte)',' || space <= 0
            ? MapRequest.Garbage
            : new MapRequest(MapRequestStatus.Request, whole, Encoding.Latin1.GetString(text[..space]), Encoding.Latin1.GetString(text[(space + 1)..]));
    }

    /// <summary>OK, NOTFOUND or TEMP.</summary>
    /// <param name="reply">Which of them.</param>
    /// <param name="text">Of ours; cut where it is too long for anybody.</param>
    /// <param name="output">Room for <see cref="MaxReply"/> and twenty bytes.</param>
    public static void Write(MapReply reply, string text, ref ByteWriter output)
    {
        string word = reply switch { MapReply.Found => "OK ", MapReply.NotFound => "NOTFOUND ", _ => "TEMP " };
        string body = reply == MapReply.NotFound ? "" : text[..Math.Min(text.Length, MaxReply - word.Length)];
        output.WriteNumber(word.Length + body.Length);
        output.Write(":"u8);
        output.WriteText(word);
        foreach (char letter in body)
            output.Write(letter is >= ' ' and <= '~' ? (byte)letter : (byte)'?');
        output.Write(","u8);
    }
}
