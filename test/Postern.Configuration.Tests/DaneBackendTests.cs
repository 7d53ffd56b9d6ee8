using Postern.Configuration.Discovery;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Tests;

/// <summary>What the resolver is told of backends that DANE must prove.</summary>
public sealed class DaneBackendTests
{
    private const string Gate = """
        [[gate]]
        name = "a"
        protocol = "imap"
        listen = ["127.0.0.1:1143"]
        tls = "plain"
        backend-trust = "dane"

        """;

    private static readonly Machine Machine = new("gate.example", 4, false);

    private readonly Zone _zone = new Zone().Host("imap.example.org", "192.0.2.1", "2001:db8::1").Host("b.example.org", "192.0.2.2");

    [Fact]
    public void AHostThatIsWritten()
    {
        Snapshot snapshot = Good(Gate + "backend = \"imap.example.org:993\"\nbackend-tls = \"implicit\"\n");

        ResolverSnapshot resolver = snapshot.Resolver!;
        Assert.False(resolver.SendsMail);
        Assert.Equal([new DaneBackend(0, -1, 0, "imap.example.org", 993), new DaneBackend(0, -1, 1, "imap.example.org", 993)], resolver.Backends);
        Assert.Equal(resolver.Backends, ResolverSnapshot.Read(resolver.Write()).Backends);

        // RFC 6698 §2.1.1: usages 0 and 1 want the system's authorities besides.
        Assert.True(snapshot.Gates[0].BackendTls is { IsDane: true, SystemTrust: true });
        Assert.NotEmpty(snapshot.WithoutKeys().SystemTrustPem);
        Assert.Null(snapshot.WithoutKeys().Resolver);
    }

    [Fact]
    public void TheTargetsOfAService()
    {
        _zone.Service("_imaps._tcp.example.org", new SrvRecord(1, 1, 993, "imap.example.org"), new SrvRecord(2, 1, 1993, "b.example.org"));

        Snapshot snapshot = Good(Gate + "backend = \"discover:example.org\"\n");

        Assert.Equal(
            [("imap.example.org", 993), ("imap.example.org", 993), ("b.example.org", 1993)],
            snapshot.Resolver!.Backends.Select(backend => (backend.Host, backend.Port)));
        Assert.All(snapshot.Resolver.Backends, backend => Assert.Equal(("_imaps._tcp.example.org", "example.org", false), (backend.Service, backend.Domain, backend.IsFallback)));
        Assert.Equal([0, 1, 2], snapshot.Resolver.Backends.Select(backend => backend.Index));
        Assert.Equal("imaps: imap.example.org:993, b.example.org:1993 (implicit TLS), DANE must prove it", Assert.Single(snapshot.Discovered).Backend.ToString());
    }

    [Fact]
    public void MailServersAreKnownAsSuch() =>
        Assert.True(Good(Gate.Replace("imap", "smtp", StringComparison.Ordinal) + "backend = \"b.example.org:25\"\nbackend-tls = \"starttls\"\n").Resolver!.Backends[0].IsSmtp);

    [Fact]
    public void NobodyElseIs() =>
        Assert.Null(Good(Gate.Replace("\"dane\"", "\"system\"", StringComparison.Ordinal) + "backend = \"imap.example.org:993\"\nbackend-tls = \"implicit\"\n").Resolver);

    [Fact]
    public void TheResolverAndItsStateAreUsed()
    {
        ConfigurationResult read = ConfigurationFile.Parse(
            "t.toml", Gate + "backend = \"imap.example.org:993\"\nbackend-tls = \"implicit\"\n[resolver]\ntrust-ad = \"127.0.0.1:53\"\n[policy]\nstate = \"/tmp/nowhere\"\n", Machine);
        Assert.Empty(read.Problems);
        Assert.Contains("/tmp/nowhere", StateDirectory.Look(read.Settings!)!.Message, StringComparison.Ordinal);
    }

    /// <summary>Where no mail goes out there is nothing to report on, and no recorder that reports could come from.</summary>
    [Fact]
    public void NoReportsAreSentOfThem()
    {
        ConfigurationResult read = ConfigurationFile.Parse(
            "t.toml", Gate + "backend = \"imap.example.org:993\"\nbackend-tls = \"implicit\"\n[tlsrpt]\ncontact = \"postmaster@example.org\"\nfrom = \"tlsrpt@example.org\"\n", Machine);
        Assert.Equal("nothing uses this: there is no [[outbound]]", Assert.Single(read.Problems).Message);
        ResolverSnapshot resolver = SnapshotBuilder.Load(read.Settings!, "t.toml", 1, TestCertificates.Now, _zone).Snapshot!.Resolver!;
        Assert.Equal((null, false), (resolver.Reports, resolver.SendsMail));
    }

    private Snapshot Good(string text)
    {
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", text, Machine);
        Assert.Empty(read.Problems);
        SnapshotResult loaded = SnapshotBuilder.Load(read.Settings!, "t.toml", 1, TestCertificates.Now, _zone);
        Assert.Empty(loaded.Problems);
        return loaded.Snapshot!;
    }
}
