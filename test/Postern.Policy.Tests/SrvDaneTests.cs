using Postern.Policy.Dane;
using Postern.Policy.Dns;

namespace Postern.Policy.Tests;

/// <summary>RFC 7673: TLSA at the port and the host of a secure SRV.</summary>
public sealed class SrvDaneTests
{
    private const string Owner = "_xmpp-server._tcp.example.org";
    private const string Srv = Owner + " SRV secure 5269 xmpp.example.net; xmpp.example.net A secure 192.0.2.1; ";

    [Theory]
    [InlineData("secure SRV and TLSA: DANE, for the target and the service", Srv + "_5269._tcp.xmpp.example.net TLSA secure 2 0 1 @ca", "Authenticated xmpp.example.net,example.org")]
    [InlineData("all four usages count here", Srv + "_5269._tcp.xmpp.example.net TLSA secure 1 1 1 @key", "Authenticated xmpp.example.net,example.org")]
    [InlineData("insecure SRV: no DANE, verify the service domain", Owner + " SRV insecure 5269 xmpp.example.net; xmpp.example.net A secure 192.0.2.1; _5269._tcp.xmpp.example.net TLSA secure 3 1 1 @key", "NoDane example.org")]
    [InlineData("SRV bogus: not tried", Owner + " SRV bogus", "LookupFailed ")]
    [InlineData("secure SRV, no TLSA: the target counts too, its name is authentic", Srv, "NoDane example.org,xmpp.example.net")]
    [InlineData("secure SRV, insecure address: the same, and TLSA is not asked for", Owner + " SRV secure 5269 xmpp.example.net; xmpp.example.net A insecure 192.0.2.1; _5269._tcp.xmpp.example.net TLSA failed", "NoDane example.org,xmpp.example.net")]
    [InlineData("TLSA fails: not tried", Srv + "_5269._tcp.xmpp.example.net TLSA failed", "LookupFailed ")]
    [InlineData("TLSA of no use: TLS with anybody", Srv + "_5269._tcp.xmpp.example.net TLSA secure 3 9 1 @key", "Unauthenticated xmpp.example.net,example.org")]
    public void Row(string what, string text, string expected)
    {
        Assert.NotEmpty(what);
        var zone = new Zone(text);
        DaneCase target = new() { Addresses = zone.Addresses(Zone.Name("xmpp.example.net")), NextHopNames = [], Port = 5269 };
        for (int i = 0; i < 3; i++)
        {
            DaneStep step = SrvDane.Decide(Zone.Name("example.org"), zone.Srv(Zone.Name(Owner)), target);
            if (step.Finding is { } finding)
            {
                Assert.Equal(expected, $"{finding.Outcome} {string.Join(',', finding.Names)}");
                return;
            }

            target = target with { Tlsa = target.Tlsa.Add(zone.Tlsa(step.Ask!.Name)) };
        }

        Assert.Fail("the decision asks on without end");
    }
}
