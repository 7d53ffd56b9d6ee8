using System.Globalization;
using Postern.Configuration.Discovery;
using Postern.Configuration.Settings;
using Postern.Interop.LibC;
using Postern.Protocols;

namespace Postern.Configuration.Tests;

/// <summary>What becomes of a backend that is left to be found.</summary>
public sealed class DiscoveryTests
{
    private static readonly Machine Machine = new("gate.example", 4, false);

    private static readonly SrvRecord Absent = new(0, 0, 0, "");

    private readonly Zone _zone = new Zone().Host("mail.example.org", "192.0.2.1", "2001:db8::1").Host("b.example.org", "192.0.2.2");

    [Fact]
    public void TheServiceWithTlsFromTheFirstByteComesFirst()
    {
        _zone.Service("_imaps._tcp.example.org", new SrvRecord(0, 1, 993, "mail.example.org"))
            .Service("_imap._tcp.example.org", new SrvRecord(0, 1, 143, "mail.example.org"));

        LoadedGate gate = Good("imap", "discover:alice@Example.org");

        Assert.Equal(["192.0.2.1:993", "[2001:db8::1]:993"], gate.Backend.Select(address => address.ToString()));
        Assert.Equal([TlsMode.Implicit], gate.BackendTls!.Modes);
        Assert.Equal("imaps: mail.example.org:993 (implicit TLS), certificate must be for example.org", Assert.Single(gate.Discovered)!.ToString());

        // What is second choice was not asked for, and nobody's name was sent out.
        Assert.Equal(["_imaps._tcp.example.org", "mail.example.org"], _zone.Asked);
    }

    /// <summary>RFC 6186 §6: the record is anybody's word. Without the rule the certificate of whoever is named there would do.</summary>
    [Fact]
    public void TheCertificateIsTheDomainsAndNotTheTargets()
    {
        _zone.Service("_imaps._tcp.example.org", new SrvRecord(0, 1, 993, "mail.example.org"));

        Assert.Equal(["example.org"], Good("imap", "discover:example.org").BackendTls!.Names);
        Assert.Equal(["mail.example.org"], Good("imap", "discover:example.org", "backend-name = \"mail.example.org\"").BackendTls!.Names);
    }

    [Theory]
    [InlineData(QueryOutcome.NoSuchName)]
    [InlineData(QueryOutcome.NoRecord)]
    [InlineData(QueryOutcome.Answered)]
    public void WithoutItStartTlsIsMandatory(QueryOutcome outcome)
    {
        _zone.Service("_imap._tcp.example.org", new SrvRecord(0, 1, 143, "mail.example.org"));
        _ = outcome == QueryOutcome.Answered ? _zone.Service("_imaps._tcp.example.org", Absent) : _zone.Fails("_imaps._tcp.example.org", outcome);

        LoadedGate gate = Good("imap", "discover:example.org");

        Assert.Equal([TlsMode.StartTls], gate.BackendTls!.Modes);
        Assert.Equal("imap: mail.example.org:143 (STARTTLS, mandatory), certificate must be for example.org", gate.Discovered[0]!.ToString());
    }

    [Theory]
    [InlineData("implicit", "_imaps._tcp.example.org", 993)]
    [InlineData("starttls", "_imap._tcp.example.org", 143)]
    public void WhatTheOperatorWroteIsAllThatIsAskedFor(string mode, string name, int port)
    {
        _zone.Service("_imaps._tcp.example.org", new SrvRecord(0, 1, 993, "mail.example.org"))
            .Service("_imap._tcp.example.org", new SrvRecord(0, 1, 143, "mail.example.org"));

        Assert.Equal(port, Good("imap", "discover:example.org", $"backend-tls = \"{mode}\"").Backend[0].Port);
        Assert.Equal([name, "mail.example.org"], _zone.Asked);
    }

