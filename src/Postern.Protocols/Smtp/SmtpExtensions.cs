using System.Text;

namespace Postern.Protocols.Smtp;

/// <summary>Service extensions that matter to whoever speaks SMTP with a server; others are passed over.</summary>
[Flags]
public enum SmtpExtensions
{
    None = 0,

    /// <summary>RFC 3207.</summary>
    StartTls = 1,

    /// <summary>RFC 2920.</summary>
    Pipelining = 1 << 1,

    /// <summary>RFC 6152.</summary>
    EightBitMime = 1 << 2,

    /// <summary>RFC 6531.</summary>
    SmtpUtf8 = 1 << 3,

    /// <summary>RFC 1870; how much is the server's to say.</summary>
    Size = 1 << 4,

    /// <summary>RFC 8689.</summary>
    RequireTls = 1 << 5,
}

/// <summary>Reads the answer to EHLO.</summary>
internal static class SmtpExtensionReader
{
    /// <param name="reply">A whole reply, as <see cref="SmtpReply"/> found it.</param>
    public static SmtpExtensions Read(ReadOnlySpan<byte> reply)
    {
        // RFC 5321 §4.1.1.1: the first line is the server's name, whatever it spells.
        SmtpExtensions extensions = SmtpExtensions.None;
        bool first = true;
        while (!reply.IsEmpty)
        {
            int end = reply.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = reply[..end];
            reply = reply[(end + 2)..];
            if (!first && line.Length > 4)
                extensions |= Known(Keyword(line[4..]));

            first = false;
        }

        return extensions;
    }

    private static ReadOnlySpan<byte> Keyword(ReadOnlySpan<byte> extension)
    {
        int space = extension.IndexOf((byte)' ');
        return space < 0 ? extension : extension[..space];
    }

    private static SmtpExtensions Known(ReadOnlySpan<byte> keyword)
    {
        if (Ascii.EqualsIgnoreCase(keyword, "STARTTLS"u8))
            return SmtpExtensions.StartTls;
        if (Ascii.EqualsIgnoreCase(keyword, "PIPELINING"u8))
            return SmtpExtensions.Pipelining;
        if (Ascii.EqualsIgnoreCase(keyword, "8BITMIME"u8))
            return SmtpExtensions.EightBitMime;
        if (Ascii.EqualsIgnoreCase(keyword, "SMTPUTF8"u8))
            return SmtpExtensions.SmtpUtf8;
        if (Ascii.EqualsIgnoreCase(keyword, "SIZE"u8))
            return SmtpExtensions.Size;
        return Ascii.EqualsIgnoreCase(keyword, "REQUIRETLS"u8) ? SmtpExtensions.RequireTls : SmtpExtensions.None;
    }
}
