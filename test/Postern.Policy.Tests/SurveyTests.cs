using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Survey;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Tests;

/// <summary>Whole surveys from a zone: what is looked up, and no more; and what it comes to.</summary>
public sealed class SurveyTests
{
    private const string Dane = """
        example.org MX secure 10 mx.example.org
        mx.example.org A secure 192.0.2.1
        mx.example.org AAAA secure 2001:db8::1
        _25._tcp.mx.example.org TLSA secure 3 1 1 @key
        """;

    private const string Sts = """
        example.org MX insecure 10 mx.example.org
        mx.example.org A insecure 192.0.2.1
        mx.example.org AAAA insecure -
        _mta-sts.example.org TXT insecure v=STSv1| id=one|
        mta-sts.example.org A insecure 5.5.5.5
        mta-sts.example.org AAAA insecure -
        """;

    private static readonly StsFetchResult s_enforce = new(World.Policy("enforce:mx.example.org"), null, "");
    private static readonly StsFetchResult s_failed = StsFetch.Judge(StsFetchEnd.Untrusted);

    /// <summary>One survey, as its caller makes it.</summary>
    private sealed class Run(string zone)
    {
        private readonly Zone _zone = new(zone);

        public StsFetchResult? Policy { get; init; }

        /// <summary>Lines of questions: what one step asks for stands in one line.</summary>
        public List<string> Steps { get; } = [];

        public SurveyFinding Go(Func<SurveyCase, SurveyCase>? with = null)
        {
            SurveyCase known = new() { Domain = Zone.Name("example.org"), Now = World.Noon };
            known = with?.Invoke(known) ?? known;
            for (int i = 0; i < MailSurvey.MaxSteps; i++)
            {
                SurveyStep step = MailSurvey.Decide(known);
                if (step.Finding is { } finding)
                {
                    Assert.Equal(known.Replies, finding.Replies);
                    return finding;
                }

                Assert.DoesNotContain(step.Ask, question => known.Replies.Any(reply => reply.Question == question));
                string fetch = step.Fetch is { } request ? $"policy of {request.Domain} from {string.Join(' ', request.Addresses)}" : "";
                Steps.Add(string.Join(", ", step.Ask.Select(question => question.ToString()).Append(fetch).Where(text => text.Length > 0)));
                known = known with { Replies = [.. known.Replies, .. step.Ask.Select(_zone.Reply)], Policy = step.Fetch is null ? known.Policy : Policy };
            }

            throw new InvalidOperationException("the survey asks on without end");
        }
    }

    private static string Summary(SurveyFinding finding) =>
        finding.Refusal is { } refusal && finding.Hosts.IsEmpty ? $"{refusal.Code} {refusal.Enhanced}" : string.Join(" | ", finding.Hosts.Select(World.Describe));

    [Fact]
    public void DANE_takes_three_steps_and_four_lookups()
    {
        var run = new Run(Dane);
        SurveyFinding finding = run.Go();
        Assert.Equal(["MX of example.org", "AAAA of mx.example.org, A of mx.example.org", "TLSA of _25._tcp.mx.example.org"], run.Steps);
        Assert.Equal("mx.example.org dane 3 1 1 for mx.example.org,example.org", Summary(finding));
        Assert.Null(finding.Sts);
        Assert.Null(finding.Refusal);
    }

    [Fact]
    public void MTA_STS_is_looked_up_and_fetched_once_for_all_hosts()
    {
        var run = new Run(Sts + "\nexample.org MX insecure 20 other.example.org\nother.example.org A insecure 192.0.2.2\nother.example.org AAAA insecure -") { Policy = s_enforce };
        SurveyFinding finding = run.Go();
        Assert.Equal(
        [
            "MX of example.org",
            "AAAA of mx.example.org, A of mx.example.org, AAAA of other.example.org, A of other.example.org",
            "TXT of _mta-sts.example.org",
            "AAAA of mta-sts.example.org, A of mta-sts.example.org",
            "policy of example.org from 5.5.5.5",
        ], run.Steps);
        Assert.Equal("mx.example.org webpki mx.example.org | other.example.org skipped 451 4.7.5 validation-failure", Summary(finding));
        Assert.Null(finding.Refusal);
        Assert.Equal(("one", (DateTimeOffset?)World.Noon), (finding.Memory!.Held!.Id, finding.Memory.FirstSeen));
    }

