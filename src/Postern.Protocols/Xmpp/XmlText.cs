using System.Text;

namespace Postern.Protocols.Xmpp;

/// <summary>Attribute values as they are meant, and text as it has to be written.</summary>
internal static class XmlText
{
    /// <summary>XML 1.0 §2.11 and §3.3.3: references are resolved, a tab or an end of line is a space.</summary>
    /// <param name="written">What <see cref="XmlCursor"/> has found well formed.</param>
    public static string Meant(ReadOnlySpan<byte> written)
    {
        // No reference is shorter than what it stands for.
        byte[] meant = new byte[written.Length];
        int length = 0;
        for (int i = 0; i < written.Length;)
        {
            if (written[i] == '&')
            {
                _ = XmlBytes.Reference(written[i..], out int reference, out Rune rune);
                length += rune.EncodeToUtf8(meant.AsSpan(length));
                i += reference;
                continue;
            }

            bool isLineEnd = written[i] == '\r' && i + 1 < written.Length && written[i + 1] == '\n';
            meant[length++] = XmlBytes.IsSpace(written[i]) ? (byte)' ' : written[i];
            i += isLineEnd ? 2 : 1;
        }

        return Encoding.UTF8.GetString(meant, 0, length);
    }

    /// <summary>Writes what is to stand in text or between quotes: nothing in it can end either.</summary>
    public static void Write(scoped ReadOnlySpan<byte> text, ref ByteWriter output)
    {
        foreach (byte value in text)
        {
            switch (value)
            {
                case (byte)'&':
                    output.Write("&amp;"u8);
                    break;
                case (byte)'<':
                    output.Write("&lt;"u8);
                    break;
                case (byte)'>':
                    output.Write("&gt;"u8);
                    break;
                case (byte)'\'':
                    output.Write("&apos;"u8);
                    break;
                case (byte)'"':
                    output.Write("&quot;"u8);
                    break;
                default:
                    output.Write(value);
                    break;
            }
        }
    }

    public static void Write(string text, ref ByteWriter output) => Write(Encoding.UTF8.GetBytes(text), ref output);
}