    [Fact]
    public void TargetsAreTriedByPriorityAndThoseWithoutAnAddressAreLeftOut()
    {
        _zone.Service(
            "_imaps._tcp.example.org",
            new SrvRecord(20, 1, 1993, "mail.example.org"), new SrvRecord(10, 1, 993, "b.example.org"), new SrvRecord(5, 1, 993, "gone.example.org"));

        SnapshotResult result = Load(Gate("imap", "discover:example.org"));

        Assert.Equal(["192.0.2.2:993", "192.0.2.1:1993", "[2001:db8::1]:1993"], result.Snapshot!.Gates[0].Backend.Select(address => address.ToString()));
        Assert.Equal(["b.example.org:993", "mail.example.org:1993"], result.Snapshot.Gates[0].Discovered[0]!.Targets);
        Assert.Equal(
            ["t.toml:6:1: warning: gate[g].backend: of the servers of imaps at example.org these are left out: gone.example.org: it does not exist or has no address"],
            result.Problems.Select(problem => problem.ToString()));
    }

    /// <summary>A connection tries them one after another: without the bounds it would never come to its end.</summary>
    [Fact]
    public void ManyTargetsWithManyAddressesAreCut()
    {
        SrvRecord[] records = [.. Enumerable.Range(0, 20).Select(number => new SrvRecord(number, 0, 993, $"h{number}.example.org"))];
        foreach (SrvRecord record in records)
            _zone.Host(record.Target, [.. Enumerable.Range(1, 9).Select(last => $"198.51.100.{record.Priority * 9 + last}")]);
        _zone.Service("_imaps._tcp.example.org", records);

        ResolvedAddress[] tried = [.. Good("imap", "discover:example.org").Backend];

        Assert.Equal(16, tried.Length);
        Assert.Equal("198.51.100.10", tried[4].Ip);
    }

    [Fact]
    public void RoutesAreFoundEachForItself()
    {
        using var files = new TestCertificates();
        files.Issue("c");
        _zone.Service("_imaps._tcp.a.example", new SrvRecord(0, 1, 993, "mail.example.org"))
            .Service("_imap._tcp.b.example", new SrvRecord(0, 1, 143, "b.example.org"));

        SnapshotResult result = Load($$"""
            [certificate.c]
            chain = "{{files.At("c.pem")}}"
            key = "{{files.At("c.key")}}"
            [[gate]]
            name = "g"
            protocol = "imap"
            listen = ["127.0.0.1:1143"]
            tls = "implicit"
            certificate = ["c"]
            backend-trust = "sha256:{{new string('a', 64)}}"
            route = [
              { sni = "a.example", backend = "discover:a.example" },
              { sni = "b.example", backend = "discover:b.example", backend-name = "b.example.org" },
            ]
            """);

        Assert.Empty(result.Problems);
        LoadedGate gate = Assert.Single(result.Snapshot!.Gates);
        Assert.Equal([TlsMode.Implicit, TlsMode.StartTls], gate.BackendTls!.Modes[1..]);
        Assert.Equal(["a.example", "b.example.org"], gate.BackendTls.Names[1..]);
        Assert.Equal(["192.0.2.1:993", "192.0.2.2:143"], gate.RouteBackends.Select(backend => backend[0].ToString()));
        Assert.Equal(
            [
                ("gate[g].route[#1].backend", "imaps: mail.example.org:993 (implicit TLS), certificate must be for a.example"),
                ("gate[g].route[#2].backend", "imap: b.example.org:143 (STARTTLS, mandatory), certificate must be for b.example.org"),
            ],
            result.Snapshot.Discovered.Select(each => (each.Key, each.Backend.ToString())));

        Snapshot after = Snapshot.Read(result.Snapshot.Write());
        Assert.Equal(gate.Discovered.Select(each => each?.ToString()), after.Gates[0].Discovered.Select(each => each?.ToString()));
    }