    [Fact]
    public void A_policy_that_is_held_spares_the_fetch()
    {
        StsMemory held = new(Zone.Name("example.org")) { Held = new HeldPolicy("one", s_enforce.Policy!, World.Noon.AddHours(-2)) };
        var run = new Run(Sts);
        SurveyFinding finding = run.Go(known => known with { Sts = held });
        Assert.Equal(["MX of example.org", "AAAA of mx.example.org, A of mx.example.org", "TXT of _mta-sts.example.org"], run.Steps);
        Assert.Equal("mx.example.org webpki mx.example.org", Summary(finding));
        Assert.Equal((false, (DateTimeOffset?)World.Noon), (finding.WantsRefresh, finding.Memory!.CheckedAt));

        // Checked a moment ago: not even the record is looked at.
        run = new Run(Sts);
        _ = run.Go(known => known with { Sts = held with { CheckedAt = World.Noon.AddMinutes(-1) } });
        Assert.Equal(["MX of example.org", "AAAA of mx.example.org, A of mx.example.org"], run.Steps);
    }

    [Fact]
    public void A_policy_of_yesterday_holds_and_is_refreshed_by_whoever_has_time()
    {
        StsMemory held = new(Zone.Name("example.org")) { Held = new HeldPolicy("one", s_enforce.Policy!, World.Noon.AddHours(-30)) };
        var run = new Run(Sts);
        Assert.True(run.Go(known => known with { Sts = held }).WantsRefresh);
        Assert.DoesNotContain(run.Steps, step => step.Contains("policy", StringComparison.Ordinal));

        run = new Run(Sts) { Policy = new(World.Policy("testing:mx.example.org"), null, "") };
        SurveyFinding fresh = run.Go(known => known with { Sts = held, RefreshesNow = true });
        Assert.Equal((StsMode.Testing, World.Noon), (fresh.Sts!.Mode, fresh.Memory!.Held!.FetchedAt));

        run = new Run(Sts) { Policy = s_failed };
        SurveyFinding kept = run.Go(known => known with { Sts = held, RefreshesNow = true });
        Assert.Equal((StsMode.Enforce, (ResultType?)ResultType.StsWebPkiInvalid), (kept.Sts!.Mode, kept.Sts.Failure?.Type));
    }

    /// <summary>The host is one that a stranger names: whoever lets his record lead into this network is not followed.</summary>
    [Theory]
    [InlineData("mta-sts.example.org A insecure 10.0.0.1;mta-sts.example.org AAAA insecure ::1", false, null)]
    [InlineData("mta-sts.example.org A insecure 10.0.0.1;mta-sts.example.org AAAA insecure ::1", true, "::1 10.0.0.1")]
    [InlineData("mta-sts.example.org A insecure 10.0.0.1;mta-sts.example.org AAAA insecure 2a00::5", false, "2a00::5")]
    [InlineData("mta-sts.example.org A bogus;mta-sts.example.org AAAA failed", false, null)]
    public void A_policy_host_is_fetched_from_at_allowed_addresses_only(string host, bool allowed, string? addresses)
    {
        string zone = string.Join('\n', Sts.Split('\n').Where(line => !line.StartsWith("mta-sts.", StringComparison.Ordinal)));
        var run = new Run(zone + "\n" + host) { Policy = s_enforce };
        SurveyFinding finding = run.Go(known => known with { AllowsPrivateHosts = allowed });
        Assert.Equal(addresses is null ? null : "policy of example.org from " + addresses, run.Steps.Find(step => step.Contains("policy", StringComparison.Ordinal)));
        Assert.Equal(addresses is null ? (ResultType?)ResultType.StsPolicyFetchError : null, finding.Sts!.Failure?.Type);
    }

    [Theory]
    [InlineData("example.org MX failed", "451 4.4.3")]
    [InlineData("example.org MX bogus", "451 4.4.3")]
    [InlineData("example.org MX secure NXDOMAIN", "550 5.1.2")]
    [InlineData("example.org MX secure 0 .", "556 5.1.10")]
    public void Without_a_route_nothing_else_is_asked(string zone, string refusal)
    {
        var run = new Run(zone);
        Assert.Equal(refusal, Summary(run.Go()));
        Assert.Equal(["MX of example.org"], run.Steps);
    }

    [Fact]
    public void A_record_of_MTA_STS_that_cannot_be_looked_up_is_no_denial()
    {
        StsMemory held = new(Zone.Name("example.org")) { Held = new HeldPolicy("one", s_enforce.Policy!, World.Noon.AddHours(-2)) };
        string zone = Sts.Replace("_mta-sts.example.org TXT insecure v=STSv1| id=one|", "_mta-sts.example.org TXT failed", StringComparison.Ordinal);
        Assert.Equal(StsMode.Enforce, new Run(zone).Go(known => known with { Sts = held }).Sts!.Mode);
        Assert.Equal(StsMode.None, new Run(zone).Go().Sts!.Mode);
    }

