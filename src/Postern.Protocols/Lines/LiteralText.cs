using System.Runtime.InteropServices;

namespace Postern.Protocols.Lines;

/// <summary>
/// A literal announced at the end of a line of IMAP (RFC 9051 §4.3) or ManageSieve (RFC 5804 §4): <c>{310}</c> waits for
/// our leave, <c>{310+}</c> comes unasked.
/// </summary>
/// <param name="Announced">The line ends in a literal.</param>
/// <param name="Unasked">Its bytes follow at once, and must never be read as commands.</param>
/// <param name="Length">How many bytes; <see cref="TooLong"/> when the number is beyond any bound of ours.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LiteralText(bool Announced, bool Unasked, int Length)
{
    /// <summary>All literals of one command, before TLS: no command of that stage needs one at all.</summary>
    public const int MaxLength = 4096;

    public const int TooLong = int.MaxValue;

    /// <param name="line">The line without its CRLF.</param>
    public static LiteralText AtEndOf(ReadOnlySpan<byte> line)
    {
        if (!line.EndsWith("}"u8))
            return default;

        int open = line.LastIndexOf((byte)'{');
        if (open < 0)
            return default;

        ReadOnlySpan<byte> inside = line[(open + 1)..^1];

        // {n-} is no literal of IMAP (LITERAL- of RFC 7888 writes {n+} too), but whoever writes it means to send bytes.
        bool unasked = inside.EndsWith("+"u8) || inside.EndsWith("-"u8);
        if (unasked)
            inside = inside[..^1];
        if (inside.IsEmpty || inside.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return default;

        int length = 0;
        foreach (byte digit in inside)
        {
            length = (length * 10) + (digit - '0');
            if (length > MaxLength)
                return new LiteralText(true, unasked, TooLong);
        }

        return new LiteralText(true, unasked, length);
    }
}
