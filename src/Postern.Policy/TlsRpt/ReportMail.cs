using System.Buffers.Text;
using System.Text;

namespace Postern.Policy.TlsRpt;

/// <summary>A report as it was found in a mail.</summary>
/// <param name="IsGzip">It is compressed.</param>
/// <param name="Bytes">Its transfer encoding is taken off.</param>
public sealed record MailedReport(bool IsGzip, byte[] Bytes);

/// <summary>
/// Finds the report in a mail that brings one (RFC 8460 §5.3): a multipart/report with a part <c>application/tlsrpt+gzip</c> or
/// <c>+json</c>. What senders do is taken: other multiparts, any order, the types of gzip and JSON, a type that says nothing and a name
/// that ends in .json.gz.
/// </summary>
public static class ReportMail
{
    /// <summary>RFC 8460 §5.2 speaks of ten megabytes; Base64 and the rest of the mail make it more.</summary>
    public const int MaxBytes = 20 * 1024 * 1024;

    private const int MaxDepth = 8;
    private const int MaxParts = 100;
    private const int MaxHeader = 64 * 1024;

    /// <returns>Null when there is none.</returns>
    public static MailedReport? Find(ReadOnlySpan<byte> mail)
    {
        int parts = 0;
        return mail.Length > MaxBytes ? null : Find(mail, MaxDepth, ref parts);
    }

    private static MailedReport? Find(ReadOnlySpan<byte> entity, int depth, ref int parts)
    {
        if (depth == 0 || ++parts > MaxParts)
            return null;

        MailHeader header = MailHeader.Read(entity, MaxHeader, out int length);
        ReadOnlySpan<byte> body = entity[length..];
        (string type, string boundary, string name) = header.ContentType;
        if (type.StartsWith("multipart/", StringComparison.Ordinal))
            return boundary.Length == 0 ? null : FindIn(body, Encoding.Latin1.GetBytes("--" + boundary), depth, ref parts);

        bool? gzip = Compression(type, name.Length > 0 ? name : header.FileName);
        return gzip is null || Decode(body, header.Encoding) is not { } bytes ? null : new MailedReport(gzip.Value, bytes);
    }

    /// <summary>RFC 2046 §5.1.1: a boundary begins a line; two hyphens behind it end the last part.</summary>
    private static MailedReport? FindIn(ReadOnlySpan<byte> body, ReadOnlySpan<byte> boundary, int depth, ref int parts)
    {
        int start = -1;
        for (int line = 0; line < body.Length;)
        {
            int newline = body[line..].IndexOf((byte)'\n');
            int next = newline < 0 ? body.Length : line + newline + 1;
            if (body[line..next].StartsWith(boundary))
            {
                if (start >= 0 && Find(body[start..line], depth - 1, ref parts) is { } found)
                    return found;
                if (body[(line + boundary.Length)..next].StartsWith("--"u8))
                    return null;
                start = next;
            }

            line = next;
        }

        // A mail that was cut has a last part without an end.
        return start >= 0 && start < body.Length ? Find(body[start..], depth - 1, ref parts) : null;
    }

    /// <summary>Null: it is no report.</summary>
    private static bool? Compression(string type, string name) => type switch
    {
        ReportNames.GzipType or "application/gzip" or "application/x-gzip" => true,
        ReportNames.JsonType or "application/json" => false,
        "application/octet-stream" or "" when name.EndsWith(".json.gz", StringComparison.OrdinalIgnoreCase) => true,
        "application/octet-stream" or "" when name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) => false,
        _ => null,
    };

    private static byte[]? Decode(ReadOnlySpan<byte> body, string encoding) => encoding switch
    {
        "base64" => FromBase64(body),
        "quoted-printable" => FromQuotedPrintable(body),
        _ => body.ToArray(),
    };

    private static byte[]? FromBase64(ReadOnlySpan<byte> body)
    {
        // RFC 2045 §6.8: what is not of the alphabet is to be ignored.
        byte[] letters = new byte[body.Length];
        int count = 0;
        foreach (byte letter in body)
        {
            if (char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)'+' or (byte)'/' or (byte)'=')
                letters[count++] = letter;
        }

        byte[] bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(count)];
        return Base64.DecodeFromUtf8(letters.AsSpan(0, count), bytes, out _, out int written) == System.Buffers.OperationStatus.Done ? bytes[..written] : null;
    }

    /// <summary>RFC 2045 §6.7. What is no escape stands for itself.</summary>
    private static byte[] FromQuotedPrintable(ReadOnlySpan<byte> body)
    {
        byte[] bytes = new byte[body.Length];
        int count = 0;
        for (int i = 0; i < body.Length; i++)
        {
            if (body[i] == '=' && i + 2 < body.Length && char.IsAsciiHexDigit((char)body[i + 1]) && char.IsAsciiHexDigit((char)body[i + 2]))
            {
                bytes[count++] = Convert.FromHexString([(char)body[i + 1], (char)body[i + 2]])[0];
                i += 2;
            }
            else if (body[i] == '=' && body[(i + 1)..].StartsWith("\r\n"u8))
            {
                i += 2;
            }
            else if (body[i] == '=' && body[(i + 1)..].StartsWith("\n"u8))
            {
                i++;
            }
            else
            {
                bytes[count++] = body[i];
            }
        }

        return bytes[..count];
    }
}
