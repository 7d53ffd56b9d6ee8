using System.IO.Compression;
using Postern.Policy.TlsRpt;

namespace Postern.Cli.Reports;

/// <summary>A received report as it lies about: JSON, the same in gzip, or the mail that brought it.</summary>
internal static class ReportFile
{
    /// <summary>Standard input.</summary>
    public const string Input = "-";

    /// <returns>The report, or why there is none.</returns>
    public static ReportResult Read(string path)
    {
        try
        {
            using Stream stream = path == Input ? Console.OpenStandardInput() : File.OpenRead(path);
            return Whole(stream, ReportMail.MaxBytes) is { } bytes ? Read(bytes) : new ReportResult(null, $"it is longer than {ReportMail.MaxBytes} bytes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ReportResult(null, "it cannot be read: " + e.Message);
        }
    }

    /// <summary>By what it is, not by its name: RFC 8460 §5.1 wants names, and senders have others.</summary>
    internal static ReportResult Read(byte[] bytes)
    {
        if (IsGzip(bytes))
            return ReadGzip(bytes);
        if (bytes.AsSpan().TrimStart(" \t\r\n"u8).StartsWith("{"u8))
            return ReportReader.Read(bytes);
        if (ReportMail.Find(bytes) is not { } mailed)
            return new ReportResult(null, "it is neither JSON, nor gzip, nor a mail with such a part");
        return mailed.IsGzip && IsGzip(mailed.Bytes) ? ReadGzip(mailed.Bytes) : ReportReader.Read(mailed.Bytes);
    }

    private static bool IsGzip(ReadOnlySpan<byte> bytes) => bytes is [0x1f, 0x8b, ..];

    /// <summary>A few kilobytes can be gigabytes: it ends where no report goes on.</summary>
    private static ReportResult ReadGzip(byte[] bytes)
    {
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            return Whole(gzip, ReportReader.MaxBytes) is { } json ? ReportReader.Read(json) : new ReportResult(null, $"uncompressed it is longer than {ReportReader.MaxBytes} bytes");
        }
        catch (InvalidDataException)
        {
            return new ReportResult(null, "its gzip is damaged");
        }
    }

    /// <summary>Null when there is more.</summary>
    private static byte[]? Whole(Stream stream, int most)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            int count = stream.Read(buffer);
            if (count == 0)
                return all.ToArray();
            if (all.Length + count > most)
                return null;
            all.Write(buffer, 0, count);
        }
    }
}
