using CsCheck;
using Postern.Bench.Measuring;

namespace Postern.Bench.Tests;

/// <summary>Quantiles by the nearest rank, and medians.</summary>
public sealed class QuantileTests
{
    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(0.5, 50)]
    [InlineData(0.99, 99)]
    [InlineData(0.991, 100)]
    [InlineData(1.0, 100)]
    public void Of_one_to_a_hundred(double part, long expected)
    {
        long[] sorted = [.. Enumerable.Range(1, 100).Select(i => (long)i)];
        Assert.Equal(expected, Quantile.OfSorted(sorted, part));
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.99)]
    [InlineData(1.0)]
    public void Of_one_value_it_is_that_value(double part) => Assert.Equal(7, Quantile.OfSorted([7], part));

    [Fact]
    public void It_is_a_value_that_at_least_this_part_does_not_exceed_and_the_smallest_such() =>
        Gen.Select(Gen.Long[0, 50].Array[1, 60], Gen.Int[1, 100]).Sample((values, percent) =>
        {
            Array.Sort(values);
            var value = Quantile.OfSorted(values, percent / 100.0);
            var needed = percent / 100.0 * values.Length;
            return values.Contains(value)
                && values.Count(v => v <= value) >= needed - 1e-9
                && values.Count(v => v < value) < needed;
        });

    [Fact]
    public void Of_nothing_there_is_none()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Quantile.OfSorted([], 0.5));
        Assert.Null(Quantile.Median([]));
    }

    [Fact]
    public void A_median_is_the_middle_one_or_the_mean_of_two()
    {
        Assert.Equal(2, Quantile.Median([9, 1, 2]));
        Assert.Equal(1.5, Quantile.Median([2, 1]));
    }
}
