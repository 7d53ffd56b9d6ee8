namespace Postern.Configuration.Tests;

/// <summary>What the resolver and the dialer are told where streams go out to other XMPP servers.</summary>
public sealed class ServiceOutboundTests
{
    private const string Streams = "[[outbound]]\nname = \"streams\"\nprotocol = \"xmpp-server\"\nlisten = [\"127.0.0.1:5270\"]\n[resolver]\ntrust-ad = \"127.0.0.1:53\"\n";
    private const string Mail = "[[outbound]]\nname = \"mail\"\nprotocol = \"smtp\"\nlisten = [\"127.0.0.1:10025\"]\ntls = \"plain\"\n";
    private const string Maps = "[[outbound]]\nname = \"maps\"\nprotocol = \"socketmap\"\nlisten = [\"127.0.0.1:8461\"]\ntls = \"plain\"\n";

    private static readonly Machine Machine = new("gate.example", 4, false);

    /// <summary>Where no mail goes out nobody asks where it goes, nothing of domains is recorded, and nothing reported.</summary>
    [Theory]
    [InlineData(Streams, false, true)]
    [InlineData(Mail + Streams, true, true)]
    [InlineData(Mail, true, false)]
    [InlineData(Maps, true, false)]
    [InlineData(Maps + Streams, true, true)]
    public void WhatGoesOutIsWhatMayBeAskedAbout(string text, bool mail, bool services)
    {
        ResolverSnapshot resolver = Good(text).Resolver!;
        resolver = ResolverSnapshot.Read(resolver.Write());
        Assert.Equal((mail, services), (resolver.SendsMail, resolver.FindsServices));
    }

    [Fact]
    public void EachGateHasItsPorts()
    {
        BackendSnapshot backends = BackendSnapshot.Read(Good(Mail + Maps + Streams).Backends().Write());
        Assert.Equal([new OutboundPorts(25, false), new OutboundPorts(0, false), new OutboundPorts(0, true)], backends.OutboundPorts);
        OutboundPorts mail = backends.OutboundPorts[0], maps = backends.OutboundPorts[1], streams = backends.OutboundPorts[2];
        Assert.Equal([25], Enumerable.Range(-1, 65540).Where(mail.Include));
        Assert.DoesNotContain(Enumerable.Range(-1, 65540), maps.Include);
        Assert.Equal([-1, 0, 25, 465, 587, 65536, 65537, 65538], Enumerable.Range(-1, 65540).Where(port => !streams.Include(port)));
    }

    /// <summary>One server has all of a site's streams; 256 of them would be all. Taken out: Settlement.DefaultPerClient.</summary>
    [Theory]
    [InlineData(Streams, 8192, 8192)]
    [InlineData("[[outbound]]\nmax-connections = 9000\nname = \"streams\"\nprotocol = \"xmpp-server\"\nlisten = [\"127.0.0.1:5270\"]\n", 9000, 9000)]
    [InlineData("[[outbound]]\nmax-connections-per-client = 5\nname = \"streams\"\nprotocol = \"xmpp-server\"\nlisten = [\"127.0.0.1:5270\"]\n", 8192, 5)]
    [InlineData(Mail, 8192, 256)]
    public void OneServerMayHaveAllStreams(string text, int most, int perClient)
    {
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", text, Machine);
        Settings.GateSettings gate = read.Settings!.Gates[0];
        Assert.Equal((most, perClient), (gate.MaxConnections, gate.MaxConnectionsPerClient));
    }

    private static Snapshot Good(string text)
    {
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", text, Machine);
        Assert.Empty(read.Problems.Where(problem => problem.Severity == Severity.Error));
        SnapshotResult loaded = SnapshotBuilder.Load(read.Settings!, "t.toml", 1, TestCertificates.Now, new Zone());
        Assert.True(loaded.Snapshot is not null, string.Join('\n', loaded.Problems));
        return loaded.Snapshot;
    }
}
