using CsCheck;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Xunit;

namespace Postern.Engine.Tests;

public sealed class TimerWheelTests
{
    [Fact]
    public void A_deadline_fires_once_and_never_early() =>
        Gen.Select(Gen.Int[1, 300_000].Array[1, 60], Gen.Int[1, 5_000].Array[1, 200]).Sample((delays, steps) =>
        {
            var wheel = new TimerWheel(1_000_000);
            long now = 1_000_000;
            Alarm[] alarms = [.. delays.Select(delay => new Alarm(now + delay))];
            foreach (Alarm alarm in alarms)
                wheel.Set(alarm, alarm.Due);

            foreach (int step in steps)
            {
                now += step;
                foreach (Alarm alarm in alarms)
                    alarm.Now = now;
                wheel.Advance(now);
                Assert.All(alarms, alarm => Assert.True(alarm.Fired == 0 || alarm.FiredAt >= alarm.Due));
                Assert.All(alarms, alarm => Assert.True(alarm.Fired == 1 || alarm.Due + TimerWheel.TickMilliseconds > now));
            }

            Assert.All(alarms, alarm => Assert.InRange(alarm.Fired, 0, 1));
            Assert.Equal(alarms.Count(alarm => alarm.Fired == 0), wheel.Count);
        });

    [Fact]
    public void A_deadline_that_is_taken_back_does_not_fire()
    {
        var wheel = new TimerWheel(0);
        var alarm = new Alarm(500);
        wheel.Set(alarm, 500);
        wheel.Cancel(alarm);
        wheel.Advance(100_000);
        Assert.Equal(0, alarm.Fired);
        Assert.Equal(-1, wheel.UntilNext(0));
    }

    private sealed class Alarm(long due) : PollTarget
    {
        public long Due { get; } = due;

        public long Now { get; set; }

        public long FiredAt { get; private set; }

        public int Fired { get; private set; }

        protected internal override void OnEvents(int which, PollEvents events)
        {
            // Not watched.
        }

        protected internal override void OnDeadline()
        {
            Fired++;
            FiredAt = Now;
        }
    }
}
