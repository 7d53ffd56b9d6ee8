using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Demands;
using Xunit;

namespace Postern.Engine.Tests.Dane;

/// <summary>What a next hop must show, by real handshakes: the table, and what no table says.</summary>
public sealed class VerifierTests
{
    /// <summary>Each of the verifier's own lines, taken out, fails rows of it: the flag for DANE-EE, the names behind the first, the records.</summary>
    [Theory]
    [MemberData(nameof(Rows))]
    public void The_table_holds(int line, string tls, string why)
    {
        VerifierCase row = CaseTable.Instance.Cases[line];
        using var rig = new VerifierRig(tls == "1.2");
        Assert.Equal((why, row.Outcome), (row.Why, rig.Run(row)));
    }

    public static TheoryData<int, string, string> Rows()
    {
        var rows = new TheoryData<int, string, string>();
        foreach ((int line, VerifierCase row) in CaseTable.Instance.Cases.Index())
        {
            rows.Add(line, "1.2", row.Why);
            rows.Add(line, "1.3", row.Why);
        }

        return rows;
    }

    [Fact]
    public void Nobody_is_anybody_before_the_handshake()
    {
        using var rig = new VerifierRig(tls12: false);
        foreach (ServerDemand demand in (ServerDemand[])[ServerDemand.Anybody("mx.example.org"), ServerDemand.Chain("mx.example.org", "mx.example.org")])
        {
            using TlsChannel channel = rig.Connect(demand);
            Assert.Null(channel.Accept());
            Assert.Null(channel.Authenticate());
            Assert.Equal(TlsFault.None, channel.PeerFault);
        }
    }

    /// <summary>A pin that is watched and not met, for the words of the report.</summary>
    [Theory]
    [InlineData("leaf", TlsFault.None)]
    [InlineData("other", TlsFault.NotListed)]
    public void What_is_watched_is_told_and_authenticates_nobody(string pinned, TlsFault fault)
    {
        using var rig = new VerifierRig(tls12: false);
        ServerDemand demand = ServerDemand.Keys("mx.example.org", [CaseTable.Instance.Certificate(pinned).DataFor(1, 1)]).Watched();
        using TlsChannel channel = rig.Connect(demand);
        Assert.Equal(TlsStatus.Ok, rig.Shake(channel, ["leaf", "inter"]));
        Assert.Equal(fault, channel.PeerFault);
        Assert.Null(channel.Authenticate());
        Assert.IsType<EncryptedPeer>(channel.Accept());
    }

    [Fact]
    public void A_demand_that_demands_nothing_cannot_be_made()
    {
        Assert.Throws<ArgumentException>(() => ServerDemand.Dane("mx.example.org", ["mx.example.org"], []));
        Assert.Throws<ArgumentException>(() => ServerDemand.Keys("mx.example.org", []));
        Assert.Throws<ArgumentException>(() => ServerDemand.Keys("mx.example.org", [new byte[20]]));
        Assert.Throws<ArgumentException>(() => ServerDemand.Chain("mx.example.org"));

        // To OpenSSL these are no check at all, and a check for any name below.
        Assert.Throws<ArgumentException>(() => ServerDemand.Chain("mx.example.org", ""));
        Assert.Throws<ArgumentException>(() => ServerDemand.Chain("mx.example.org", ".example.org"));

        // To OpenSSL both must be there.
        Assert.Throws<ArgumentException>(() => ServerDemand.Chain("mx.example.org", "192.0.2.1", "mx.example.org"));
    }
}
