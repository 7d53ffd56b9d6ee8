using System.Buffers;
using System.Text;

namespace Postern.Protocols.Xmpp;

/// <summary>Whether one character, reference or name stands at the front of some bytes.</summary>
internal enum XmlMatch
{
    Yes,

    /// <summary>The bytes so far could still become one.</summary>
    NotYetKnown,

    NotWellFormed,
    Restricted,
}

/// <summary>
/// The smallest things of XML 1.0 (Fifth Edition). Each is judged by its own bytes alone and as soon as they are there, so
/// that the answer does not depend on how the network cuts them.
/// </summary>
internal static class XmlBytes
{
    /// <summary><c>&amp;#x10FFFF;</c>, and some zeros in front.</summary>
    private const int MaxReference = 16;

    private static readonly SearchValues<byte> s_nameStart =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"u8);

    private static readonly SearchValues<byte> s_name =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-"u8);

    /// <summary>XML 1.0 §2.3: S.</summary>
    public static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    /// <summary>XML 1.0 §2.2: a Char, in UTF-8 (RFC 6120 §11.6) of the shortest form.</summary>
    public static XmlMatch Character(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 1;
        if (bytes[0] is >= 0x20 and < 0x80 || IsSpace(bytes[0]))
            return XmlMatch.Yes;

        return Rune.DecodeFromUtf8(bytes, out Rune rune, out length) switch
        {
            OperationStatus.Done => IsCharacter(rune.Value) ? XmlMatch.Yes : XmlMatch.NotWellFormed,
            OperationStatus.NeedMoreData => XmlMatch.NotYetKnown,
            _ => XmlMatch.NotWellFormed,
        };
    }

    /// <summary>A reference to one of the five entities (XML 1.0 §4.6) or to a character by its number (§4.1); no other is followed.</summary>
    public static XmlMatch Reference(ReadOnlySpan<byte> bytes, out int length, out Rune rune)
    {
        rune = default;
        for (length = 1; length < bytes.Length && length < MaxReference; length++)
        {
            byte value = bytes[length];
            if (value == ';')
            {
                length++;
                return Resolve(bytes[1..(length - 1)], out rune);
            }

            if (!char.IsAsciiLetterOrDigit((char)value) && !(value == '#' && length == 1))
                return s_name.Contains(value) && length > 1 ? XmlMatch.Restricted : XmlMatch.NotWellFormed;
        }

        return length == MaxReference ? XmlMatch.Restricted : XmlMatch.NotYetKnown;
    }

    /// <summary>
    /// Namespaces in XML 1.0 §4: a QName, of ASCII alone. It ends before the first byte that cannot be its own, which has to be
    /// there to be seen.
    /// </summary>
    public static XmlMatch Name(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        bool prefixed = false;
        bool starts = true;
        for (; length < bytes.Length; length++)
        {
            byte value = bytes[length];
            if (value >= 0x80)
                return XmlMatch.Restricted;
            if (value == ':')
            {
                if (starts || prefixed)
                    return XmlMatch.NotWellFormed;
                prefixed = starts = true;
                continue;
            }

            if (starts ? !s_nameStart.Contains(value) : !s_name.Contains(value))
                return starts ? XmlMatch.NotWellFormed : XmlMatch.Yes;
            starts = false;
        }

        return XmlMatch.NotYetKnown;
    }

    private static bool IsCharacter(int value) =>
        value is '\t' or '\n' or '\r' or (>= 0x20 and < 0xd800) or (> 0xdfff and < 0xfffe) or (> 0xffff and <= 0x10ffff);

    private static XmlMatch Resolve(ReadOnlySpan<byte> name, out Rune rune)
    {
        rune = default;
        if (name.IsEmpty)
            return XmlMatch.NotWellFormed;
        if (name[0] == '#')
            return Numbered(name[1..], out rune);
        if (!s_nameStart.Contains(name[0]))
            return XmlMatch.NotWellFormed;

        char meant = name switch
        {
            _ when name.SequenceEqual("amp"u8) => '&',
            _ when name.SequenceEqual("lt"u8) => '<',
            _ when name.SequenceEqual("gt"u8) => '>',
            _ when name.SequenceEqual("quot"u8) => '"',
            _ when name.SequenceEqual("apos"u8) => '\'',
            _ => '\0',
        };
        rune = new Rune(meant);
        return meant == '\0' ? XmlMatch.Restricted : XmlMatch.Yes;
    }

    private static XmlMatch Numbered(ReadOnlySpan<byte> number, out Rune rune)
    {
        rune = default;
        bool isHex = number.StartsWith("x"u8);
        ReadOnlySpan<byte> digits = isHex ? number[1..] : number;
        if (digits.IsEmpty)
            return XmlMatch.NotWellFormed;

        int value = 0;
        foreach (byte digit in digits)
        {
            if (isHex ? !char.IsAsciiHexDigit((char)digit) : !char.IsAsciiDigit((char)digit))
                return XmlMatch.NotWellFormed;
            value = (value * (isHex ? 16 : 10)) + Digit(digit);
            if (value > 0x10ffff)
                return XmlMatch.NotWellFormed;
        }

        if (!IsCharacter(value))
            return XmlMatch.NotWellFormed;
        rune = new Rune(value);
        return XmlMatch.Yes;
    }

    private static int Digit(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
