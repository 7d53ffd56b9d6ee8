using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Survey;

namespace Postern.Policy.Tests;

/// <summary>
/// A server of the operator's choice that DANE must prove (RFC 6698, RFC 7673): what is demanded of it, or why it is refused. No row
/// ends in less than DANE.
/// </summary>
public sealed class BackendSurveyTests
{
    private const string Address = "imap.example.org A secure 192.0.2.1; imap.example.org AAAA secure -; ";
    private const string Tlsa = "_993._tcp.imap.example.org TLSA ";
    private const string Service = "_imaps._tcp.example.org";
    private const string Srv = Service + " SRV secure 993 imap.example.org; ";

    [Theory]
    [InlineData("a right record", Address + Tlsa + "secure 3 1 1 @key", "1 of imap.example.org for imap.example.org")]
    [InlineData("two, one of the key that was", Address + Tlsa + "secure 3 1 1 @old;" + Tlsa + "secure 3 1 1 @new", "2 of imap.example.org for imap.example.org")]
    [InlineData("all four usages count", Address + Tlsa + "secure 1 1 1 @key", "1 of imap.example.org for imap.example.org")]
    [InlineData("the strongest digest alone", Address + Tlsa + "secure 3 1 1 @key;" + Tlsa + "secure 3 1 2 @key", "1 of imap.example.org for imap.example.org")]
    [InlineData("an alias: the expanded name first", "imap.example.org CNAME secure host.example.net; host.example.net A secure 192.0.2.1; host.example.net AAAA secure -; _993._tcp.host.example.net TLSA secure 3 1 1 @key", "1 of host.example.net for host.example.net,imap.example.org")]
    [InlineData("an alias: then the original", "imap.example.org CNAME secure host.example.net; host.example.net A secure 192.0.2.1; host.example.net AAAA secure -; _993._tcp.host.example.net TLSA secure -; " + Tlsa + "secure 2 0 1 @ca", "1 of imap.example.org for imap.example.org,host.example.net")]
    [InlineData("an alias that leads out of what is signed: its target is anybody's word", "imap.example.org CNAME secure host.example.net; host.example.net A insecure 192.0.2.1; host.example.net AAAA insecure -; " + Tlsa + "secure 2 0 1 @ca", "1 of imap.example.org for imap.example.org")]
    [InlineData("a broken AAAA beside a good A", "imap.example.org A secure 192.0.2.1; imap.example.org AAAA bogus; " + Tlsa + "secure 3 1 1 @key", "1 of imap.example.org for imap.example.org")]
    [InlineData("no record", Address + Tlsa + "secure -", "no: TLSA of _993._tcp.imap.example.org: secure, no such record")]
    [InlineData("a record that is not secure", Address + Tlsa + "insecure 3 1 1 @key", "no: TLSA of _993._tcp.imap.example.org: insecure, 1 record")]
    [InlineData("a forged record", Address + Tlsa + "bogus", "no: TLSA of _993._tcp.imap.example.org: bogus, which is no answer")]
    [InlineData("a time-out", Address + Tlsa + "failed", "no: TLSA of _993._tcp.imap.example.org: failed, which is no answer")]
    [InlineData("records of no use", Address + Tlsa + "secure 3 9 1 @key", "no: TLSA of _993._tcp.imap.example.org: secure, 1 record, none of which is usable")]
    [InlineData("a zone that is not signed: TLSA is not asked for", "imap.example.org A insecure 192.0.2.1; imap.example.org AAAA insecure -; " + Tlsa + "failed", "no: imap.example.org: insecure, 1 address: its zone is not signed")]
    [InlineData("forged addresses", "imap.example.org A bogus; imap.example.org AAAA bogus", "no: imap.example.org: bogus, which is no answer")]
    [InlineData("no address", "imap.example.org A secure -; imap.example.org AAAA secure -", "no: imap.example.org: secure, 0 addresses, and TLSA is asked for with an address only (RFC 7672 §2.2.2)")]
    public void Of_a_host_that_is_written(string what, string zone, string expected) => Check(what, zone, expected, new BackendCase { Host = Zone.Name("imap.example.org"), Port = 993 });

