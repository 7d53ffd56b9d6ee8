using Postern.Engine.Outbound;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Roles.Resolver.Desk;
using Postern.Roles.Tests.Rigs;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// The way of our own reports (RFC 8460 §3): in spite of any failure of TLS, to nobody whom other mail may not be sent to, and not
/// counted. Taken out: the question's flag in RouteDesk.Answer, the filter of private addresses of hosts that are passed over.
/// </summary>
public sealed class ReportRouteTests
{
    private const int Asker = 7;

    [Theory]
    [InlineData("example.org MX secure 10 mx.example.org; mx.example.org A secure 9.9.9.9; mx.example.org AAAA secure -; _25._tcp.mx.example.org TLSA secure 3 1 1 @key")]
    [InlineData("example.org MX secure 10 mx.example.org; mx.example.org A secure 9.9.9.9; mx.example.org AAAA secure -; _25._tcp.mx.example.org TLSA bogus")]
    [InlineData("example.org MX insecure 10 mx.example.org; mx.example.org A insecure 9.9.9.9; mx.example.org AAAA insecure -; _mta-sts.example.org TXT insecure v=STSv1| id=one|; mta-sts.example.org A insecure 5.5.5.5; mta-sts.example.org AAAA insecure -")]
    public void A_report_goes_where_policies_let_nothing_go(string zone)
    {
        var world = new FalseWorld(zone) { Policy = FalseWorld.Enforce("other.example.org") };
        RouteAnswer answer = Ask(world, isReport: true);
        HopCase hop = Assert.Single(answer.Hosts);
        Assert.Equal((null, null, TlsProof.IfOffered, null, "9.9.9.9"), (answer.Refusal, hop.Refusal, hop.Demand.Proof, hop.Watch, hop.Addresses.Single().ToString()));
        Assert.False(world.Desk.Tell(new HopResult(answer.Ticket, 0, hop.Addresses[0], TlsFailure.NoStartTls, null, false), Asker));
        Assert.Empty(world.Store.Sessions);

        // From the same finding, other mail is held to what it was.
        RouteAnswer other = Ask(world, isReport: false);
        Assert.NotEqual((null, TlsProof.IfOffered), (other.Hosts[0].Refusal, other.Hosts[0].Demand.Proof));
    }

    [Fact]
    public void The_default_and_a_loss_do_not_hold_it_up()
    {
        var world = new FalseWorld("example.org MX insecure 10 mx.example.org; mx.example.org A insecure 9.9.9.9; mx.example.org AAAA insecure -", new DeskSettings { Default = Policy.Operator.Requirement.Dane });
        Assert.NotNull(Ask(world, isReport: false).Refusal);
        Assert.Equal(TlsProof.IfOffered, Ask(world, isReport: true).Hosts.Single().Demand.Proof);
    }

    [Theory]
    [InlineData("example.org MX insecure 10 mx.example.org; mx.example.org A insecure 10.0.0.1; mx.example.org AAAA insecure ::1", 451, "4.4.4")]
    [InlineData("example.org MX secure 10 mx.example.org; mx.example.org A secure 127.0.0.1; mx.example.org AAAA secure -; _25._tcp.mx.example.org TLSA bogus", 451, "4.7.5")]
    [InlineData("example.org MX failed", 451, "4.4.3")]
    [InlineData("example.org MX insecure 0 .", 556, "5.1.10")]
    [InlineData("example.org MX insecure NXDOMAIN", 550, "5.1.2")]
    public void Where_no_mail_may_go_no_report_goes(string zone, int code, string enhanced)
    {
        RouteAnswer answer = Ask(new FalseWorld(zone), isReport: true);
        Assert.Equal((code, enhanced), (answer.Refusal!.Code, answer.Refusal.Enhanced));
        Assert.All(answer.Hosts, hop => Assert.Empty(hop.Addresses));
    }

    private static RouteAnswer Ask(FalseWorld world, bool isReport)
    {
        var question = new RouteQuestion("example.org", false) { IsReport = isReport };
        return world.Desk.Recall(question, Asker, out DnsName? name) ?? world.Desk.Answer(world.Desk.Survey(name!), question, Asker);
    }
}
