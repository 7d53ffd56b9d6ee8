using Postern.Policy.Decision;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Rules;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Tests;

/// <summary>Whose word counts: the operator's, then DANE's, then that of MTA-STS, then the default.</summary>
public sealed class DecisionTests
{
    private const string NoDane = "example.org MX secure 10 mx.example.org; mx.example.org A secure 192.0.2.1; ";
    private const string Dane = NoDane + "_25._tcp.mx.example.org TLSA secure 3 1 1 @key";
    private const string Unusable = NoDane + "_25._tcp.mx.example.org TLSA secure 1 1 1 @key";
    private const string Plain = "example.org MX insecure 10 mx.example.org; mx.example.org A insecure 192.0.2.1";
    private const string Elsewhere = "example.org MX insecure 10 mx.example.net; mx.example.net A insecure 192.0.2.1";
    private const string ElsewhereDane = "example.org MX insecure 10 mx.example.net; mx.example.net A secure 192.0.2.1; _25._tcp.mx.example.net TLSA secure 3 1 1 @key";

    [Theory]
    [InlineData("enforce, host in the policy: a trusted certificate for the host", Plain, "enforce:mx.example.org", "mx.example.org webpki mx.example.org")]
    [InlineData("enforce, by wildcard", Plain, "enforce:*.example.org", "mx.example.org webpki mx.example.org")]
    [InlineData("enforce, host not in the policy: skip it", Elsewhere, "enforce:*.example.org", "mx.example.net skipped 451 4.7.5 validation-failure")]
    [InlineData("testing, host in the policy: deliver, verify, report", Plain, "testing:mx.example.org", "mx.example.org may watching mx.example.org, MX not authenticated")]
    [InlineData("testing, host not in the policy: deliver and report", Elsewhere, "testing:*.example.org", "mx.example.net may reporting validation-failure, MX not authenticated")]
    [InlineData("none: as if there were no policy", Plain, "none:mx.example.org", "mx.example.org may, MX not authenticated")]
    [InlineData("no policy", Plain, null, "mx.example.org may, MX not authenticated")]
    [InlineData("TLSA is denied: MTA-STS applies", NoDane, "enforce:mx.example.org", "mx.example.org webpki mx.example.org")]
    [InlineData("DANE goes first", Dane, "enforce:mx.example.org", "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    [InlineData("DANE goes first, and MTA-STS cannot relax it", Dane, "testing:other.example", "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    [InlineData("TLSA fails: MTA-STS is no way round it", NoDane + "_25._tcp.mx.example.org TLSA bogus", "enforce:mx.example.org", "mx.example.org skipped 451 4.7.5 dnssec-invalid")]
    [InlineData("TLSA of no use, MTA-STS enforced: its certificate is asked for", Unusable, "enforce:mx.example.org", "mx.example.org webpki mx.example.org")]
    [InlineData("TLSA of no use, MTA-STS testing: TLS with anybody, at least", Unusable, "testing:mx.example.org", "mx.example.org tls watching mx.example.org reporting tlsa-invalid")]
    [InlineData("insecure MX to a host with DANE, no MTA-STS: DANE, and say so", ElsewhereDane, null, "mx.example.net dane 3 1 1 for mx.example.net,example.org, MX not authenticated")]
    [InlineData("insecure MX to a stranger with DANE: an enforced policy is not got round", ElsewhereDane, "enforce:*.example.org", "mx.example.net skipped 451 4.7.5 validation-failure")]
    [InlineData("insecure MX to the right host with DANE: MTA-STS says which host, DANE what it must show", ElsewhereDane, "enforce:mx.example.net", "mx.example.net dane 3 1 1 for mx.example.net,example.org")]
    public void Mta_sts_and_dane(string what, string zone, string? policy, string expected)
    {
        Assert.NotEmpty(what);
        Assert.Equal(expected, new World(zone) { Sts = policy is null ? null : World.Policy(policy) }.Summary());
    }

    [Theory]
    [InlineData("none: in the clear if need be, whatever DANE says", Requirement.None, Dane, null, "mx.example.org may")]
    [InlineData("tls: with anybody", Requirement.Tls, Dane, null, "mx.example.org tls")]
    [InlineData("webpki, secure MX: for the host", Requirement.WebPki, Dane, null, "mx.example.org webpki mx.example.org")]
    [InlineData("webpki, insecure MX to a host of the domain: for either", Requirement.WebPki, Plain, null, "mx.example.org webpki example.org,mx.example.org, MX not authenticated")]
    [InlineData("webpki, insecure MX to somebody else: for the domain only", Requirement.WebPki, Elsewhere, null, "mx.example.net webpki example.org, MX not authenticated")]
    [InlineData("dane, and there is", Requirement.Dane, Dane, null, "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    [InlineData("dane, no TLSA", Requirement.Dane, NoDane, "enforce:mx.example.org", "mx.example.org skipped 451 4.7.5 dane-required")]
    [InlineData("dane, TLSA of no use", Requirement.Dane, Unusable, null, "mx.example.org skipped 451 4.7.5 dane-required")]
    [InlineData("dane, insecure MX: anybody may have named the host", Requirement.Dane, ElsewhereDane, null, "mx.example.net skipped 451 4.7.5 dane-required")]
    [InlineData("sts, and there is", Requirement.Sts, Plain, "enforce:mx.example.org", "mx.example.org webpki mx.example.org")]
    [InlineData("sts, and a policy in testing: the operator enforces it", Requirement.Sts, Plain, "testing:mx.example.org", "mx.example.org webpki mx.example.org")]
    [InlineData("sts, and a policy in testing that names others", Requirement.Sts, Elsewhere, "testing:mx.example.org", "mx.example.net skipped 451 4.7.5 validation-failure")]
    [InlineData("sts, and DANE, which is more", Requirement.Sts, Dane, null, "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    [InlineData("sts, and none", Requirement.Sts, Plain, null, "mx.example.org skipped 451 4.7.5 validation-failure")]
    [InlineData("sts, and DANE behind an insecure MX only", Requirement.Sts, ElsewhereDane, null, "mx.example.net skipped 451 4.7.5 validation-failure")]
    public void The_operator_goes_first(string what, Requirement require, string zone, string? policy, string expected)
    {
        Assert.NotEmpty(what);
        var world = new World(zone) { Sts = policy is null ? null : World.Policy(policy), Table = World.Rules(World.Rule("example.org", require)) };
        Assert.Equal(expected, world.Summary());
    }

    [Theory]
    [InlineData(Requirement.None, Plain, null, "mx.example.org may, MX not authenticated")]
    [InlineData(Requirement.Tls, Plain, null, "mx.example.org tls, MX not authenticated")]
    [InlineData(Requirement.WebPki, NoDane, null, "mx.example.org webpki mx.example.org")]
    [InlineData(Requirement.WebPki, Elsewhere, null, "mx.example.net webpki example.org, MX not authenticated")]
    [InlineData(Requirement.WebPki, Unusable, null, "mx.example.org webpki mx.example.org reporting tlsa-invalid")]
    [InlineData(Requirement.Dane, Plain, null, "mx.example.org skipped 451 4.7.5 dane-required")]
    [InlineData(Requirement.Dane, Plain, "enforce:mx.example.org", "mx.example.org webpki mx.example.org")]
    [InlineData(Requirement.Sts, Plain, null, "mx.example.org skipped 451 4.7.5 validation-failure")]
    [InlineData(Requirement.Tls, Plain, "testing:mx.example.org", "mx.example.org tls watching mx.example.org, MX not authenticated")]
    [InlineData(Requirement.Tls, Unusable, null, "mx.example.org tls reporting tlsa-invalid")]
    [InlineData(Requirement.WebPki, Dane, null, "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    public void The_default_goes_last(Requirement requirement, string zone, string? policy, string expected) =>
        Assert.Equal(expected, new World(zone) { Default = requirement, Sts = policy is null ? null : World.Policy(policy) }.Summary());

    [Fact]
    public void A_default_belongs_to_nobody_and_cannot_be_a_pin() =>
        Assert.Throws<ArgumentException>(() => new World(Plain) { Default = Requirement.Pin }.Summary());

    [Fact]
    public void A_pin_is_all_that_counts()
    {
        Pin pin = Pin.Read("sha256:" + new string('a', 64))!;
        var world = new World(Plain) { Table = World.Rules(World.Rule("example.org", Requirement.Pin) with { Pins = [pin] }) };
        HostVerdict verdict = world.Verdict();
        Assert.Equal(TlsProof.Pins, verdict.Demand.Proof);
        Assert.Equal([pin], verdict.Demand.Pins);
        Assert.Equal("451 4.7.5 mx.example.org for example.org: its key is not a pinned one; the operator demands the pinned key", verdict.RefusalFor(TlsFailure.WrongKey).ToString());
    }

    [Theory]
    [InlineData(Requirement.None)]
    [InlineData(Requirement.Tls)]
    [InlineData(Requirement.WebPki)]
    public void What_could_not_change_the_operators_word_is_not_looked_up(Requirement require)
    {
        var world = new World(Dane) { Table = World.Rules(World.Rule("example.org", require)) };
        _ = world.Verdict();
        Assert.Equal(["MX of example.org", "A and AAAA of mx.example.org"], world.Asked);
    }

    [Fact]
    public void Hosts_that_the_operator_names_authenticate_an_insecure_MX()
    {
        OperatorRule rule = World.Rule("example.org", Requirement.WebPki) with { Hosts = [MxPattern.Read("*.example.net")!] };
        Assert.Equal("mx.example.net webpki mx.example.net", new World(Elsewhere) { Table = World.Rules(rule) }.Summary());
        Assert.Equal("mx.example.org skipped 451 4.7.5 validation-failure", new World(Plain) { Table = World.Rules(rule) }.Summary());
        Assert.Equal("mx.example.net dane 3 1 1 for mx.example.net,example.org", new World(ElsewhereDane) { Table = World.Rules(rule with { Require = Requirement.Dane }) }.Summary());
        Assert.Equal("mx.example.net skipped 451 4.7.5 validation-failure",
            new World(ElsewhereDane) { Table = World.Rules(World.Rule("example.org", Requirement.Dane) with { Hosts = [MxPattern.Read("*.example.org")!] }) }.Summary());
    }

    [Fact]
    public void An_expired_rule_does_not_hold_and_is_told()
    {
        OperatorRule rule = World.Rule("example.org", Requirement.None) with { Expires = World.Noon };
        HostVerdict verdict = new World(Dane) { Table = World.Rules(rule) }.Verdict();
        Assert.Equal(TlsProof.Dane, verdict.Demand.Proof);
        Assert.Contains(verdict.Rules, fired => fired.Rule == RuleList.OperatorRuleExpired);
    }

    [Theory]
    [InlineData(Plain, null, "mx.example.org may watching mx.example.org, MX not authenticated")]
    [InlineData(Elsewhere, null, "mx.example.net may reporting validation-failure, MX not authenticated")]
    [InlineData(Dane, null, "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    [InlineData(Plain, "enforce:mx.example.org", "mx.example.org webpki mx.example.org")]
    public void A_rule_that_only_watches_leaves_the_decision_to_others(string zone, string? policy, string expected)
    {
        OperatorRule rule = World.Rule("example.org", Requirement.WebPki) with { Testing = true, Hosts = [MxPattern.Read("*.example.org")!] };
        Assert.Equal(expected, new World(zone) { Table = World.Rules(rule), Sts = policy is null ? null : World.Policy(policy) }.Summary());
    }

    [Fact]
    public void A_fetch_that_failed_is_reported_with_the_session()
    {
        var failure = new FetchFailure("1", World.Noon, ResultType.StsWebPkiInvalid, "the certificate of the policy host is not to be trusted");
        HostVerdict without = new World(Plain) { StsFailure = failure }.Verdict();
        Assert.Equal((TlsProof.IfOffered, ResultType.StsWebPkiInvalid), (without.Demand.Proof, without.Failure!.Value));
        HostVerdict with = new World(Plain) { StsFailure = failure, Sts = World.Policy("enforce:mx.example.org") }.Verdict();
        Assert.Equal((TlsProof.WebPki, ResultType.StsWebPkiInvalid), (with.Demand.Proof, with.Failure!.Value));
    }

    /// <summary>RFC 8460 §4.4.</summary>
    [Theory]
    [InlineData(Dane, null, PolicyType.Tlsa, "mx.example.org")]
    [InlineData(Unusable, null, PolicyType.Tlsa, "mx.example.org")]
    [InlineData(NoDane + "_25._tcp.mx.example.org TLSA bogus", null, PolicyType.Tlsa, "mx.example.org")]
    [InlineData(Plain, "enforce:mx.example.org", PolicyType.Sts, "example.org")]
    [InlineData(Plain, "testing:mx.example.org", PolicyType.Sts, "example.org")]
    [InlineData(Plain, "none:mx.example.org", PolicyType.NoPolicyFound, "example.org")]
    [InlineData(Plain, null, PolicyType.NoPolicyFound, "example.org")]
    public void Under_which_policy_a_session_is_counted(string zone, string? policy, PolicyType type, string domain)
    {
        ReportedPolicy report = new World(zone) { Sts = policy is null ? null : World.Policy(policy) }.Verdict().Report;
        Assert.Equal((type, domain), (report.Type, report.Domain));
        Assert.Equal(type == PolicyType.Sts, !report.MxHosts.IsEmpty);
    }

    [Fact]
    public void When_no_host_is_left_the_best_ones_reason_is_said_and_is_permanent_for_all_only()
    {
        SmtpRefusal later = new(451, "4.7.5", "a");
        SmtpRefusal never = new(550, "5.7.30", "b");
        Assert.Equal("451 4.7.5 a (2 hosts were tried)", SmtpRefusal.NoHostLeft([never, later]).ToString());
        Assert.Equal("550 5.7.30 b (2 hosts were tried)", SmtpRefusal.NoHostLeft([never, never]).ToString());
        Assert.Equal(later, SmtpRefusal.NoHostLeft([later]));
    }

    /// <summary>RFC 5321 §4.5.3.1.5.</summary>
    [Fact]
    public void A_reply_fits_its_line_whatever_names_there_are()
    {
        string name = string.Join('.', Enumerable.Repeat(new string('a', 60), 4));
        HostVerdict verdict = new World($"example.org MX insecure 10 {name}; {name} A secure 192.0.2.1; _25._tcp.{name} TLSA secure 3 1 1 @key").Verdict();
        SmtpRefusal refusal = verdict.RefusalFor(TlsFailure.NoTlsaMatch);
        Assert.InRange(refusal.ToString().Length, SmtpRefusal.MaxText, 510);
        Assert.InRange(SmtpRefusal.NoHostLeft([refusal, refusal]).ToString().Length, SmtpRefusal.MaxText, 510);
    }

    [Fact]
    public void Nothing_but_the_two_words_of_a_domain_itself_is_permanent()
    {
        string[] zones =
        [
            "example.org MX failed", "example.org MX bogus", "example.org MX secure", Plain, Dane, Unusable, Elsewhere, NoDane + "_25._tcp.mx.example.org TLSA bogus",
            "example.org MX secure 10 mx.example.org; mx.example.org A secure -",
        ];
        foreach (string zone in zones)
        {
            foreach (Requirement requirement in Enum.GetValues<Requirement>().Where(one => one != Requirement.Pin))
            {
                var world = new World(zone) { Default = requirement, Sts = World.Policy("enforce:other.example") };
                MailRoute route = world.Route();
                Assert.False(route.Refusal?.IsPermanent ?? false);
                foreach (HostVerdict verdict in world.Verdicts(route))
                {
                    Assert.False(verdict.Refusal?.IsPermanent ?? false);
                    Assert.All(Enum.GetValues<TlsFailure>(), failure => Assert.False(verdict.RefusalFor(failure).IsPermanent));
                }
            }
        }
    }
}
