using System.Runtime.InteropServices;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Smtp;

internal enum SmtpReplyStatus
{
    NeedInput,
    Reply,
    Garbage,
    TooLong,
}

/// <summary>A reply of a server: the same code on every line, "-" behind it on all but the last (RFC 5321 §4.2.1).</summary>
/// <param name="Status">Whether there is a whole reply.</param>
/// <param name="Code">100 to 599.</param>
/// <param name="Length">Bytes of all its lines.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SmtpReply(SmtpReplyStatus Status, int Code, int Length)
{
    /// <summary>Longer than RFC 5321 §4.5.3.1.5 has it: banners of the wild.</summary>
    private const int MaxLine = 2048;

    /// <summary>All lines of a reply together (C14).</summary>
    public const int MaxReply = 8192;

    public static SmtpReply Read(ReadOnlySpan<byte> input)
    {
        // Nothing beyond the bound is looked at: what is wrong there is wrong in a reply that is too long already.
        input = input[..Math.Min(input.Length, MaxReply)];
        int length = 0;
        int code = 0;
        while (true)
        {
            LineResult line = LineReader.Read(input[length..], MaxLine);
            if (line.Status == LineStatus.NeedInput)
                return new SmtpReply(input.Length >= MaxReply ? SmtpReplyStatus.TooLong : SmtpReplyStatus.NeedInput, 0, 0);
            if (line.Status == LineStatus.TooLong)
                return new SmtpReply(SmtpReplyStatus.TooLong, 0, 0);
            if (line.Status != LineStatus.Line)
                return new SmtpReply(SmtpReplyStatus.Garbage, 0, 0);

            ReadOnlySpan<byte> text = input.Slice(length, line.Length - 2);
            length += line.Length;
            if (!TryCode(text, out int thisCode, out bool last) || (code != 0 && thisCode != code))
                return new SmtpReply(SmtpReplyStatus.Garbage, 0, 0);

            code = thisCode;
            if (last)
                return new SmtpReply(SmtpReplyStatus.Reply, code, length);
        }
    }

    private static bool TryCode(ReadOnlySpan<byte> line, out int code, out bool last)
    {
        code = 0;
        last = line.Length == 3 || (line.Length > 3 && line[3] == ' ');
        if (line.Length < 3 || (!last && line[3] != '-'))
            return false;

        foreach (byte digit in line[..3])
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return false;
            code = (code * 10) + (digit - '0');
        }

        return code is >= 100 and < 600;
    }
}
