using System.Buffers;
using System.Globalization;
using System.Text;

namespace Postern.Protocols.Imap;

/// <summary>RFC 9051 §9: a tag is one or more of ASTRING-CHAR, less "+".</summary>
internal static class ImapTag
{
    private const int MaxLength = 64;

    private static readonly SearchValues<byte> s_characters = SearchValues.Create(
        [.. Enumerable.Range(0x21, 0x5e).Select(value => (byte)value).Except("(){%*\"\\+"u8.ToArray())]);

    /// <summary>The tag at the front of a command, or empty when there is none that could be said back.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> command)
    {
        int end = command.IndexOfAny((byte)' ', (byte)'\r', (byte)'\n');
        ReadOnlySpan<byte> tag = end < 0 ? command : command[..end];
        return tag.IsEmpty || tag.Length > MaxLength || tag.ContainsAnyExcept(s_characters) ? default : tag;
    }

    /// <summary>A tag of ours, as hard to guess as the nonce is.</summary>
    public static byte[] From(ulong nonce) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"P{nonce:X16}"));
}
