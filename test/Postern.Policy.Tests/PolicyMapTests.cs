using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Operator;
using Postern.Policy.Postfix;
using Postern.Policy.TlsRpt;
using Xunit;

namespace Postern.Policy.Tests;

/// <summary>Decisions for hosts as one entry of smtp_tls_policy_maps: never less than the least that is demanded.</summary>
public sealed class PolicyMapTests
{
    private static readonly ReportedPolicy s_sts = new(
        PolicyType.Sts, "example.org", ["version: STSv1", "mode: enforce", "mx: *.example.org", "max_age: 86400"], ["*.example.org"]);

    [Theory]
    [InlineData("dane dane", "dane-only")]
    [InlineData("dane offered", "dane")]
    [InlineData("dane useless", "dane")]
    [InlineData("dane encrypted", "dane-only")]
    [InlineData("dane skipped", "dane-only")]
    [InlineData("encrypted", "encrypt")]
    [InlineData("offered encrypted", "encrypt")]
    [InlineData("webpki", "secure match=mx0.example.org servername=hostname")]
    [InlineData("webpki webpki", "secure match=mx0.example.org:mx1.example.org servername=hostname")]
    [InlineData("dane webpki", "secure match=mx0.example.org:mx1.example.org servername=hostname")]
    [InlineData("webpki skipped", "secure match=mx0.example.org servername=hostname")]
    [InlineData("operator", "may")]
    public void What_hosts_have_to_show_is_an_entry(string hosts, string entry) =>
        Assert.Equal(new PolicyMapEntry(MapResult.Found, entry), PolicyMapEntry.Of(Hosts(hosts), null, null));

    /// <summary>Postfix would try the host that the gate passes over. Taken out: passedOver in Of.</summary>
    [Theory]
    [InlineData("offered skipped")]
    [InlineData("operator skipped")]
    [InlineData("encrypted skipped")]
    [InlineData("dane offered skipped")]
    public void An_entry_that_does_not_keep_a_host_out_that_is_passed_over_is_none(string hosts) =>
        Assert.Equal(new PolicyMapEntry(MapResult.Later, "451 4.7.5 no"), PolicyMapEntry.Of(Hosts(hosts), null, null));

    [Fact]
    public void A_host_without_an_address_is_nothing_to_keep_out() =>
        Assert.Equal("encrypt", PolicyMapEntry.Of([Hosts("encrypted")[0], Hosts("skipped")[0] with { Refusal = new SmtpRefusal(451, "4.4.4", "no address") }], null, null).Text);

    [Fact]
    public void Where_nobody_says_anything_there_is_none() =>
        Assert.Equal(MapResult.NotFound, PolicyMapEntry.Of(Hosts("offered offered"), null, null).Result);

    [Fact]
    public void Pins_are_fingerprints_of_keys()
    {
        HopCase host = Hosts("offered")[0];
        host = host with { Demand = host.Demand with { Proof = TlsProof.Pins, Pins = [new Pin([.. Enumerable.Range(0, 32).Select(n => (byte)n)]), new Pin([.. new byte[32]])] } };
        string second = string.Join(':', Enumerable.Repeat("00", 32));
        Assert.Equal(
            $"fingerprint match=00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14:15:16:17:18:19:1a:1b:1c:1d:1e:1f|{second}",
            PolicyMapEntry.Of([host], null, null).Text);
    }

    /// <summary>Postfix 3.10, postconf(5); an older one defers at them, which is why they are in a map of their own.</summary>
    [Fact]
    public void The_published_policy_follows_where_it_is_wanted() =>
        Assert.Equal(
            "secure match=mx0.example.org servername=hostname policy_type=sts policy_domain=example.org mx_host_pattern=*.example.org"
            + " { policy_string = version: STSv1 } { policy_string = mode: enforce } { policy_string = mx: *.example.org } { policy_string = max_age: 86400 }",
            PolicyMapEntry.Of(Hosts("webpki"), null, s_sts).Text);

    /// <summary>An outage is no "no policy". Taken out: the second line of Of.</summary>
    [Fact]
    public void What_cannot_be_found_out_waits() =>
        Assert.Equal(
            new PolicyMapEntry(MapResult.Later, "451 4.4.3 no answer"),
            PolicyMapEntry.Of([], new SmtpRefusal(451, "4.4.3", "no answer"), null));

    [Fact]
    public void Where_every_host_is_passed_over_mail_waits() =>
        Assert.Equal(MapResult.Later, PolicyMapEntry.Of(Hosts("skipped skipped"), null, null).Result);

    [Fact]
    public void What_is_for_good_postfix_finds_out_itself() =>
        Assert.Equal(MapResult.NotFound, PolicyMapEntry.Of([], new SmtpRefusal(550, "5.1.2", "example.org does not exist"), null).Result);

    private static ImmutableArray<HopCase> Hosts(string words) =>
        [.. words.Split(' ').Select((word, index) => Host(word, DnsName.Read($"mx{index}.example.org")!))];

    private static HopCase Host(string word, DnsName host) => new()
    {
        Domain = DnsName.Read("example.org")!,
        Host = host,
        Addresses = [IPAddress.Loopback],
        Source = word switch { "operator" => PolicySource.Operator, "dane" or "useless" => PolicySource.Dane, "webpki" => PolicySource.MtaSts, _ => PolicySource.Default },
        Demand = word switch
        {
            "dane" => new TlsDemand(TlsProof.Dane, host) { Names = [host], Tlsa = [new TlsaRecord((TlsaUsage)3, (TlsaSelector)1, (TlsaMatching)1, [.. new byte[32]])] },
            "webpki" => new TlsDemand(TlsProof.WebPki, host) { Names = [host] },
            "encrypted" or "useless" => new TlsDemand(TlsProof.Encrypted, host),
            _ => new TlsDemand(TlsProof.IfOffered, host),
        },
        MxAuthenticated = true,
        Refusal = word == "skipped" ? new SmtpRefusal(451, "4.7.5", "no") : null,
    };
}