    [Theory]
    [InlineData("secure: the target and the domain", Srv + Address + Tlsa + "secure 2 0 1 @ca", "1 of imap.example.org for imap.example.org,example.org")]
    [InlineData("the target is an alias", Srv + "imap.example.org CNAME secure host.example.net; host.example.net A secure 192.0.2.1; host.example.net AAAA secure -; _993._tcp.host.example.net TLSA secure 2 0 1 @ca", "1 of host.example.net for host.example.net,imap.example.org,example.org")]
    [InlineData("not secure: whoever made it up could have DANE", Service + " SRV insecure 993 imap.example.org; " + Address + Tlsa + "secure 3 1 1 @key", "no: SRV of _imaps._tcp.example.org: insecure, 1 record: its zone is not signed, and anybody may have named imap.example.org")]
    [InlineData("forged", Service + " SRV bogus; " + Address + Tlsa + "secure 3 1 1 @key", "no: SRV of _imaps._tcp.example.org: bogus, which is no answer")]
    [InlineData("the server has moved", Service + " SRV secure 993 other.example.org; " + Address + Tlsa + "secure 3 1 1 @key", "no: SRV of _imaps._tcp.example.org: secure, 1 record, and imap.example.org:993 is none of them any more: reload, and it is looked for again")]
    [InlineData("another port", Service + " SRV secure 1993 imap.example.org; " + Address + Tlsa + "secure 3 1 1 @key", "no: SRV of _imaps._tcp.example.org: secure, 1 record, and imap.example.org:993 is none of them any more: reload, and it is looked for again")]
    [InlineData("gone", Service + " SRV secure -; " + Address + Tlsa + "secure 3 1 1 @key", "no: SRV of _imaps._tcp.example.org: secure, no such record: reload, and the server is looked for again")]
    public void Of_a_host_that_was_found_by_SRV(string what, string zone, string expected) => Check(what, zone, expected, new BackendCase
    {
        Host = Zone.Name("imap.example.org"), Port = 993, Service = Zone.Name(Service), Domain = Zone.Name("example.org"),
    });

    [Fact]
    public void Mail_servers_know_two_usages() => Check(
        "RFC 7672 §3.1.3", Address + Tlsa + "secure 1 1 1 @key", "no: TLSA of _993._tcp.imap.example.org: secure, 1 record, none of which is usable",
        new BackendCase { Host = Zone.Name("imap.example.org"), Port = 993, IsSmtp = true });

    [Fact]
    public void The_domain_itself_where_it_has_securely_no_record() => Check(
        "RFC 6120 §3.2.2", "_xmpp-server._tcp.example.org SRV secure -; example.org A secure 192.0.2.1; example.org AAAA secure -; _5269._tcp.example.org TLSA secure 3 1 1 @key",
        "1 of example.org for example.org",
        new BackendCase { Host = Zone.Name("example.org"), Port = 5269, Service = Zone.Name("_xmpp-server._tcp.example.org"), Domain = Zone.Name("example.org"), IsFallback = true });

    [Fact]
    public void What_OpenSSL_would_not_take_is_left_out() => Check(
        "all of them", Address + Tlsa + "secure 3 1 1 @key", "no: TLSA of _993._tcp.imap.example.org: secure, 1 record, none of which is usable",
        new BackendCase { Host = Zone.Name("imap.example.org"), Port = 993, Refused = [Zone.Record("3 1 1 @key")] });

    private static void Check(string what, string text, string expected, BackendCase known)
    {
        Assert.NotEmpty(what);
        var zone = new Zone(text);
        for (int i = 0; i < BackendSurvey.MaxSteps; i++)
        {
            BackendStep step = BackendSurvey.Decide(known);
            if (step.Finding is not { } finding)
            {
                Assert.NotEmpty(step.Ask);
                Assert.DoesNotContain(step.Ask, question => known.Replies.Any(reply => reply.Question == question));
                known = known with { Replies = [.. known.Replies, .. step.Ask.Select(zone.Reply)] };
                continue;
            }

            Assert.Equal(expected, finding.Demand is { } demand ? $"{demand.Tlsa.Length} of {demand.Sni} for {string.Join(',', demand.Names)}" : "no: " + finding.Reason);
            Assert.True(finding.Demand is null or { Proof: TlsProof.Dane });
            return;
        }

        Assert.Fail("the survey asks on without end");
    }
}
