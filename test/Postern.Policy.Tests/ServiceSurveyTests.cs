using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Operator;
using Postern.Policy.Rules;
using Postern.Policy.Service;

namespace Postern.Policy.Tests;

/// <summary>
/// The XMPP servers of a domain: which they are (RFC 6120 §3.2, XEP-0368), and what each must show (RFC 7673, RFC 7590). A row is what the
/// DNS says, and what is tried in which order; no row ends in XMPP in the clear.
/// </summary>
public sealed class ServiceSurveyTests
{
    private const string Direct = "_xmpps-server._tcp.example.org SRV ";
    private const string StartTls = "_xmpp-server._tcp.example.org SRV ";
    private const string Address = "x.example.net A secure 9.9.9.9; x.example.net AAAA secure -; ";
    private const string Tlsa = "_5269._tcp.x.example.net TLSA ";
    private const string Secure = StartTls + "secure 5269 x.example.net; " + Address;
    private const string Insecure = StartTls + "insecure 5269 x.example.net; ";
    private const string Own = "example.org A secure 9.9.9.9; example.org AAAA secure -; ";

    [Theory]
    [InlineData("one name", Secure, "starttls x.example.net:5269 tls")]
    [InlineData("the other name", Direct + "secure 5270 x.example.net; " + Address, "direct x.example.net:5270 tls")]
    [InlineData("both are one list", Direct + "secure 20 0 5270 x.example.net; " + StartTls + "secure 10 0 5269 x.example.net; " + StartTls + "secure 30 0 5271 x.example.net; " + Address,
        "starttls x.example.net:5269 tls | direct x.example.net:5270 tls | starttls x.example.net:5271 tls")]
    [InlineData("one port for both ways is two servers", Direct + "secure 1 0 5269 x.example.net; " + StartTls + "secure 2 0 5269 x.example.net; " + Address,
        "direct x.example.net:5269 tls | starttls x.example.net:5269 tls")]
    [InlineData("twice the same is one", StartTls + "secure 1 0 5269 x.example.net; " + StartTls + "secure 2 0 5269 x.example.net; " + Address, "starttls x.example.net:5269 tls")]
    [InlineData("and stands where it is wanted most", StartTls + "secure 20 0 5269 x.example.net; " + StartTls + "secure 15 0 5269 y.example.net; " + StartTls + "secure 10 0 5269 x.example.net; " + Address + "y.example.net A secure 9.9.9.8; y.example.net AAAA secure -", "starttls x.example.net:5269 tls | starttls y.example.net:5269 tls")]
    [InlineData("XEP-0368 §5: no direct TLS", Direct + "secure 0 .; " + Secure, "starttls x.example.net:5269 tls")]
    [InlineData("direct TLS and no STARTTLS", Direct + "secure 5270 x.example.net; " + StartTls + "secure 0 .; " + Address, "direct x.example.net:5270 tls")]
    [InlineData("a dot beside a server is none", StartTls + "secure 1 0 0 .; " + StartTls + "secure 2 0 5269 x.example.net; " + Address, "starttls x.example.net:5269 tls")]
    [InlineData("the service is decidedly not there", Direct + "secure 0 .; " + StartTls + "secure 0 .; " + Own, "HostUnknown example.org says that it has no XMPP server (its SRV record says so)")]
    [InlineData("XEP-0368 §5: a dot alone, and the address is not asked either", Direct + "secure 0 .; " + Own, "HostUnknown example.org says that it has no XMPP server (its SRV record says so)")]
    [InlineData("the same of the other", StartTls + "secure 0 .; " + Own, "HostUnknown example.org says that it has no XMPP server (its SRV record says so)")]
    [InlineData("forged", StartTls + "bogus; " + Direct + "secure 5270 x.example.net; " + Address, "ConnectionFailed the XMPP servers of example.org cannot be looked up (bogus)")]
    [InlineData("nobody answers", Direct + "failed; " + Secure, "ConnectionFailed the XMPP servers of example.org cannot be looked up (failed)")]
    [InlineData("a failure is no denial", StartTls + "indeterminate; " + Own, "ConnectionFailed the XMPP servers of example.org cannot be looked up (indeterminate)")]
    [InlineData("records that nobody can read are records", StartTls + "secure 0 x.example.net; " + Own, "ConnectionFailed no SRV record of example.org names a host and a port that an XMPP server can have")]
    [InlineData("ports of mail servers", StartTls + "secure 25 x.example.net; " + Direct + "secure 465 x.example.net; " + Address, "ConnectionFailed no SRV record of example.org names a host and a port that an XMPP server can have")]
    [InlineData("a port of a mail server beside a good one", StartTls + "secure 1 0 587 x.example.net; " + StartTls + "secure 2 0 5269 x.example.net; " + Address, "starttls x.example.net:5269 tls")]
    [InlineData("no record: the domain itself", Own, "starttls example.org:5269 tls")]
    [InlineData("no record, and the zone is not signed", "example.org A insecure 9.9.9.9; example.org AAAA insecure -", "starttls example.org:5269 tls")]
    [InlineData("no record and no address", "example.org A secure -; example.org AAAA secure -", "starttls example.org:5269 HostUnknown example.org has neither an SRV record of an XMPP server nor an address")]
    [InlineData("no such domain", StartTls + "secure NXDOMAIN; " + Direct + "secure NXDOMAIN; example.org A secure NXDOMAIN; example.org AAAA secure NXDOMAIN", "starttls example.org:5269 HostUnknown example.org does not exist")]
    [InlineData("no record, and nobody knows the address", "example.org A failed; example.org AAAA failed", "starttls example.org:5269 ConnectionFailed example.org:5269: its addresses cannot be looked up (failed)")]
    public void Which(string what, string zone, string expected) => Check(what, zone, expected, Case());

