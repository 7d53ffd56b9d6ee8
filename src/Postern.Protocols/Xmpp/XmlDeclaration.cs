using System.Text;

namespace Postern.Protocols.Xmpp;

/// <summary>
/// The XML declaration (XML 1.0 §2.8), which RFC 6120 §11.5 lets an entity send before a stream: as the very first thing, or
/// it is a processing instruction.
/// </summary>
internal static class XmlDeclaration
{
    /// <summary>With all three of its parts it has 60 bytes.</summary>
    public const int MaxLength = 128;

    /// <param name="input">What the peer said first.</param>
    /// <param name="length">Of the declaration; 0 where there is none.</param>
    /// <param name="fault">What is wrong with it.</param>
    /// <returns>False when that is not yet known.</returns>
    public static bool Read(ReadOnlySpan<byte> input, out int length, out XmlFault fault)
    {
        length = 0;
        fault = XmlFault.None;
        ReadOnlySpan<byte> opening = "<?xml"u8;
        int common = input.CommonPrefixLength(opening);
        if (common < 2)
            return input.Length > common;
        if (common == input.Length)
            return false;

        // "<?xml-stylesheet" is an instruction too.
        if (common < opening.Length || !XmlBytes.IsSpace(input[common]))
        {
            fault = XmlFault.Restricted;
            return true;
        }

        int end = input[..Math.Min(input.Length, MaxLength)].IndexOf("?>"u8);
        if (end < 0)
        {
            fault = input.Length >= MaxLength ? XmlFault.NotWellFormed : XmlFault.None;
            return fault != XmlFault.None;
        }

        length = end + 2;
        fault = Judge(input[common..end]);
        return true;
    }

    private static XmlFault Judge(ReadOnlySpan<byte> text)
    {
        if (!Take(ref text, "version"u8, out ReadOnlySpan<byte> version) || !version.SequenceEqual("1.0"u8))
            return XmlFault.NotWellFormed;
        if (Take(ref text, "encoding"u8, out ReadOnlySpan<byte> encoding) && !Ascii.EqualsIgnoreCase(encoding, "utf-8"u8))
            return XmlFault.Encoding;
        if (Take(ref text, "standalone"u8, out ReadOnlySpan<byte> alone) && !alone.SequenceEqual("yes"u8) && !alone.SequenceEqual("no"u8))
            return XmlFault.NotWellFormed;
        return text.Trim(" \t\r\n"u8).IsEmpty ? XmlFault.None : XmlFault.NotWellFormed;
    }

    /// <summary>Takes <c> name = "value"</c> from the front, where it stands there.</summary>
    private static bool Take(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        ReadOnlySpan<byte> rest = text.TrimStart(" \t\r\n"u8);
        if (rest.Length == text.Length || !rest.StartsWith(name))
            return false;

        rest = rest[name.Length..].TrimStart(" \t\r\n"u8);
        if (!rest.StartsWith("="u8))
            return false;

        rest = rest[1..].TrimStart(" \t\r\n"u8);
        if (rest.IsEmpty || rest[0] is not ((byte)'\'' or (byte)'"'))
            return false;

        int end = rest[1..].IndexOf(rest[0]);
        if (end < 0)
            return false;

        value = rest.Slice(1, end);
        text = rest[(end + 2)..];
        return true;
    }
}
