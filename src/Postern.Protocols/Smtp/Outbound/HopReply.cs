using System.Text;

namespace Postern.Protocols.Smtp.Outbound;

/// <summary>A reply of a next hop on its way to the client.</summary>
internal static class HopReply
{
    /// <summary>A reply that is passed on gets no longer than this: the shortest line twice its length, and a bit for the last one.</summary>
    public const int MaxPassed = (2 * SmtpReply.MaxReply) + 16;

    /// <summary>RFC 3463 §2: a class, and two numbers of up to three digits.</summary>
    private const int MaxDigits = 3;

    /// <summary>
    /// Passes a reply on, line for line, as printable ASCII (C8). We offer ENHANCEDSTATUSCODES, so each line has such a code
    /// (RFC 2034 §4), of the reply's own class; of a hop that has none it is X.0.0.
    /// </summary>
    /// <param name="reply">A whole reply, as <see cref="SmtpReply"/> found it.</param>
    /// <param name="output">Where to.</param>
    public static void Pass(ReadOnlySpan<byte> reply, ref ByteWriter output)
    {
        while (!reply.IsEmpty)
        {
            ReadOnlySpan<byte> line = NextLine(ref reply);
            ReadOnlySpan<byte> text = TextOf(line);
            output.Write(line[..3]);
            output.Write(reply.IsEmpty ? (byte)' ' : (byte)'-');
            if (line[0] is (byte)'2' or (byte)'4' or (byte)'5' && EnhancedCode(text, line[0]).IsEmpty)
            {
                output.Write(line[0]);
                output.Write(".0.0 "u8);
            }

            foreach (byte letter in text)
                output.Write(IsPrintable(letter) ? letter : (byte)'?');
            output.Write("\r\n"u8);
        }
    }

    /// <summary>A refusal by the hop, in one line: for a command to which it was not the answer.</summary>
    /// <param name="reply">A whole reply of 4xx or 5xx.</param>
    /// <param name="code">Of the reply.</param>
    /// <param name="host">Whose it is.</param>
    public static OutboundRefusal Refusal(ReadOnlySpan<byte> reply, int code, string host)
    {
        string text = $"{host} says: {Words(reply, out string enhanced)}";
        return new OutboundRefusal(code switch
        {
            // RFC 5321 §3.8: "closing channel"; it is the hop's channel, and not the one to the client.
            421 => 451,

            // §4.5.3.1.10: 552 at RCPT is "too many recipients", and is tried again. To MAIL a hop says it of a message that is too large.
            552 => 554,
            _ => code,
        }, enhanced, text);
    }

    /// <summary>What a reply says, in one line of printable ASCII.</summary>
    /// <param name="reply">A whole reply.</param>
    /// <param name="enhanced">The code of its first line; X.0.0 when it has none.</param>
    public static string Words(ReadOnlySpan<byte> reply, out string enhanced)
    {
        var text = new StringBuilder();
        ReadOnlySpan<byte> code = EnhancedCode(TextOf(reply[..reply.IndexOf("\r\n"u8)]), reply[0]);
        enhanced = code.IsEmpty ? $"{(char)reply[0]}.0.0" : Encoding.ASCII.GetString(code);
        while (!reply.IsEmpty && text.Length < OutboundRefusal.MaxText)
        {
            ReadOnlySpan<byte> line = NextLine(ref reply);
            ReadOnlySpan<byte> words = TextOf(line);
            foreach (byte letter in words[EnhancedCode(words, line[0]).Length..].TrimStart((byte)' '))
                text.Append(IsPrintable(letter) ? (char)letter : '?');
            if (!reply.IsEmpty)
                text.Append(' ');
        }

        return text.ToString();
    }

    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> reply)
    {
        int end = reply.IndexOf("\r\n"u8);
        ReadOnlySpan<byte> line = reply[..end];
        reply = reply[(end + 2)..];
        return line;
    }

    private static ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> line) => line.Length > 4 ? line[4..] : default;

    /// <summary>The code at the front of the text, when it is of the class that the reply has; else empty.</summary>
    private static ReadOnlySpan<byte> EnhancedCode(ReadOnlySpan<byte> text, byte kind)
    {
        if (text.Length < 5 || text[0] != kind || text[1] != '.')
            return default;

        int subject = Digits(text[2..]);
        int second = 2 + subject + 1;
        if (subject == 0 || second >= text.Length || text[second - 1] != '.')
            return default;

        int detail = Digits(text[second..]);
        int end = second + detail;
        return detail == 0 || (end < text.Length && text[end] != ' ') ? default : text[..end];
    }

    private static int Digits(ReadOnlySpan<byte> text)
    {
        int count = 0;
        while (count < text.Length && count < MaxDigits && text[count] is >= (byte)'0' and <= (byte)'9')
            count++;
        return count;
    }

    private static bool IsPrintable(byte letter) => letter is >= 0x20 and <= 0x7e;
}
