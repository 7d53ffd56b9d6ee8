using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Rules;

namespace Postern.Policy.Tests;

/// <summary>RFC 7672, case by case: what the DNS says, and what is decided for each host. A row is one sentence of the standard.</summary>
public sealed class DaneTableTests
{
    private const string Mx = "example.org MX secure 10 mx.example.org; ";
    private const string Host = Mx + "mx.example.org A secure 192.0.2.1; ";
    private const string InsecureMx = "example.org MX insecure 10 mx.example.net; mx.example.net A secure 192.0.2.1; ";

    [Theory]

    // §2.2.1: the MX look-up.
    [InlineData("MX look-up fails with SERVFAIL: defer", "example.org MX failed", "451 4.4.3")]
    [InlineData("MX look-up is bogus: defer", "example.org MX bogus", "451 4.4.3")]
    [InlineData("MX look-up is indeterminate: defer", "example.org MX indeterminate", "451 4.4.3")]
    [InlineData("MX insecure, host and TLSA secure: enforce, and say that the MX was not authenticated",
        InsecureMx + "_25._tcp.mx.example.net TLSA secure 3 1 1 @key", "mx.example.net dane 3 1 1 for mx.example.net,example.org, MX not authenticated")]
    [InlineData("no MX, secure denial: the domain itself",
        "example.org MX secure -; example.org A secure 192.0.2.1; _25._tcp.example.org TLSA secure 3 1 1 @key", "example.org dane 3 1 1 for example.org")]
    [InlineData("no MX, insecure denial: the domain itself, and no TLSA is asked for",
        "example.org MX insecure -; example.org A insecure 192.0.2.1", "example.org may, MX not authenticated")]
    [InlineData("null MX: the domain takes no mail", "example.org MX secure 0 .", "556 5.1.10")]
    [InlineData("null MX, insecure: the same", "example.org MX insecure 0 .", "556 5.1.10")]
    [InlineData("null MX beside another: a host that cannot be dialled (RFC 7505 §3)",
        "example.org MX secure 0 .; " + Host + "_25._tcp.mx.example.org TLSA secure 3 1 1 @key", "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    [InlineData("NXDOMAIN: there is no such domain", "example.org MX secure NXDOMAIN", "550 5.1.2")]
    [InlineData("MX that no host can have: defer, and not the domain itself", "example.org MX secure", "451 4.4.4")]
    [InlineData("the domain is an alias, all secure: both names of the next hop count",
        "example.org CNAME secure example.net; example.net MX secure 10 mx.example.net; mx.example.net A secure 192.0.2.1; _25._tcp.mx.example.net TLSA secure 2 0 1 @ca",
        "mx.example.net dane 2 0 1 for mx.example.net,example.org,example.net")]
    [InlineData("the domain is an insecure alias: what it leads to is insecure, and its name does not count",
        "example.org CNAME insecure example.net; example.net MX secure 10 mx.example.net; mx.example.net A secure 192.0.2.1; _25._tcp.mx.example.net TLSA secure 2 0 1 @ca",
        "mx.example.net dane 2 0 1 for mx.example.net,example.org, MX not authenticated")]
    [InlineData("hosts in the order of their preference, each decided for itself",
        "example.org MX secure 20 b.example.org; example.org MX secure 10 a.example.org; a.example.org A secure 192.0.2.1; b.example.org A secure 192.0.2.2; _25._tcp.a.example.org TLSA secure 3 1 1 @key",
        "a.example.org dane 3 1 1 for a.example.org,example.org | b.example.org may")]

    // §2.2.2: the addresses.
    [InlineData("address look-up insecure, no CNAME: never ask for TLSA", Mx + "mx.example.org A insecure 192.0.2.1; _25._tcp.mx.example.org TLSA failed", "mx.example.org may")]
    [InlineData("both address look-ups fail: skip the host", Mx + "mx.example.org A failed; mx.example.org AAAA bogus", "mx.example.org skipped 451 4.4.3")]
    [InlineData("A is good and the denial of AAAA is broken: go on with A",
        Host + "mx.example.org AAAA bogus; _25._tcp.mx.example.org TLSA secure 3 1 1 @key", "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    [InlineData("AAAA is good and A times out: go on with AAAA",
        Mx + "mx.example.org A failed; mx.example.org AAAA secure 2001:db8::1; _25._tcp.mx.example.org TLSA secure 3 1 1 @key", "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    [InlineData("no address, and one look-up failed: skip the host, something may be there", Mx + "mx.example.org A secure -; mx.example.org AAAA failed", "mx.example.org skipped 451 4.4.3")]
    [InlineData("no address at all: skip the host", Mx + "mx.example.org A secure -", "mx.example.org skipped 451 4.4.4")]

    // §2.2.2, §2.2.3: hosts that are aliases.
    [InlineData("host is a CNAME, chain secure: the expanded name first",
        Mx + "mx.example.org CNAME secure mail.example.net; mail.example.net A secure 192.0.2.1; _25._tcp.mail.example.net TLSA secure 3 1 1 @key; _25._tcp.mx.example.org TLSA secure 2 0 1 @ca",
        "mx.example.org dane 3 1 1 for mail.example.net,example.org")]
    [InlineData("host is a CNAME, chain secure, nothing at the expanded name: then the original",
        Mx + "mx.example.org CNAME secure mail.example.net; mail.example.net A secure 192.0.2.1; _25._tcp.mx.example.org TLSA secure 2 0 1 @ca",
        "mx.example.org dane 2 0 1 for mx.example.org,example.org")]
    [InlineData("host is a CNAME, chain secure, the expanded name's look-up fails: no second try",
        Mx + "mx.example.org CNAME secure mail.example.net; mail.example.net A secure 192.0.2.1; _25._tcp.mail.example.net TLSA failed; _25._tcp.mx.example.org TLSA secure 2 0 1 @ca",
        "mx.example.org skipped 451 4.7.5 dnssec-invalid")]
    [InlineData("host is a secure CNAME to an insecure target: the original name only",
        Mx + "mx.example.org CNAME secure mail.example.net; mail.example.net A insecure 192.0.2.1; _25._tcp.mail.example.net TLSA secure 2 0 1 @ca; _25._tcp.mx.example.org TLSA secure 3 1 1 @key",
        "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    [InlineData("host is an insecure CNAME: no DANE",
        Mx + "mx.example.org CNAME insecure mail.example.net; mail.example.net A secure 192.0.2.1; _25._tcp.mx.example.org TLSA secure 3 1 1 @key", "mx.example.org may")]
    [InlineData("TLSA is an alias itself, chain secure: its records count, the base is the host",
        Host + "_25._tcp.mx.example.org CNAME secure dane.example.net; dane.example.net TLSA secure 2 0 1 @ca", "mx.example.org dane 2 0 1 for mx.example.org,example.org")]
    [InlineData("TLSA is an insecure alias: no DANE here",
        Host + "_25._tcp.mx.example.org CNAME insecure dane.example.net; dane.example.net TLSA secure 2 0 1 @ca", "mx.example.org may")]

    // §2.2: the TLSA look-up.
    [InlineData("TLSA secure denial: no DANE here", Host, "mx.example.org may")]
    [InlineData("TLSA secure NXDOMAIN: no DANE here", Host + "_25._tcp.mx.example.org TLSA secure NXDOMAIN", "mx.example.org may")]
    [InlineData("TLSA insecure: no DANE here", Host + "_25._tcp.mx.example.org TLSA insecure 3 1 1 @key", "mx.example.org may")]
    [InlineData("TLSA insecure denial: no DANE here", Host + "_25._tcp.mx.example.org TLSA insecure -", "mx.example.org may")]
    [InlineData("TLSA look-up fails: skip the host", Host + "_25._tcp.mx.example.org TLSA failed", "mx.example.org skipped 451 4.7.5 dnssec-invalid")]
    [InlineData("TLSA bogus: skip the host", Host + "_25._tcp.mx.example.org TLSA bogus", "mx.example.org skipped 451 4.7.5 dnssec-invalid")]
    [InlineData("TLSA indeterminate: skip the host", Host + "_25._tcp.mx.example.org TLSA indeterminate", "mx.example.org skipped 451 4.7.5 dnssec-invalid")]
    [InlineData("TLSA bogus at one host: the other is tried",
        "example.org MX secure 10 a.example.org; example.org MX secure 20 b.example.org; a.example.org A secure 192.0.2.1; b.example.org A secure 192.0.2.2; _25._tcp.a.example.org TLSA bogus; _25._tcp.b.example.org TLSA secure 3 1 1 @key",
        "a.example.org skipped 451 4.7.5 dnssec-invalid | b.example.org dane 3 1 1 for b.example.org,example.org")]

    // §3.1: the records.
    [InlineData("usage 0: unusable, so TLS with anybody", Host + "_25._tcp.mx.example.org TLSA secure 0 0 1 @ca", "mx.example.org tls reporting tlsa-invalid")]
    [InlineData("usage 1: unusable", Host + "_25._tcp.mx.example.org TLSA secure 1 1 1 @key", "mx.example.org tls reporting tlsa-invalid")]
    [InlineData("usage 4: unusable", Host + "_25._tcp.mx.example.org TLSA secure 4 1 1 @key", "mx.example.org tls reporting tlsa-invalid")]
    [InlineData("usage 255 (PrivCert): unusable", Host + "_25._tcp.mx.example.org TLSA secure 255 1 1 @key", "mx.example.org tls reporting tlsa-invalid")]
    [InlineData("selector 2: unusable", Host + "_25._tcp.mx.example.org TLSA secure 3 2 1 @key", "mx.example.org tls reporting tlsa-invalid")]
    [InlineData("matching type 3: unusable", Host + "_25._tcp.mx.example.org TLSA secure 3 1 3 @key", "mx.example.org tls reporting tlsa-invalid")]
    [InlineData("digest of the wrong length: unusable", Host + "_25._tcp.mx.example.org TLSA secure 3 1 1 00ff", "mx.example.org tls reporting tlsa-invalid")]
    [InlineData("no data: unusable", Host + "_25._tcp.mx.example.org TLSA secure 3 1 1", "mx.example.org tls reporting tlsa-invalid")]
    [InlineData("full certificate that is no DER: unusable", Host + "_25._tcp.mx.example.org TLSA secure 3 0 0 00ff", "mx.example.org tls reporting tlsa-invalid")]
    [InlineData("one usable among unusable: that one", Host + "_25._tcp.mx.example.org TLSA secure 1 1 1 @key; _25._tcp.mx.example.org TLSA secure 3 1 1 @key",
        "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    [InlineData("rollover: the old and the new key, any one is enough", Host + "_25._tcp.mx.example.org TLSA secure 3 1 1 @old; _25._tcp.mx.example.org TLSA secure 3 1 1 @new",
        "mx.example.org dane 3 1 1 + 3 1 1 for mx.example.org,example.org")]
    [InlineData("full certificate and key", Host + "_25._tcp.mx.example.org TLSA secure 2 0 0 @ca; _25._tcp.mx.example.org TLSA secure 3 1 0 @key",
        "mx.example.org dane 2 0 0 + 3 1 0 for mx.example.org,example.org")]

    // RFC 7671 §9: digests.
    [InlineData("SHA-512 and SHA-256 of one usage and selector: the stronger only", Host + "_25._tcp.mx.example.org TLSA secure 3 1 1 @key; _25._tcp.mx.example.org TLSA secure 3 1 2 @key",
        "mx.example.org dane 3 1 2 for mx.example.org,example.org")]
    [InlineData("of different usages: both", Host + "_25._tcp.mx.example.org TLSA secure 2 1 1 @key; _25._tcp.mx.example.org TLSA secure 3 1 2 @key",
        "mx.example.org dane 2 1 1 + 3 1 2 for mx.example.org,example.org")]
    [InlineData("of different selectors: both", Host + "_25._tcp.mx.example.org TLSA secure 3 0 1 @key; _25._tcp.mx.example.org TLSA secure 3 1 2 @key",
        "mx.example.org dane 3 0 1 + 3 1 2 for mx.example.org,example.org")]
    [InlineData("a full one is no digest and stays", Host + "_25._tcp.mx.example.org TLSA secure 3 1 0 @key; _25._tcp.mx.example.org TLSA secure 3 1 2 @key",
        "mx.example.org dane 3 1 0 + 3 1 2 for mx.example.org,example.org")]
    [InlineData("a broken SHA-512 does not push out a good SHA-256", Host + "_25._tcp.mx.example.org TLSA secure 3 1 1 @key; _25._tcp.mx.example.org TLSA secure 3 1 2 00ff",
        "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    public void Row(string what, string zone, string expected)
    {
        Assert.NotEmpty(what);
        Assert.Equal(expected, new World(zone).Summary());
    }

    [Fact]
    public void A_next_hop_that_the_operator_sets_counts_as_secure()
    {
        var world = new World("relay.example.net A secure 192.0.2.1; _25._tcp.relay.example.net TLSA secure 2 0 1 @ca") { NextHop = "relay.example.net" };
        Assert.Equal("relay.example.net dane 2 0 1 for relay.example.net", world.Summary());
        Assert.Equal(AssuredLevel.Dane, world.Verdict().Level);
    }

    /// <summary>RFC 7672 §8.1.</summary>
    [Theory]
    [InlineData(Host + "_25._tcp.mx.example.org TLSA secure 3 1 1 @key", "mx.example.org")]
    [InlineData(Mx + "mx.example.org CNAME secure mail.example.net; mail.example.net A secure 192.0.2.1; _25._tcp.mail.example.net TLSA secure 3 1 1 @key", "mail.example.net")]
    public void The_server_is_asked_for_by_the_base_domain(string zone, string sni) => Assert.Equal(sni, new World(zone).Verdict().Demand.Sni.Text);

    [Fact]
    public void No_match_is_deferred_and_MTA_STS_is_not_even_asked()
    {
        var world = new World(Host + "_25._tcp.mx.example.org TLSA secure 3 1 1 @key") { Sts = World.Policy("enforce:mx.example.org") };
        HostVerdict verdict = world.Verdict();
        Assert.DoesNotContain(world.Asked, question => question.Contains("MTA-STS", StringComparison.Ordinal));
        Assert.Equal((451, "4.7.5"), (verdict.RefusalFor(TlsFailure.NoTlsaMatch).Code, verdict.RefusalFor(TlsFailure.NoTlsaMatch).Enhanced));
        Assert.Equal((451, "4.7.4"), (verdict.RefusalFor(TlsFailure.NoStartTls).Code, verdict.RefusalFor(TlsFailure.NoStartTls).Enhanced));
    }

    /// <summary>What is good DER on the outside, and no certificate to OpenSSL.</summary>
    [Fact]
    public void Without_the_records_that_OpenSSL_refuses_it_is_decided_again()
    {
        const string Text = Host + "_25._tcp.mx.example.org TLSA secure 3 0 0 @key; _25._tcp.mx.example.org TLSA secure 3 1 1 @key";
        TlsaRecord refused = Zone.Record("3 0 0 @key");
        Assert.Equal("mx.example.org dane 3 1 1 for mx.example.org,example.org", new World(Text) { Refused = [refused] }.Summary());
        Assert.Equal("mx.example.org tls reporting tlsa-invalid", new World(Text) { Refused = [refused, Zone.Record("3 1 1 @key")] }.Summary());
    }

    [Fact]
    public void Only_the_secure_family_is_dialled_when_the_other_is_not()
    {
        HostAddresses addresses = new Zone("mx.example.org A secure 192.0.2.1; mx.example.org AAAA insecure 2001:db8::1").Addresses(Zone.Name("mx.example.org"));
        Assert.Equal(DnsState.Secure, addresses.State);
        Assert.Equal("192.0.2.1", Assert.Single(addresses.Addresses).ToString());
    }

    /// <summary>RFC 7672 §2.1.2 stands on it: nothing that failed has records, whatever came with it.</summary>
    [Fact]
    public void An_answer_that_failed_cannot_be_made_into_a_denial()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Answer.Failed<TlsaRecord>(Zone.Name("a.example"), DnsState.Secure));
        Assert.Throws<ArgumentOutOfRangeException>(() => Answer.Failed<TlsaRecord>(Zone.Name("a.example"), DnsState.Insecure));
        Assert.Equal(DnsContent.Nothing, Answer.Failed<TlsaRecord>(Zone.Name("a.example"), DnsState.Bogus).Content);
    }

    [Theory]
    [InlineData(Host + "_25._tcp.mx.example.org TLSA secure 3 1 1 @key", "MX of example.org, A and AAAA of mx.example.org, TLSA of _25._tcp.mx.example.org")]
    [InlineData(Host, "MX of example.org, A and AAAA of mx.example.org, TLSA of _25._tcp.mx.example.org, MTA-STS of example.org")]
    [InlineData(Mx + "mx.example.org A insecure 192.0.2.1", "MX of example.org, A and AAAA of mx.example.org, MTA-STS of example.org")]
    [InlineData(Mx + "mx.example.org A bogus; mx.example.org AAAA bogus", "MX of example.org, A and AAAA of mx.example.org")]
    [InlineData(InsecureMx + "_25._tcp.mx.example.net TLSA secure 3 1 1 @key", "MX of example.org, A and AAAA of mx.example.net, TLSA of _25._tcp.mx.example.net, MTA-STS of example.org")]
    [InlineData(Mx + "mx.example.org CNAME secure m.example.net; m.example.net A secure 192.0.2.1; _25._tcp.m.example.net TLSA secure 3 1 1 @key", "MX of example.org, A and AAAA of mx.example.org, TLSA of _25._tcp.m.example.net")]
    [InlineData(Mx + "mx.example.org CNAME insecure m.example.net; m.example.net A insecure 192.0.2.1", "MX of example.org, A and AAAA of mx.example.org, CNAME of mx.example.org, MTA-STS of example.org")]
    public void No_more_is_looked_up_than_the_standards_need(string zone, string asked)
    {
        var world = new World(zone);
        _ = world.Verdict();
        Assert.Equal(asked, string.Join(", ", world.Asked));
    }

    [Fact]
    public void What_fired_is_listed_in_its_order_with_inputs_and_outcome()
    {
        HostVerdict verdict = new World(Host + "_25._tcp.mx.example.org TLSA secure 3 1 1 @key").Verdict();
        Assert.Equal([RuleList.MxSecure, RuleList.TlsaUsable], verdict.Rules.Select(fired => fired.Rule));
        Assert.Equal("mx-secure (RFC 7672 §2.2.1): MX of example.org: secure, 1 record -> its hosts are the domain's own", verdict.Rules[0].ToString());
        Assert.Equal("tlsa-usable (RFC 7672 §3.1): TLSA of _25._tcp.mx.example.org: secure, 1 record -> TLS is a must, and must match one of 1 by mx.example.org", verdict.Rules[1].ToString());
    }
}
