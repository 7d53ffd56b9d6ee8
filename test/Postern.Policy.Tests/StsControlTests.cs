using Postern.Policy.MtaSts;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Tests;

/// <summary>RFC 8461 §3.3 and §5.1: when a policy is looked for, kept and forgotten.</summary>
public sealed class StsControlTests
{
    private static readonly DateTimeOffset s_now = World.Noon;
    private static readonly StsMemory s_nothing = new(Zone.Name("example.org"));
    private static readonly StsPolicy s_enforce = World.Policy("enforce:mx.example.org");
    private static readonly StsFetchResult s_failure = new(null, ResultType.StsPolicyFetchError, "the policy host cannot be reached");

    /// <summary>A policy of seven days, fetched now.</summary>
    private static StsMemory Held(string id = "1", StsPolicy? policy = null) =>
        StsControl.AfterFetch(s_nothing with { CheckedAt = s_now }, id, new StsFetchResult(policy ?? s_enforce, null, ""), s_now).Memory;

    private static StsRecord Record(string id) => new(StsRecordStatus.Valid, id);

    [Fact]
    public void A_first_policy_is_looked_for_fetched_and_kept()
    {
        StsStep step = StsControl.Begin(s_nothing, s_now);
        Assert.Equal(StsTask.LookUpRecord, step.Task);
        step = StsControl.AfterRecord(step.Memory, Record("1"), s_now);
        Assert.Equal((StsTask.Fetch, "1"), (step.Task, step.Id));
        step = StsControl.AfterFetch(step.Memory, "1", new StsFetchResult(s_enforce, null, ""), s_now);
        Assert.Equal((StsTask.Use, StsMode.Enforce), (step.Task, step.Finding!.Mode));
        Assert.Equal(s_now, step.Memory.FirstSeen);
        Assert.Equal(StsTask.Use, StsControl.Begin(step.Memory, s_now.AddMinutes(1)).Task);
    }

    [Theory]
    [InlineData(StsRecordStatus.Absent)]
    [InlineData(StsRecordStatus.Several)]
    [InlineData(StsRecordStatus.Broken)]
    public void A_missing_or_broken_record_never_evicts_a_policy(StsRecordStatus status)
    {
        StsStep step = StsControl.AfterRecord(Held(), new StsRecord(status), s_now.AddDays(6));
        Assert.Equal((StsTask.Use, StsMode.Enforce), (step.Task, step.Finding!.Mode));
        Assert.Equal(StsMode.None, StsControl.AfterRecord(s_nothing, new StsRecord(status), s_now).Finding!.Mode);
    }

    [Fact]
    public void Nor_does_a_look_up_that_fails() =>
        Assert.Equal(StsMode.Enforce, StsControl.AfterRecord(Held(), null, s_now.AddDays(6)).Finding!.Mode);

    [Fact]
    public void A_failing_fetch_leaves_the_cache_as_it_is_and_is_an_alarm()
    {
        StsStep step = StsControl.AfterFetch(Held(), "2", s_failure, s_now.AddDays(2));
        Assert.Equal(StsMode.Enforce, step.Finding!.Mode);
        Assert.True(step.Finding.IsAlarm);
        Assert.Equal("1", step.Memory.Held!.Id);
        Assert.Equal(s_now, step.Memory.Held.FetchedAt);
    }

    [Fact]
    public void Without_a_cache_a_failing_fetch_is_as_if_there_were_no_policy()
    {
        StsStep step = StsControl.AfterFetch(s_nothing, "1", s_failure, s_now);
        Assert.Equal((StsTask.Use, StsMode.None), (step.Task, step.Finding!.Mode));
        Assert.Equal(ResultType.StsPolicyFetchError, step.Finding.Failure!.Type);
        Assert.False(step.Finding.IsAlarm);
        Assert.Null(step.Memory.FirstSeen);
    }

    [Fact]
    public void A_failing_fetch_is_not_tried_again_for_five_minutes_for_each_id()
    {
        StsMemory failed = StsControl.AfterFetch(s_nothing, "1", s_failure, s_now).Memory;
        Assert.Equal(StsTask.Use, StsControl.AfterRecord(failed, Record("1"), s_now.AddMinutes(5).AddTicks(-1)).Task);
        Assert.Equal(StsTask.Fetch, StsControl.AfterRecord(failed, Record("1"), s_now.AddMinutes(5)).Task);
        Assert.Equal(StsTask.Fetch, StsControl.AfterRecord(failed, Record("2"), s_now.AddSeconds(1)).Task);
    }

    [Fact]
    public void Another_id_is_another_policy_in_whichever_order() =>
        Assert.All(["0", "2", "a"], id => Assert.Equal((StsTask.Fetch, id), (StsControl.AfterRecord(Held(), Record(id), s_now).Task, StsControl.AfterRecord(Held(), Record(id), s_now).Id)));