    /// <summary>RFC 6120 §3.2.2.</summary>
    [Theory]
    [InlineData("xmpp-client", 5222)]
    [InlineData("xmpp-server", 5269)]
    public void XmppWithoutAnyRecordIsAtTheDomainItself(string protocol, int port)
    {
        _zone.Host("example.org", "192.0.2.9");

        LoadedGate gate = Good(protocol, "discover:example.org");

        Assert.Equal($"192.0.2.9:{port}", Assert.Single(gate.Backend).ToString());
        Assert.Equal([TlsMode.StartTls], gate.BackendTls!.Modes);
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"{protocol}: example.org:{port} (STARTTLS, mandatory; no SRV record, so the domain itself), certificate must be for example.org"),
            gate.Discovered[0]!.ToString());
    }

    /// <summary>RFC 6120 §3.2.1: "." is an answer, after which nothing is tried.</summary>
    [Fact]
    public void XmppThatIsNotOfferedIsNotTriedAllTheSame()
    {
        _zone.Host("example.org", "192.0.2.9").Service("_xmpp-client._tcp.example.org", Absent);

        Assert.Equal(
            Error("no server for xmpp-client at example.org was found: there is no name _xmpps-client._tcp.example.org (NXDOMAIN), and _xmpp-client._tcp.example.org has the target \".\", which says that the service is not offered. Is it that domain? Else write the server's \"host:port\", with backend-tls"),
            Said("xmpp-client", "discover:example.org"));
    }

    [Fact]
    public void XmppWithTlsFromTheFirstByteHasNoFallback()
    {
        _zone.Host("example.org", "192.0.2.9");

        Assert.Equal(
            Error("no server for xmpp-client at example.org was found: there is no name _xmpps-client._tcp.example.org (NXDOMAIN); no other is asked for, since backend-tls = \"implicit\". Is it that domain? Else write the server's \"host:port\", with backend-tls"),
            Said("xmpp-client", "discover:example.org", "backend-tls = \"implicit\""));
    }

    [Fact]
    public void WhatIsNotThereIsAnErrorAndHowItIsNotThereIsSaid()
    {
        _zone.Fails("_imap._tcp.example.org", QueryOutcome.NoRecord);

        Assert.Equal(
            Error("no server for imap at example.org was found: there is no name _imaps._tcp.example.org (NXDOMAIN), and _imap._tcp.example.org has no SRV record. Is it that domain? Else write the server's \"host:port\", with backend-tls"),
            Said("imap", "discover:example.org"));
    }

    /// <summary>SrvAnswer leaves out what is no record.</summary>
    [Fact]
    public void AnAnswerWithoutAGoodRecordIsOneWithout()
    {
        _zone.Service("_sieve._tcp.example.org");

        Assert.Equal(
            Error("no server for sieve at example.org was found: _sieve._tcp.example.org has no SRV record that can be used (a target is a host name, with a port). Is it that domain? Else write the server's \"host:port\", with backend-tls"),
            Said("sieve", "discover:example.org"));
    }

    /// <summary>Else whoever can silence a name server would choose the service.</summary>
    [Theory]
    [InlineData(QueryOutcome.ServerFailed, "the name server failed (SERVFAIL) when asked for _imaps._tcp.example.org: often a signature or a delegation of that domain is broken; try again later, or ask it: dig SRV _imaps._tcp.example.org")]
    [InlineData(QueryOutcome.Refused, "the name server refused to answer for _imaps._tcp.example.org: does the one in /etc/resolv.conf resolve for this machine?")]
    [InlineData(QueryOutcome.NoAnswer, "no name server answered in time for _imaps._tcp.example.org: see /etc/resolv.conf, and whether a packet filter is between")]
    public void WhatIsNotKnownIsNotTakenForAbsent(QueryOutcome outcome, string words)
    {
        _zone.Fails("_imaps._tcp.example.org", outcome).Service("_imap._tcp.example.org", new SrvRecord(0, 1, 143, "mail.example.org"));

        Assert.Equal(Error(words), Said("imap", "discover:example.org"));
    }

    [Fact]
    public void ServersWithoutAnAddressAreNone()
    {
        _zone.Service("_imaps._tcp.example.org", new SrvRecord(0, 1, 993, "gone.example.org"))
            .Service("_imap._tcp.example.org", new SrvRecord(0, 1, 143, "mail.example.org"));

        Assert.Equal(
            Error("no server of imaps at example.org can be resolved: gone.example.org: it does not exist or has no address. Is it that domain? Else write the server's \"host:port\", with backend-tls"),
            Said("imap", "discover:example.org"));
    }

    /// <summary>A site's own record leads to its gateway.</summary>
    [Theory]
    [InlineData("127.0.0.1:1143", "127.0.0.1")]
    [InlineData("[::]:1143", "127.0.0.1")]
    [InlineData("0.0.0.0:1143", "127.0.0.5")]
    public void AGateDoesNotFindItself(string listen, string address)
    {
        _zone.Service("_imaps._tcp.example.org", new SrvRecord(0, 1, 1143, "self.example.org")).Host("self.example.org", address);

        Assert.Equal(
            Error($"imaps at example.org is at {address}:1143, which is this gate itself: write the server's own address"),
            Said("imap", "discover:example.org", "allow-plain-remote = true", listen));
    }

    /// <summary>The certificate is the domain's: whom the gate trusts must be able to certify that name.</summary>
    [Fact]
    public void ADomainThatNoPublicAuthorityCertifiesIsWarnedOf()
    {
        string trustsSystem = Gate("imap", "discover:corp.internal").Replace($"sha256:{new string('a', 64)}", "system", StringComparison.Ordinal);

        Assert.StartsWith(
            "t.toml:6:11: warning: gate[g].backend: no public authority certifies 'corp.internal', ",
            Assert.Single(ConfigurationFile.Parse("t.toml", trustsSystem, Machine).Problems).ToString());
    }

    [Fact]
    public void OneNameIsAskedForOnce()
    {
        _zone.Service("_imaps._tcp.example.org", new SrvRecord(0, 1, 993, "mail.example.org"));

        string second = Gate("imap", "discover:example.org").Replace("\"g\"", "\"h\"", StringComparison.Ordinal).Replace(":1143", ":1144", StringComparison.Ordinal);
        Assert.NotNull(Load(Gate("imap", "discover:example.org") + second).Snapshot);
        Assert.Equal(["_imaps._tcp.example.org", "mail.example.org"], _zone.Asked);
    }

    /// <summary>Every protocol is found by some name, or refused with words (Broken/discover-protocol.txt).</summary>
    [Fact]
    public void NoProtocolWasForgotten() => Assert.Equal(
        ["tcp", "smtp", "lmtp"], ProtocolList.All.Select(protocol => protocol.Name).Where(name => ServiceNames.Of(name) is null));

    private LoadedGate Good(string protocol, string backend, string more = "")
    {
        _zone.Asked.Clear();
        SnapshotResult result = Load(Gate(protocol, backend, more));
        Assert.Empty(result.Problems);
        return Assert.Single(result.Snapshot!.Gates);
    }

    private string Said(string protocol, string backend, string more = "", string listen = "127.0.0.1:1143")
    {
        SnapshotResult result = Load(Gate(protocol, backend, more, listen));
        Assert.Null(result.Snapshot);
        return Assert.Single(result.Problems).ToString();
    }

    private SnapshotResult Load(string text)
    {
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", text, Machine);
        Assert.Empty(read.Problems);
        return SnapshotBuilder.Load(read.Settings!, "t.toml", 1, TestCertificates.Now, _zone);
    }

    private static string Error(string words) => "t.toml:6:1: error: gate[g].backend: " + words;

    /// <summary>Pinned, so that no test asks what authorities this machine has.</summary>
    private static string Gate(string protocol, string backend, string more = "", string listen = "127.0.0.1:1143") => $"""
        [[gate]]
        name = "g"
        protocol = "{protocol}"
        listen = ["{listen}"]
        tls = "plain"
        backend = "{backend}"
        backend-trust = "sha256:{new string('a', 64)}"
        {more}

        """;
}