    [Theory]
    [InlineData("DANE", Secure + Tlsa + "secure 3 1 1 @key", "starttls x.example.net:5269 dane 1 for x.example.net,example.org by Dane")]
    [InlineData("DANE with direct TLS", Direct + "secure 5269 x.example.net; " + Address + Tlsa + "secure 3 1 1 @key", "direct x.example.net:5269 dane 1 for x.example.net,example.org by Dane")]
    [InlineData("all four usages count", Secure + Tlsa + "secure 1 1 1 @key", "starttls x.example.net:5269 dane 1 for x.example.net,example.org by Dane")]
    [InlineData("an alias: the expanded name first", StartTls + "secure 5269 x.example.net; x.example.net CNAME secure h.example.com; h.example.com A secure 9.9.9.9; _5269._tcp.h.example.com TLSA secure 2 0 1 @ca", "starttls x.example.net:5269 dane 1 for h.example.com,x.example.net,example.org by Dane")]
    [InlineData("an insecure SRV: anybody may have named the host", Insecure + Address + Tlsa + "secure 3 1 1 @key", "starttls x.example.net:5269 tls")]
    [InlineData("no record: TLSA of the domain itself, whom nobody else has named", Own + "_5269._tcp.example.org TLSA secure 3 1 1 @key", "starttls example.org:5269 dane 1 for example.org by Dane")]
    [InlineData("TLSA forged: not tried", Secure + Tlsa + "bogus", "starttls x.example.net:5269 ConnectionFailed x.example.net:5269 for example.org: whether it has TLSA records cannot be found out")]
    [InlineData("TLSA fails: not tried", Secure + Tlsa + "failed", "starttls x.example.net:5269 ConnectionFailed x.example.net:5269 for example.org: whether it has TLSA records cannot be found out")]
    [InlineData("TLSA of one fails: the next is tried", StartTls + "secure 1 0 5269 x.example.net; " + StartTls + "secure 2 0 5269 y.example.net; " + Address + "y.example.net A secure 9.9.9.8; " + Tlsa + "bogus",
        "starttls x.example.net:5269 ConnectionFailed x.example.net:5269 for example.org: whether it has TLSA records cannot be found out | starttls y.example.net:5269 tls")]
    [InlineData("TLSA of no use: the default", Secure + Tlsa + "secure 3 9 1 @key", "starttls x.example.net:5269 tls")]
    [InlineData("addresses forged", StartTls + "secure 5269 x.example.net; x.example.net A bogus; x.example.net AAAA bogus", "starttls x.example.net:5269 ConnectionFailed x.example.net:5269 for example.org: its addresses cannot be looked up (bogus)")]
    [InlineData("addresses fail behind an insecure SRV", Insecure + "x.example.net A failed; x.example.net AAAA failed", "starttls x.example.net:5269 ConnectionFailed x.example.net:5269 for example.org: its addresses cannot be looked up (failed)")]
    [InlineData("no address", StartTls + "secure 5269 x.example.net; x.example.net A secure -; x.example.net AAAA secure -", "starttls x.example.net:5269 ConnectionFailed x.example.net:5269 for example.org: it has no address")]
    [InlineData("an insecure address: TLSA is not asked for", StartTls + "secure 5269 x.example.net; x.example.net A insecure 9.9.9.9; x.example.net AAAA insecure -; " + Tlsa + "failed", "starttls x.example.net:5269 tls")]
    public void What_each_must_show(string what, string zone, string expected) => Check(what, zone, expected, Case());

