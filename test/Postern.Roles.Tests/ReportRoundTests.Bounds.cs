using System.Collections.Immutable;
using System.Net;
using System.Text;
using Postern.Configuration;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;
using Postern.Resolver.Reports;
using Postern.Roles.Recorder;
using Postern.Roles.Resolver.Desk;
using Postern.Roles.Resolver.Reports;
using Postern.Roles.Tests.Rigs;
using Postern.Store;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>What a stranger's record, a stolen resolver, or a recorder that is away cannot make of it.</summary>
public sealed partial class ReportRoundTests
{
    /// <summary>A stolen resolver neither ends what was never begun nor fills the file.</summary>
    [Fact]
    public void Only_what_was_claimed_is_written_down_and_only_for_so_many_targets()
    {
        Count();
        Now = s_day.AddDays(1.5);
        var store = new Direct(_desk);
        Assert.False(store.Tell(new SentMessage(s_about, SendingEnd.Taken, "mailto:a@example.org", "x")));
        Assert.False(store.Tell(new SentMessage(s_about, SendingEnd.Over, "", "x")));
        Assert.NotNull(store.Claim(s_about));
        int written = Enumerable.Range(0, 40).Count(i => store.Tell(new SentMessage(s_about, SendingEnd.Failed, $"mailto:a{i}@example.org", "x")));
        Assert.Equal(2 * TlsRptRecord.MaxTargets, written);
        Assert.True(store.Tell(new SentMessage(s_about, SendingEnd.Taken, "mailto:a0@example.org", "x")));
        Assert.True(store.Tell(new SentMessage(s_about, SendingEnd.Over, "", "x")));
    }

    [Fact]
    public void A_process_that_has_just_begun_raises_no_alarm()
    {
        _world.Zone = Two;
        Count();
        _carrier.Takes = _ => false;
        RunFor(NewRound(), TimeSpan.FromDays(1.3));
        RunFor(NewRound(), TimeSpan.FromDays(1));
        Assert.Contains("is given up", _notes[^1], StringComparison.Ordinal);
        Assert.Empty(_alarms);
    }

    /// <summary>Taken out: the look at IsAway in ReportRound.Run.</summary>
    [Fact]
    public void Without_a_recorder_a_round_is_over()
    {
        Wanted(3, "mailto:tls@example.org");
        var store = new Direct(_desk) { Dies = true };
        Assert.False(NewRound(store: store).Run());
        Assert.Equal(1, store.Claims);
    }

    [Fact]
    public void Slow_targets_share_two_minutes_and_a_round_ends()
    {
        Wanted(5, "https://a.reports.example/,https://b.reports.example/,https://c.reports.example/", "; " + string.Join("; ", "abc".Select(n => $"{n}.reports.example A insecure 9.9.9.9; {n}.reports.example AAAA insecure -")));
        _carrier.Takes = _ =>
        {
            Now += _carrier.Limits[^1];
            return false;
        };
        ReportRound round = NewRound();
        Assert.True(round.Run());
        Assert.Equal(9, _carrier.Limits.Count);
        Assert.All(_carrier.Limits, limit => Assert.Equal(TimeSpan.FromSeconds(40), limit));
        Assert.False(round.Run());
        Assert.Equal(15, _carrier.Limits.Count);
    }

    /// <summary>Domains below one domain, who name the same mailbox, and it in other letters. Taken out: TargetRation.</summary>
    [Fact]
    public void Nobody_makes_a_mail_bomb_of_us()
    {
        Wanted(TargetRation.MostInADay + 20, "mailto:Victim+1@example.com,mailto:victim@example.com");
        ReportRound round = NewRound();
        while (round.Run())
            Now = Now.AddMinutes(1);
        Assert.Equal(TargetRation.MostInADay, _carrier.Brought.Count);
        Assert.Single(_notes, note => note.StartsWith("200 reports went to mailto:", StringComparison.Ordinal));
        Now = Now.AddHours(3);
        Assert.Empty(new Direct(_desk).Due());
    }

    [Fact]
    public void What_is_to_stop_begins_no_other_report()
    {
        Wanted(3, "mailto:tls@example.org");
        using var stop = new CancellationTokenSource();
        _carrier.Takes = _ =>
        {
            stop.Cancel();
            return true;
        };
        Assert.False(NewRound().Run(stop.Token));
        Assert.Single(_carrier.Brought);
    }

    [Theory]
    [InlineData(false, "the address has port 22; reports go to port 443 alone")]
    [InlineData(true, null)]
    public void Reports_go_to_the_port_of_https_alone(bool allowsPrivate, string? refusal)
    {
        _world.Zone = Two.Replace("reports.example.net/", "reports.example.net:22/", StringComparison.Ordinal).Replace(",mailto:tls@example.org", "", StringComparison.Ordinal);
        Count();
        Now = s_day.AddDays(1.5);
        NewRound(allowsPrivate: allowsPrivate).Run();
        Assert.Equal(refusal is null ? 1 : 0, _carrier.Brought.Count);
        if (refusal is not null)
            Assert.EndsWith(refusal, Assert.Single(_notes), StringComparison.Ordinal);
    }
}
