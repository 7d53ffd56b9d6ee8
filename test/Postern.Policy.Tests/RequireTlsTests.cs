using CsCheck;
using Postern.Policy.Decision;
using Postern.Policy.RequireTls;

namespace Postern.Policy.Tests;

/// <summary>RFC 8689: the sender's demand.</summary>
public sealed class RequireTlsTests
{
    private const string Secure = "example.org MX secure 10 mx.example.org; mx.example.org A secure 192.0.2.1; ";
    private const string Dane = Secure + "_25._tcp.mx.example.org TLSA secure 3 1 1 @key";
    private const string Plain = "example.org MX insecure 10 mx.example.org; mx.example.org A insecure 192.0.2.1";

    [Theory]
    [InlineData("", RequireTlsRequest.No)]
    [InlineData("SIZE=100 BODY=8BITMIME", RequireTlsRequest.No)]
    [InlineData("REQUIRETLS", RequireTlsRequest.Yes)]
    [InlineData("SIZE=100 requiretls", RequireTlsRequest.Yes)]
    [InlineData("RequireTLS SIZE=100", RequireTlsRequest.Yes)]
    [InlineData("REQUIRETLS=1", RequireTlsRequest.Broken)]
    [InlineData("REQUIRETLS=", RequireTlsRequest.Broken)]
    [InlineData("REQUIRETLS REQUIRETLS", RequireTlsRequest.Broken)]
    [InlineData("REQUIRETLS2", RequireTlsRequest.No)]
    [InlineData("XREQUIRETLS", RequireTlsRequest.No)]
    [InlineData("ENVID=REQUIRETLS", RequireTlsRequest.No)]
    [InlineData("REQUIRETLS\t", RequireTlsRequest.No)]
    public void The_parameter(string parameters, RequireTlsRequest request) => Assert.Equal(request, RequireTlsParameter.Read(parameters));

    [Fact]
    public void Any_parameters_are_read() => Gen.String.Sample(text => Enum.IsDefined(RequireTlsParameter.Read(text)));

    [Theory]
    [InlineData(RequireTlsRequest.No, false, null)]
    [InlineData(RequireTlsRequest.Yes, true, null)]
    [InlineData(RequireTlsRequest.Yes, false, "555 5.5.4")]
    [InlineData(RequireTlsRequest.Broken, true, "501 5.5.4")]
    [InlineData(RequireTlsRequest.Broken, false, "501 5.5.4")]
    public void What_our_client_hears(RequireTlsRequest request, bool insideTls, string? answer)
    {
        SmtpRefusal? refusal = RequireTlsRule.OnMail(request, insideTls);
        Assert.Equal(answer, refusal is null ? null : $"{refusal.Code} {refusal.Enhanced}");
        Assert.Equal(insideTls, RequireTlsRule.MayOffer(insideTls));
    }

    [Theory]
    [InlineData("MX by DNSSEC, DANE", Dane, null, "mx.example.org dane 3 1 1 for mx.example.org,example.org")]
    [InlineData("MX by DNSSEC, no DANE: a chain", Secure, null, "mx.example.org webpki mx.example.org")]
    [InlineData("MX by MTA-STS", Plain, "enforce:mx.example.org", "mx.example.org webpki mx.example.org")]
    [InlineData("MX by nothing", Plain, null, "mx.example.org skipped 550 5.7.10")]
    [InlineData("MX by a policy in testing only, which authenticates nothing", Plain, "testing:mx.example.org", "mx.example.org skipped 550 5.7.10")]
    [InlineData("TLSA of no use: a chain", Secure + "_25._tcp.mx.example.org TLSA secure 3 9 1 @key", null, "mx.example.org webpki mx.example.org reporting tlsa-invalid")]
    [InlineData("a look-up that failed stays temporary", Secure + "_25._tcp.mx.example.org TLSA bogus", null, "mx.example.org skipped 451 4.7.5 dnssec-invalid")]
    public void What_each_host_must_show(string what, string zone, string? policy, string expected)
    {
        Assert.NotEmpty(what);
        HostVerdict verdict = RequireTlsRule.Raise(new World(zone) { Sts = policy is null ? null : World.Policy(policy) }.Verdict());
        string line = World.Describe(verdict);
        Assert.Equal(expected, line.Replace(", MX not authenticated", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Failing_it_is_for_good_with_the_codes_of_the_standard()
    {
        HostVerdict verdict = RequireTlsRule.Raise(new World(Dane).Verdict());
        Assert.All(Enum.GetValues<TlsFailure>(), failure => Assert.Equal("550 5.7.10", verdict.RefusalFor(failure).ToString()[..10]));
        Assert.Equal("550 5.7.30 REQUIRETLS support required: mx.example.org for example.org does not offer it", RequireTlsRule.AfterEhlo(verdict, offered: false)!.ToString());
        Assert.Null(RequireTlsRule.AfterEhlo(verdict, offered: true));
    }

    [Fact]
    public void Whoever_does_not_demand_it_does_not_need_it_offered() => Assert.Null(RequireTlsRule.AfterEhlo(new World(Dane).Verdict(), offered: false));
}
