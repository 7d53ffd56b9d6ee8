using System.Globalization;

namespace Postern.Configuration.Reading;

/// <summary>"500ms", "10s", "2m", "1h": a whole number and one unit.</summary>
internal static class DurationText
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        int digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        long milliseconds = text[Math.Max(digits, 0)..] switch
        {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => 0,
        };

        // Nine digits of hours are more than a hundred thousand years: no overflow, and the bounds refuse it.
        if (milliseconds == 0 || digits is < 1 or > 9 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            return false;

        duration = TimeSpan.FromMilliseconds(number * milliseconds);
        return true;
    }

    public static string Write(TimeSpan duration) => duration switch
    {
        _ when duration.Ticks % TimeSpan.TicksPerHour == 0 => $"{(long)duration.TotalHours}h",
        _ when duration.Ticks % TimeSpan.TicksPerMinute == 0 => $"{(long)duration.TotalMinutes}m",
        _ when duration.Ticks % TimeSpan.TicksPerSecond == 0 => $"{(long)duration.TotalSeconds}s",
        _ => $"{(long)duration.TotalMilliseconds}ms",
    };
}