    [Theory]
    [InlineData("none", Secure + Tlsa + "secure 3 1 1 @key", "tls by Operator")]
    [InlineData("tls", Secure + Tlsa + "bogus", "tls by Operator")]
    [InlineData("webpki", Secure + Tlsa + "secure 3 1 1 @key", "webpki example.org,x.example.net by Operator")]
    [InlineData("webpki", Insecure + Address, "webpki example.org by Operator")]
    [InlineData("webpki", Own, "webpki example.org by Operator")]
    [InlineData("pin", Insecure + Address, "pin by Operator")]
    [InlineData("dane", Secure + Tlsa + "secure 3 1 1 @key", "dane 1 for x.example.net,example.org by Operator")]
    [InlineData("dane", Secure, "PolicyViolation x.example.net:5269 for example.org: there is no secure TLSA record, and dane is required")]
    [InlineData("dane", Insecure + Address + Tlsa + "secure 3 1 1 @key", "PolicyViolation x.example.net:5269 for example.org: the SRV record that names it is not secure, and dane is required")]
    [InlineData("dane", Secure + Tlsa + "secure 3 9 1 @key", "PolicyViolation x.example.net:5269 for example.org: no TLSA record is usable, and dane is required")]
    [InlineData("dane", Secure + Tlsa + "failed", "ConnectionFailed x.example.net:5269 for example.org: whether it has TLSA records cannot be found out")]
    [InlineData("sts", Secure, "tls")]
    [InlineData("sts", Secure + Tlsa + "secure 3 1 1 @key", "dane 1 for x.example.net,example.org by Dane")]
    public void By_the_operators_rule(string require, string zone, string expected)
    {
        Requirement requirement = RequirementWords.Read(require)!.Value;
        OperatorRule rule = World.Rule("example.org", requirement) with { Pins = requirement == Requirement.Pin ? [Pin.Read("sha256:" + new string('a', 64))!] : [] };
        string host = zone == Own ? "example.org" : "x.example.net";
        Check(require, zone, $"starttls {host}:5269 {expected}", Case() with { Table = World.Rules(rule) });
    }

    /// <summary>They name where mail goes.</summary>
    [Fact]
    public void Hosts_and_next_hops_of_rules_are_for_mail()
    {
        OperatorRule hosts = World.Rule("example.org", Requirement.WebPki) with { Hosts = [MtaSts.MxPattern.Read("mx.example.org")!] };
        OperatorRule hop = World.Rule("example.org", Requirement.Tls) with { NextHop = Zone.Name("mx.example.org") };
        Check("hosts", Secure, "starttls x.example.net:5269 webpki example.org,x.example.net by Operator", Case() with { Table = World.Rules(hosts) });
        Check("next hop", Secure, "starttls x.example.net:5269 tls by Operator", Case() with { Table = World.Rules(hop) });
    }

