using System.Net;
using Postern.Cli.Explain;
using Postern.Cli.Explain.Connect;
using Postern.Cli.Tests.Live;
using Postern.Engine.Upstream;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;

namespace Postern.Cli.Tests.Explain;

/// <summary>A host that breaks off the handshake, as explain --connect sees it: as the gate does (HopLine).</summary>
public sealed class HopProbeTests
{
    private static readonly DnsName s_host = DnsName.Read("mx.example.org")!;

    /// <summary>Taken out (the catch in HopProbe.Greet): it is told as a host that cannot be reached, to which mail would not go.</summary>
    [Theory]
    [InlineData(TlsProof.IfOffered, null)]
    [InlineData(TlsProof.Encrypted, TlsFailure.Handshake)]
    public async Task A_handshake_that_is_broken_off_is_one_that_failed(TlsProof proof, TlsFailure? expected)
    {
        int connections = 0;
        using var server = new FalseBackend(async wire =>
        {
            _ = Interlocked.Increment(ref connections);
            await Script.Write(wire, "220 mx.example.org\r\n");
            _ = await Script.Line(wire);
            await Script.Write(wire, "250-mx.example.org\r\n250 STARTTLS\r\n");
            if (await Script.Line(wire) == "STARTTLS")
            {
                await Script.Write(wire, "220 go on\r\n");
                await wire.ReadExactlyAsync(new byte[1]);
            }
        });
        HopVerifier verifier = Sources.Verifier(out string wrong) ?? throw new InvalidOperationException(wrong);
        HopContact contact = await new HopProbe(Verdict(proof), IPAddress.Loopback, server.Address.Port, verifier, "gate.example").Run();
        Assert.Equal(expected, contact.Failure);
        Assert.Equal("closed the connection in the handshake", contact.Detail);
        Assert.Equal(expected is null, contact.Refusal is null);
        Assert.Equal(expected is null ? 2 : 1, Volatile.Read(ref connections));
    }

    private static HostVerdict Verdict(TlsProof proof) => new()
    {
        Domain = DnsName.Read("example.org")!,
        Host = s_host,
        Addresses = HostAddresses.Of(null, DnsReply.Found(new DnsQuestion(s_host, RecordType.A), secure: false, [[127, 0, 0, 1]]).Addresses()),
        Source = PolicySource.Default,
        Demand = new TlsDemand(proof, s_host),
        Level = AssuredLevel.Clear,
        MxAuthenticated = false,
        Report = new ReportedPolicy(PolicyType.NoPolicyFound, "example.org", [], []),
        Rules = [],
    };
}
