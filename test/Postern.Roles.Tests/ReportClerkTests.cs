using Postern.Roles.Resolver.Reports;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>Reports are sent by the generation that is in force. Taken out: the wait for Start, the look at what Stop has said.</summary>
public sealed class ReportClerkTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(300);

    [Fact]
    public void A_clerk_works_from_the_start_of_its_generation_to_the_drain()
    {
        using var rounds = new SemaphoreSlim(0);
        using var told = new SemaphoreSlim(0);
        var clerk = new ReportClerk(stop =>
        {
            _ = rounds.Release();
            if (stop.IsCancellationRequested)
                _ = told.Release();
            return false;
        });
        clerk.Wake();
        Assert.False(rounds.Wait(s_moment));
        clerk.Start();
        Assert.True(rounds.Wait(s_patience));
        Assert.True(rounds.Wait(s_patience));
        clerk.Wake();
        Assert.True(rounds.Wait(s_patience));
        clerk.Stop();
        clerk.Wake();
        Assert.False(rounds.Wait(s_moment));
        Assert.False(told.Wait(0));
    }

    [Fact]
    public void A_round_under_way_is_told_to_stop_and_one_with_more_to_do_is_followed_at_once()
    {
        using var rounds = new SemaphoreSlim(0);
        using var stopped = new SemaphoreSlim(0);
        int number = 0;
        var clerk = new ReportClerk(stop =>
        {
            _ = rounds.Release();
            if (++number < 10)
                return true;
            _ = stop.WaitHandle.WaitOne(s_patience);
            if (stop.IsCancellationRequested)
                _ = stopped.Release();
            return true;
        });
        clerk.Start();
        for (int i = 0; i < 10; i++)
            Assert.True(rounds.Wait(s_patience));
        clerk.Stop();
        Assert.True(stopped.Wait(s_patience));
        Assert.False(rounds.Wait(s_moment));
    }
}