    [Fact]
    public void A_rule_that_has_expired_is_said_and_does_not_hold()
    {
        ServiceFinding finding = Check("expired", Secure, "starttls x.example.net:5269 tls", Case() with { Table = World.Rules(World.Rule("example.org", Requirement.Dane) with { Expires = World.Noon }) });
        Assert.Contains(finding.Rules, fired => fired.Rule == RuleList.OperatorRuleExpired);
    }

    [Theory]
    [InlineData(Requirement.None, "tls")]
    [InlineData(Requirement.Tls, "tls")]
    [InlineData(Requirement.WebPki, "webpki example.org,x.example.net by Default")]
    [InlineData(Requirement.Dane, "PolicyViolation x.example.net:5269 for example.org: there is no secure TLSA record, and dane is required")]
    [InlineData(Requirement.Sts, "PolicyViolation x.example.net:5269 for example.org: there is no secure TLSA record, and sts is required")]
    public void By_the_default(Requirement byDefault, string expected)
    {
        Check("without DANE", Secure, $"starttls x.example.net:5269 {expected}", Case() with { Default = byDefault });
        Check("with DANE", Secure + Tlsa + "secure 3 1 1 @key", "starttls x.example.net:5269 dane 1 for x.example.net,example.org by Dane", Case() with { Default = byDefault });
    }

    [Fact]
    public void A_pin_is_no_default() => Assert.Throws<ArgumentException>(() => ServiceSurvey.Decide(Case() with { Default = Requirement.Pin }));

    /// <summary>Taken out: PublicAddress in ServiceDecision.</summary>
    [Theory]
    [InlineData("x.example.net A secure 10.0.0.1; x.example.net AAAA secure fd00::1", "starttls x.example.net:5269 ConnectionFailed x.example.net:5269 for example.org: it has addresses of private networks only")]
    [InlineData("x.example.net A secure 10.0.0.1; x.example.net A secure 9.9.9.9", "starttls x.example.net:5269 tls")]
    public void Nobody_is_led_into_our_own_network(string addresses, string expected)
    {
        string zone = StartTls + "secure 5269 x.example.net; " + addresses;
        ServiceFinding finding = Check(addresses, zone, expected, Case() with { DialsPrivateHosts = false });
        Assert.All(finding.Targets[0].Addresses, address => Assert.True(PublicAddress.Is(address)));
        _ = Check("allowed", zone, "starttls x.example.net:5269 tls", Case());
    }

    [Fact]
    public void What_OpenSSL_would_not_take_is_left_out() => Check(
        "all of them", Secure + Tlsa + "secure 3 1 1 @key", "starttls x.example.net:5269 tls", Case() with { Refused = [Zone.Record("3 1 1 @key")] });

    [Fact]
    public void A_domain_may_not_have_more_looked_up_than_a_few()
    {
        string[] records = [.. Enumerable.Range(1, 200).Select(number => $"{StartTls}secure {number} 0 5269 h{number}.example.net; h{number}.example.net A secure 9.9.9.9")];
        ServiceFinding finding = Survey(new Zone(string.Join(';', records)), Case());
        Assert.Equal(Enumerable.Range(1, ServiceRoute.MaxTargets).Select(number => $"h{number}.example.net"), finding.Targets.Select(target => target.Host.Text));
        Assert.True(finding.Replies.Length <= 2 + (3 * ServiceRoute.MaxTargets));
    }

    /// <summary>Nothing below it can exist.</summary>
    [Fact]
    public void A_domain_that_is_too_long_for_SRV_is_its_own_server()
    {
        string name = string.Join('.', Enumerable.Repeat(new string('a', 62), 3)) + "." + new string('b', 60);
        Assert.Null(Zone.Name(name).Below(ServiceRoute.StartTls));
        ServiceFinding finding = Survey(new Zone($"{name} A insecure 9.9.9.9"), Case() with { Domain = Zone.Name(name) });
        Assert.Equal(name, Assert.Single(finding.Targets).Host.Text);
    }