    [Fact]
    public void All_hosts_passed_over_is_a_refusal_and_some_is_none()
    {
        const string TwoHosts = """
            example.org MX secure 10 a.example.org
            example.org MX secure 20 b.example.org
            a.example.org A failed
            a.example.org AAAA failed
            """;
        SurveyFinding finding = new Run(TwoHosts + "\nb.example.org A bogus\nb.example.org AAAA bogus").Go();
        Assert.Equal(("451 4.4.3", 2), ($"{finding.Refusal!.Code} {finding.Refusal.Enhanced}", finding.Hosts.Length));
        Assert.Null(new Run(TwoHosts + "\nb.example.org A secure 192.0.2.2").Go().Refusal);

        // Of the second nobody knows anything yet.
        finding = new Run(TwoHosts).Go(known => known with { MostHosts = 1 });
        Assert.Equal(((SmtpRefusal?)null, 1), (finding.Refusal, finding.Hosts.Length));
    }

    [Fact]
    public void Hosts_of_one_preference_are_mixed_the_same_way_for_the_same_number()
    {
        string zone = string.Join('\n', Enumerable.Range(0, 8).Select(i => $"example.org MX secure {(i == 7 ? 1 : 10)} h{i}.example.org"));
        string Order(ulong mix) => string.Join(' ', new Run(zone).Go(known => known with { Mix = mix }).Route.Hosts.Select(host => host.Host!.Text[1]));
        Assert.Equal("7 0 1 2 3 4 5 6", Order(0));
        Assert.Equal(Order(1), Order(1));
        Assert.All(Enumerable.Range(1, 20), mix => Assert.StartsWith("7 ", Order((ulong)mix), StringComparison.Ordinal));
        Assert.True(Enumerable.Range(1, 20).Select(mix => Order((ulong)mix)).Distinct().Count() > 10);
        Assert.True(Enumerable.Range(1, 20).Select(mix => Order((ulong)mix)[2]).Distinct().Count() > 3);
    }

    [Fact]
    public void A_next_hop_of_the_operators_is_asked_for_itself_and_its_own_policy()
    {
        var run = new Run("relay.example.net A insecure 192.0.2.1\nrelay.example.net AAAA insecure -");
        SurveyFinding finding = run.Go(known => known with { NextHop = Zone.Name("relay.example.net") });
        Assert.Equal(["AAAA of relay.example.net, A of relay.example.net", "TXT of _mta-sts.relay.example.net"], run.Steps);
        Assert.Equal("relay.example.net may", Summary(finding));
    }

    /// <summary>RFC 7672 §2.2.2: his word counts as a secure MX, so that DANE of that host is all that is needed.</summary>
    [Fact]
    public void A_next_hop_of_the_operators_table_counts_as_secure()
    {
        OperatorRule rule = World.Rule("example.org", Requirement.Dane) with { NextHop = Zone.Name("relay.example.net") };
        var run = new Run("relay.example.net A secure 192.0.2.1\nrelay.example.net AAAA secure -\n_25._tcp.relay.example.net TLSA secure 3 1 1 @key");
        SurveyFinding finding = run.Go(known => known with { Table = World.Rules(rule) });
        Assert.DoesNotContain(run.Steps, step => step.Contains("MX", StringComparison.Ordinal));
        Assert.Equal((TlsProof.Dane, true), (finding.Hosts.Single().Demand.Proof, finding.Hosts[0].MxAuthenticated));
        Assert.Equal("relay.example.net dane 3 1 1 for relay.example.net", Summary(finding));
    }

    [Fact]
    public void A_machine_without_IPv6_asks_for_none()
    {
        var run = new Run(Dane);
        HostVerdict verdict = run.Go(known => known with { HasV6 = false }).Hosts[0];
        Assert.Equal([IPAddress.Parse("192.0.2.1")], verdict.Addresses.Addresses.ToArray());
        Assert.Equal("A of mx.example.org", run.Steps[1]);
    }

    [Fact]
    public void Rules_are_told_once()
    {
        SurveyFinding finding = new Run(Sts + "\nexample.org MX insecure 20 other.example.org\nother.example.org A insecure 192.0.2.2") { Policy = s_enforce }.Go();
        Assert.Single(finding.Rules, rule => rule.Rule.Name == "mx-insecure");
        Assert.Contains(finding.Rules, rule => rule.Rule.Name == "sts-mx-mismatch");
    }

    /// <summary>The operator's word is enough: neither DANE nor MTA-STS is asked.</summary>
    [Fact]
    public void The_operators_table_spares_lookups()
    {
        var run = new Run(Dane);
        OperatorTable table = World.Rules(World.Rule("example.org", Requirement.Tls));
        Assert.Equal("mx.example.org tls", Summary(run.Go(known => known with { Table = table })));
        Assert.Equal(2, run.Steps.Count);
    }
}
