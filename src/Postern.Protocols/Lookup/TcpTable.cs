using System.Text;

namespace Postern.Protocols.Lookup;

/// <summary>Postfix's tcp_table(5): a line each way, with %XX for what is no printable character.</summary>
public static class TcpTable
{
    public const int MaxRequest = 1024;

    /// <summary>"no longer than 4096 characters including the newline terminator"</summary>
    public const int MaxReply = 4096;

    private const int HexDigits = 2;

    /// <summary>The request at the front: <c>get example.org</c> and a line feed.</summary>
    public static MapRequest Read(ReadOnlySpan<byte> input)
    {
        int end = input[..Math.Min(input.Length, MaxRequest)].IndexOf((byte)'\n');
        if (end < 0)
            return input.Length >= MaxRequest ? MapRequest.Garbage : MapRequest.NeedInput;

        ReadOnlySpan<byte> line = input[..end];
        return line.StartsWith("get "u8) && Decode(line[4..]) is { } key
            ? new MapRequest(MapRequestStatus.Request, end + 1, "", key)
            : MapRequest.Garbage;
    }

    /// <summary>200, 500 or 400.</summary>
    /// <param name="reply">Which of them.</param>
    /// <param name="text">Of ours. A reply that is too long is none: half a policy would be another one.</param>
    /// <param name="output">Room for <see cref="MaxReply"/>.</param>
    public static void Write(MapReply reply, string text, ref ByteWriter output)
    {
        int length = "200 \n".Length + text.Sum(letter => IsPlain(letter) ? 1 : 1 + HexDigits);
        if (length > MaxReply)
        {
            output.Write("400 the%20answer%20is%20too%20long%20for%20tcp_table\n"u8);
            return;
        }

        output.Write(reply switch { MapReply.Found => "200 "u8, MapReply.NotFound => "500 "u8, _ => "400 "u8 });
        foreach (char letter in text)
            Encode(letter, ref output);
        output.Write("\n"u8);
    }

    private static bool IsPlain(char letter) => letter is > ' ' and <= '~' and not '%';

    private static void Encode(char letter, ref ByteWriter output)
    {
        if (IsPlain(letter))
        {
            output.Write((byte)letter);
            return;
        }

        byte value = letter <= '~' ? (byte)letter : (byte)'?';
        output.Write((byte)'%');
        output.WriteText(Convert.ToHexString([value]));
    }

    /// <summary>Null when it is none.</summary>
    private static string? Decode(ReadOnlySpan<byte> text)
    {
        var key = new StringBuilder(text.Length);
        Span<byte> octet = stackalloc byte[1];
        while (!text.IsEmpty)
        {
            if (text[0] != (byte)'%')
            {
                if (text[0] is <= (byte)' ' or > (byte)'~')
                    return null;
                _ = key.Append((char)text[0]);
                text = text[1..];
                continue;
            }

            if (text.Length <= HexDigits || Convert.FromHexString(Encoding.Latin1.GetString(text.Slice(1, HexDigits)), octet, out _, out _) != System.Buffers.OperationStatus.Done)
                return null;
            _ = key.Append((char)octet[0]);
            text = text[(1 + HexDigits)..];
        }

        return key.ToString();
    }
}