    [Fact]
    public void All_passed_over_is_told_by_what_somebody_has_to_look_at()
    {
        ServiceFinding finding = Survey(
            new Zone(StartTls + "secure 2 0 5269 x.example.net; " + StartTls + "secure 1 0 5269 y.example.net; " + Address + "y.example.net A failed; y.example.net AAAA failed"),
            Case() with { Default = Requirement.Dane });
        Assert.Equal(
            new ServiceRefusal(ServiceRefusalKind.PolicyViolation, "x.example.net:5269 for example.org: there is no secure TLSA record, and dane is required (all 2 servers were passed over)"),
            finding.Refusal);
    }

    /// <summary>RFC 2782: in proportion to the weight, over both names; and the same order each time that the survey of one mix is made.</summary>
    [Fact]
    public void A_heavier_one_comes_first_more_often()
    {
        var zone = new Zone(Direct + "secure 0 10 5270 x.example.net; " + StartTls + "secure 0 90 5269 x.example.net; " + Address);
        var random = new Random(1);
        int heavy = 0;
        for (int i = 0; i < 1000; i++)
        {
            ServiceCase known = Case() with { Mix = (ulong)random.NextInt64() | 1 };
            ServiceFinding finding = Survey(zone, known);
            heavy += finding.Targets[0].IsDirectTls ? 0 : 1;
            Assert.Equal(finding.Targets.Select(target => target.Port), Survey(zone, known).Targets.Select(target => target.Port));
        }

        Assert.InRange(heavy, 850, 950);
        Assert.Equal([5269, 5270], Survey(zone, Case()).Targets.Select(target => target.Port));
    }

    private static ServiceCase Case() => new() { Domain = Zone.Name("example.org"), Now = World.Noon };

    private static ServiceFinding Check(string what, string zone, string expected, ServiceCase known)
    {
        Assert.NotEmpty(what);
        ServiceFinding finding = Survey(new Zone(zone), known);
        Assert.Equal(expected, finding.Targets.IsEmpty ? $"{finding.Refusal!.Kind} {finding.Refusal.Text}" : string.Join(" | ", finding.Targets.Select(Describe)));
        Assert.Equal(finding.Targets.All(target => target.Refusal is not null), finding.Refusal is not null);
        return finding;
    }

    private static string Describe(ServiceTarget target)
    {
        string who = $"{(target.IsDirectTls ? "direct" : "starttls")} {target.Host}:{target.Port} ";
        TlsDemand demand = target.Demand;
        Assert.NotEqual(TlsProof.IfOffered, demand.Proof);
        Assert.Equal("example.org", demand.Sni.Text[..11]);
        if (target.Refusal is { } refusal)
            return who + $"{refusal.Kind} {refusal.Text}";
        Assert.NotEmpty(target.Addresses);
        string what = demand.Proof switch
        {
            TlsProof.Encrypted => target.Source == PolicySource.Default ? "tls" : $"tls by {target.Source}",
            TlsProof.WebPki => $"webpki {string.Join(',', demand.Names)} by {target.Source}",
            TlsProof.Pins => $"pin by {target.Source}",
            _ => $"dane {demand.Tlsa.Length} for {string.Join(',', demand.Names)} by {target.Source}",
        };
        return who + what;
    }

    /// <summary>Asks on until all is known; never twice, and never for more steps than there may be.</summary>
    private static ServiceFinding Survey(Zone zone, ServiceCase known)
    {
        for (int i = 0; i < ServiceSurvey.MaxSteps; i++)
        {
            ServiceStep step = ServiceSurvey.Decide(known);
            if (step.Finding is { } finding)
                return finding;
            Assert.NotEmpty(step.Ask);
            Assert.Equal(step.Ask.Distinct(), step.Ask);
            Assert.DoesNotContain(step.Ask, question => known.Replies.Any(reply => reply.Question == question));
            known = known with { Replies = [.. known.Replies, .. step.Ask.Select(zone.Reply)] };
        }

        throw new InvalidOperationException("the survey asks on without end");
    }
}
