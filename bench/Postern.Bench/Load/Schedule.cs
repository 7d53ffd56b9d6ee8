namespace Postern.Bench.Load;

/// <summary>
/// When each unit of a load is due, at an even rate, whatever became of those before it; they go to the lanes
/// (connections, threads) in turn.
/// </summary>
internal readonly record struct Schedule(int PerSecond, int Lanes, int Count)
{
    private const long NanosecondsOfSecond = 1_000_000_000;

    /// <summary>A schedule that lasts so many seconds.</summary>
    internal static Schedule For(double seconds, int perSecond, int lanes) =>
        new(perSecond, lanes, (int)(seconds * perSecond));

    /// <summary>Nanoseconds after the beginning. From the beginning each time: no error adds up.</summary>
    internal long Due(int unit) => unit * NanosecondsOfSecond / PerSecond;

    internal int LaneOf(int unit) => unit % Lanes;

    /// <summary>Which unit is the nth (from 0) of a lane.</summary>
    internal int UnitOf(int lane, int nth) => lane + (nth * Lanes);
}
