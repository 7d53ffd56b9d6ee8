using System.Collections.Immutable;
using Postern.Engine.Upstream;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;
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

    /// <summary>X509_V_ERR_*, 1 to 94 in OpenSSL 3.0: whatever is wrong with a certificate is never told as a handshake that failed.</summary>
    [Fact]
    public void Every_reason_of_OpenSSL_has_a_word_in_reports()
    {
        for (int reason = 1; reason <= 94; reason++)
        {
            TlsFailure failure = HopVerifier.FailureOf(TlsFaults.OfCertificate(reason));
            Assert.NotEqual(TlsFailure.Handshake, failure);
            ResultType expected = reason switch
            {
                10 => ResultType.CertificateExpired,
                62 or 64 => ResultType.CertificateHostMismatch,
                50 or 65 => ResultType.ValidationFailure,
                _ => ResultType.CertificateNotTrusted,
            };
            Assert.Equal((reason, expected), (reason, TlsFailureWords.Result(failure)));
        }
    }

    /// <summary>The decision is made again without it: TLS with anybody, or nothing where the operator wants more.</summary>
    [Fact]
    public void Where_OpenSSL_takes_no_record_nothing_is_demanded_here()
    {
        using var rig = new VerifierRig(tls12: false);
        DnsName host = DnsName.Read("mx.example.org")!;
        ImmutableArray<TlsaRecord> records = [.. CaseTable.Instance.Records("2 0 0 =3003020101, 3 1 0 =3003020101")];
        var demand = new TlsDemand(TlsProof.Dane, host) { Names = [host], Tlsa = records };
        Assert.Null(rig.Verifier.Prepare(demand, null, out ImmutableArray<TlsaRecord> refused));
        Assert.Equal(records, refused);
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
