namespace Postern.Bench.Measuring;

internal static class Quantile
{
    /// <summary>
    /// The smallest value that at least this part of all values does not exceed (the nearest rank): always one that was
    /// measured.
    /// </summary>
    /// <param name="sorted">Ascending, and not empty.</param>
    /// <param name="part">More than 0, at most 1: 0.99 for the 99th percentile.</param>
    internal static long OfSorted(ReadOnlySpan<long> sorted, double part)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(part);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(part, 1);
        return sorted[(int)Math.Ceiling(part * sorted.Length) - 1];
    }

    /// <summary>The middle one, or the mean of the two in the middle; null of nothing.</summary>
    internal static double? Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
            return null;
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