    [Fact]
    public void The_same_id_is_fetched_again_once_a_day_while_the_kept_one_is_used()
    {
        StsStep early = StsControl.AfterRecord(Held(), Record("1"), s_now.AddDays(1).AddTicks(-1));
        Assert.Equal((StsTask.Use, false), (early.Task, early.Refresh));
        StsStep late = StsControl.AfterRecord(Held(), Record("1"), s_now.AddDays(1));
        Assert.Equal((StsTask.Use, true, "1", StsMode.Enforce), (late.Task, late.Refresh, late.Id, late.Finding!.Mode));
    }

    [Fact]
    public void It_holds_to_the_end_of_max_age_and_not_longer()
    {
        StsMemory held = Held();
        Assert.Equal(StsMode.Enforce, StsControl.AfterRecord(held, null, s_now.AddDays(7)).Finding!.Mode);
        Assert.Equal(StsMode.None, StsControl.AfterRecord(held, null, s_now.AddDays(7).AddTicks(1)).Finding!.Mode);
        Assert.Equal(StsTask.Fetch, StsControl.AfterRecord(held, Record("1"), s_now.AddDays(7).AddTicks(1)).Task);
    }

    [Fact]
    public void Max_age_counts_from_the_last_fetch()
    {
        StsMemory refreshed = StsControl.AfterFetch(Held(), "1", new StsFetchResult(s_enforce, null, ""), s_now.AddDays(5)).Memory;
        Assert.Equal(StsMode.Enforce, StsControl.AfterRecord(refreshed, null, s_now.AddDays(12)).Finding!.Mode);
        Assert.Equal(s_now, refreshed.FirstSeen);
    }

    [Fact]
    public void Looking_at_the_record_does_not_make_a_policy_younger()
    {
        StsMemory held = Held();
        for (int day = 1; day <= 7; day++)
            held = StsControl.AfterRecord(held, Record("1"), s_now.AddDays(day)).Memory;
        Assert.Equal(StsMode.None, StsControl.AfterRecord(held, null, s_now.AddDays(7).AddTicks(1)).Finding!.Mode);
    }

    [Fact]
    public void A_max_age_of_nothing_holds_for_the_mail_in_hand()
    {
        StsPolicy brief = s_enforce with { MaxAge = TimeSpan.Zero };
        StsStep step = StsControl.AfterFetch(s_nothing, "1", new StsFetchResult(brief, null, ""), s_now);
        Assert.Equal(StsMode.Enforce, step.Finding!.Mode);
        Assert.Equal(StsMode.None, StsControl.AfterRecord(step.Memory, null, s_now.AddTicks(1)).Finding!.Mode);
    }

    [Fact]
    public void None_takes_a_policy_away_and_is_kept_itself()
    {
        StsStep step = StsControl.AfterFetch(Held(), "2", new StsFetchResult(World.Policy("none:mx.example.org"), null, ""), s_now.AddHours(1));
        Assert.Equal(StsMode.None, step.Finding!.Mode);
        Assert.Equal(StsTask.Use, StsControl.AfterRecord(step.Memory, Record("2"), s_now.AddHours(2)).Task);
        Assert.Equal(s_now, step.Memory.FirstSeen);
        Assert.False(StsControl.AfterFetch(step.Memory, "3", s_failure, s_now.AddHours(3)).Finding!.IsAlarm);
    }

    [Fact]
    public void Before_mail_comes_back_for_good_a_newer_policy_is_looked_for()
    {
        StsMemory held = Held();
        Assert.Equal(StsTask.Use, StsControl.Begin(held, s_now).Task);
        Assert.Equal(StsTask.LookUpRecord, StsControl.Begin(held, s_now, deliveryFailed: true).Task);
    }

    [Fact]
    public void A_record_is_taken_as_it_was_for_some_minutes_only()
    {
        StsMemory held = Held();
        Assert.Equal(StsTask.Use, StsControl.Begin(held, s_now + StsControl.RecordLife - TimeSpan.FromTicks(1)).Task);
        Assert.Equal(StsTask.LookUpRecord, StsControl.Begin(held, s_now + StsControl.RecordLife).Task);
    }

    [Fact]
    public void A_clock_that_was_set_back_loses_no_policy_and_looks_again()
    {
        StsMemory held = Held();
        DateTimeOffset yesterday = s_now.AddDays(-1);
        Assert.Equal(StsTask.LookUpRecord, StsControl.Begin(held, yesterday).Task);
        Assert.Equal(StsMode.Enforce, StsControl.AfterRecord(held, null, yesterday).Finding!.Mode);
        Assert.True(StsControl.AfterRecord(held, Record("1"), yesterday).Refresh);
    }
}
