using CsCheck;
using Postern.Bench.Load;

namespace Postern.Bench.Tests;

/// <summary>When each unit of a load is due, and whose it is.</summary>
public sealed class ScheduleTests
{
    [Fact]
    public void Units_are_due_at_an_even_rate_from_the_beginning()
    {
        var schedule = Schedule.For(2, perSecond: 500, lanes: 8);
        Assert.Equal(1000, schedule.Count);
        Assert.Equal(0, schedule.Due(0));
        Assert.Equal(2_000_000, schedule.Due(1));
        Assert.Equal(1_998_000_000, schedule.Due(999));
    }

    [Fact]
    public void No_error_adds_up_where_the_rate_does_not_divide_a_second()
    {
        var schedule = Schedule.For(1000, perSecond: 7, lanes: 1);
        Assert.Equal(1_000_000_000_000, schedule.Due(7_000));
    }

    [Fact]
    public void Every_unit_is_in_one_lane_at_one_place() => Gen.Select(Gen.Int[1, 200], Gen.Int[0, 5000]).Sample((lanes, count) =>
    {
        var schedule = new Schedule(1000, lanes, count);
        return Enumerable.Range(0, count).All(unit => schedule.UnitOf(schedule.LaneOf(unit), unit / lanes) == unit);
    });

    [Fact]
    public void A_crew_that_shares_the_count_has_a_share_for_each_unit_of_its_lane()
    {
        var schedule = new Schedule(1000, 8, 1001);
        var units = new int[schedule.Count];
        Crew.Share(schedule.Lanes, schedule.Count, (lane, share) =>
        {
            for (var nth = 0; nth < share; nth++)
                Interlocked.Increment(ref units[schedule.UnitOf(lane, nth)]);
        });
        Assert.All(units, times => Assert.Equal(1, times));
    }
}
