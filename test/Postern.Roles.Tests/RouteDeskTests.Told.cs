using System.Net;
using Postern.Engine.Outbound;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Operator;
using Postern.Policy.Tests;
using Postern.Roles.Resolver.Desk;
using Postern.Roles.Tests.Rigs;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>What the desk is told of hosts, and what it remembers of that: sessions, levels, losses.</summary>
public sealed partial class RouteDeskTests
{
    [Fact]
    public void Sessions_are_counted_under_their_policy()
    {
        var world = new FalseWorld(Dane);
        RouteAnswer answer = Ask(world);
        Assert.True(world.Desk.Tell(Good(answer), Asker));
        Assert.True(world.Desk.Tell(Good(answer, insideTls: false) with { Failure = TlsFailure.NoStartTls }, Asker));
        Assert.Equal(["Tlsa mx.example.org: good", "Tlsa mx.example.org: starttls-not-supported mx.example.org 9.9.9.9"], world.Store.Sessions);

        // RFC 8460 §4.3: a session in the clear is no success, though nobody demanded more.
        world = new FalseWorld(Plain);
        Assert.True(world.Desk.Tell(Good(Ask(world), insideTls: false), Asker));
        Assert.Equal(["NoPolicyFound example.org: starttls-not-supported mx.example.org 9.9.9.9"], world.Store.Sessions);
    }

    [Fact]
    public void A_host_that_is_not_even_tried_is_a_session_that_failed()
    {
        var world = new FalseWorld(Sts) { Policy = FalseWorld.Enforce("other.example.org") };
        Assert.Equal("451 4.7.5", Summary(Ask(world)));
        Assert.Equal(["Sts example.org: validation-failure mx.example.org"], world.Store.Sessions);
    }

    [Theory]
    [InlineData("another's", 8, 0, "9.9.9.9", false)]
    [InlineData("another host", Asker, 1, "9.9.9.9", false)]
    [InlineData("another address", Asker, 0, "9.9.9.8", false)]
    [InlineData("right", Asker, 0, "9.9.9.9", true)]
    public void What_is_told_must_be_of_an_answer_that_was_given(string what, int asker, int host, string address, bool counts)
    {
        Assert.NotEmpty(what);
        var world = new FalseWorld(Plain);
        RouteAnswer answer = Ask(world);
        Assert.Equal(counts, world.Desk.Tell(new HopResult(answer.Ticket, host, IPAddress.Parse(address), null, null, true), asker));
        Assert.Equal(counts ? 1 : 0, world.Store.Sessions.Count);
        Assert.False(world.Desk.Tell(new HopResult(answer.Ticket + 1, 0, s_address, null, null, true), Asker));
    }

    [Fact]
    public void An_answer_is_forgotten_in_time_and_has_so_many_sessions()
    {
        var book = new TicketBook(2);
        DnsName domain = Zone.Name("example.org");
        Course course = Course.Nowhere(new SmtpRefusal(451, "4.4.4", "no"));
        ulong first = book.Give(domain, course, Asker);
        for (int i = 0; i < TicketBook.MaxTells; i++)
            Assert.NotNull(book.Find(first, Asker, out _));
        Assert.Null(book.Find(first, Asker, out _));
        ulong second = book.Give(domain, course, Asker);
        _ = book.Give(domain, course, Asker);
        Assert.NotNull(book.Find(second, Asker, out _));
        Assert.Null(book.Find(first, Asker, out _));
    }

    [Fact]
    public void A_level_that_was_reached_and_is_lost_is_an_alarm_with_evidence()
    {
        var world = new FalseWorld(Dane);
        Assert.True(world.Desk.Tell(Good(Ask(world)), Asker));
        Assert.Equal(AssuredLevel.Dane, world.Store.Memories[Zone.Name("example.org")].Ratchet!.Hosts[0].Level);
        world.Zone = Dane.Replace("TLSA secure 3 1 1 @key", "TLSA secure -", StringComparison.Ordinal);
        world.Clock.Now += TimeSpan.FromHours(1);
        Assert.Equal("TLS if it is offered", Summary(Ask(world)));
        Assert.Equal(
            ["a level is lost: mx.example.org for example.org has no protection only; mx.example.org had DANE from 2026-03-01 12:00:00Z to 2026-03-01 12:00:00Z (mx-secure, tlsa-usable)"],
            world.Alarms);

        // Once a day.
        world.Clock.Now += TimeSpan.FromHours(1);
        _ = Ask(world);
        Assert.Single(world.Alarms);
        world.Clock.Now += TimeSpan.FromHours(23);
        _ = Ask(world);
        Assert.Equal(2, world.Alarms.Count);
    }

    [Fact]
    public void STARTTLS_that_is_stripped_is_seen_when_the_connection_was_made()
    {
        var world = new FalseWorld(Plain);
        RouteAnswer answer = Ask(world);
        Assert.True(world.Desk.Tell(Good(answer), Asker));
        Assert.Empty(world.Alarms);
        Assert.True(world.Desk.Tell(Good(answer, insideTls: false), Asker));
        Assert.StartsWith("a level is lost: mx.example.org for example.org has no protection only; mx.example.org had encryption", Assert.Single(world.Alarms), StringComparison.Ordinal);
    }

    [Fact]
    public void And_demanded_from_then_on_where_losses_are_refused()
    {
        var world = new FalseWorld(Plain, new DeskSettings { RefusesLoss = true });
        RouteAnswer answer = Ask(world);
        Assert.Equal("TLS if it is offered", Summary(answer));
        Assert.True(world.Desk.Tell(Good(answer), Asker));
        Assert.Equal("TLS with anybody", Summary(Ask(world)));
    }

    [Fact]
    public void What_the_operator_demanded_is_no_level_of_the_domain()
    {
        OperatorTable table = OperatorTable.Make([new OperatorRule(RuleScope.Read("example.org")!, Requirement.WebPki)], out _)!;
        var world = new FalseWorld(Plain, new DeskSettings { Table = table });
        Assert.True(world.Desk.Tell(Good(Ask(world)), Asker));
        Assert.Equal(AssuredLevel.Encrypted, world.Store.Memories[Zone.Name("example.org")].Ratchet!.Hosts[0].Level);
    }

    [Fact]
    public void A_session_like_the_one_before_is_not_written_again()
    {
        var world = new FalseWorld(Dane);
        RouteAnswer answer = Ask(world);
        int kept = world.Store.Kept;
        for (int i = 0; i < 10; i++)
            Assert.True(world.Desk.Tell(Good(answer), Asker));
        Assert.Equal(kept + 1, world.Store.Kept);
        world.Clock.Now += HopLedger.Again;
        Assert.True(world.Desk.Tell(Good(answer), Asker));
        Assert.Equal(kept + 2, world.Store.Kept);
    }

    [Fact]
    public void A_domain_that_does_not_exist_is_not_remembered()
    {
        var world = new FalseWorld("example.org MX secure NXDOMAIN");
        Assert.Equal("550 5.1.2", Summary(Ask(world)));
        Assert.Empty(world.Store.Memories);
    }
}
