namespace Postern.Roles.Supervisor;

/// <summary>How often the process in a place died, and how long the next one waits for it.</summary>
internal sealed class Deaths
{
    /// <summary>Where a start failed, the next try comes after this, too.</summary>
    public const int MaxBackoffMilliseconds = 30_000;

    private const int FirstBackoffMilliseconds = 100;

    /// <summary>A process that lived this long did not die of its configuration.</summary>
    private static readonly TimeSpan s_longLife = TimeSpan.FromSeconds(30);

    /// <summary>Deaths in a row without a long life between them: the back-off counts them.</summary>
    private int _quick;

    public int Count { get; private set; }

    /// <summary>One more; milliseconds until the successor may start.</summary>
    public int Add(DateTimeOffset startedAt)
    {
        Count++;
        _quick = DateTimeOffset.UtcNow - startedAt < s_longLife ? _quick + 1 : 0;
        return _quick <= 1 ? 0 : Math.Min(MaxBackoffMilliseconds, FirstBackoffMilliseconds << Math.Min(_quick - 2, 16));
    }

    /// <summary>When that is, in words.</summary>
    public static string When(int milliseconds) => milliseconds == 0 ? "at once" : $"in {milliseconds} ms";
}
