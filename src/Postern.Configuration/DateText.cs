using System.Globalization;

namespace Postern.Configuration;

/// <summary>Dates of certificates, in one form everywhere.</summary>
public static class DateText
{
    /// <summary><c>2026-03-01 12:00:00Z</c></summary>
    public static string Write(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
