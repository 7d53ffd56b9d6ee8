using System.Security.Cryptography;
using System.Text;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Tests;

public sealed class SnapshotTests : IDisposable
{
    private static readonly Machine Machine = new("mail.example", 4, false);

    private readonly TestCertificates _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void EveryKindOfKeyIsLoaded()
    {
        _files.Issue("p256");
        _files.Issue("p384", ECDsa.Create(ECCurve.NamedCurves.nistP384));
        _files.Issue("p521", ECDsa.Create(ECCurve.NamedCurves.nistP521));
        _files.Issue("rsa", RSA.Create(2048), ["rsa.example", "*.RSA.example"]);
        TestCertificates.OpenSsl("genpkey", "-algorithm", "ed25519", "-out", _files.At("ed.key"));
        TestCertificates.OpenSsl(
            "req", "-x509", "-key", _files.At("ed.key"), "-out", _files.At("ed.pem"), "-days", "90",
            "-subj", "/CN=ed", "-addext", "subjectAltName=DNS:ed.example");

        Snapshot snapshot = Good("p256", "p384", "p521", "rsa", "ed");

        Assert.Equal(["EC", "EC", "EC", "RSA", "ED25519"], snapshot.Certificates.Select(each => each.KeyType));
        Assert.Equal(["p256.example", "rsa.example", "*.rsa.example"], [.. snapshot.Certificates[0].DnsNames, .. snapshot.Certificates[3].DnsNames]);
        Assert.Equal(TestCertificates.Now.AddDays(-1), snapshot.Certificates[0].NotBefore);
        Assert.Equal(TestCertificates.Now.AddDays(90), snapshot.Certificates[0].NotAfter);
        Assert.Equal(File.ReadAllBytes(_files.At("rsa.key")), snapshot.Certificates[3].KeyPem);
    }

    [Fact]
    public void ASnapshotIsTheSameOnTheOtherSide()
    {
        _files.Issue("a");
        Snapshot before = Good("a");

        Snapshot after = Snapshot.Read(before.Write());

        Assert.Equal(before.Write(), after.Write());
        LoadedGate gate = Assert.Single(after.Gates);
        Assert.Equal(TlsMode.Implicit, gate.Settings.Tls);
        Assert.Equal(TruncationAction.Reset, gate.Settings.OnTruncation);
        Assert.Equal(TimeSpan.FromSeconds(15), gate.Settings.HandshakeTimeout);
        Assert.Equal(before.Gates[0].SessionPolicies, gate.SessionPolicies);
        Assert.Equal(32, Assert.Single(gate.SessionPolicies).Length);
        Assert.Equal("mail.example", after.Server.HostName);
    }

    [Fact]
    public void BackendsBecomeAddresses()
    {
        Snapshot snapshot = Load("""
            [[gate]]
            name = "a"
            protocol = "tcp"
            listen = ["localhost:4433", "unix:/run/a"]
            tls = "plain"
            backend = "[::1]:143"
            [[gate]]
            name = "b"
            protocol = "tcp"
            listen = ["127.0.0.1:4434"]
            tls = "plain"
            backend = "unix:/run/b"
            """).Snapshot!;

        Assert.Equal(new ResolvedAddress { Ip = "::1", Port = 143 }, Assert.Single(snapshot.Gates[0].Backend));
        Assert.Equal(new ResolvedAddress { Path = "/run/b" }, Assert.Single(snapshot.Gates[1].Backend));
        Assert.Contains(new EndpointAddress { Host = "127.0.0.1", Port = 4433 }, snapshot.Gates[0].Settings.Listen);
        Assert.Equal(new EndpointAddress { Path = "/run/a" }, snapshot.Gates[0].Settings.Listen[^1]);
        Assert.Equal([0, 1], snapshot.Gates.Select(gate => gate.Row));
    }

    [Fact]
    public void EmptyFileOfAKey()
    {
        _files.Issue("a");
        _files.Write("a.key", "");

        Assert.Equal(
            [$"t.toml:3:1: error: certificate.a.key: {_files.At("a.key")} is not a PEM file: it has no line \"-----BEGIN PRIVATE KEY-----\" (a DER file is converted by: openssl pkey -inform DER)"],
            Problems("a"));
    }

    private Snapshot Good(params string[] names)
    {
        SnapshotResult result = Load(WithCertificates(names));
        Assert.Empty(result.Problems);
        return result.Snapshot!;
    }

    private string[] Problems(params string[] names) => [.. Load(WithCertificates(names)).Problems.Select(problem => problem.ToString())];

    private string WithCertificates(string[] names)
    {
        var text = new StringBuilder();
        foreach (string name in names)
            text.Append($"[certificate.{name}]\nchain = \"{_files.At(name + ".pem")}\"\nkey = \"{_files.At(name + ".key")}\"\n");
        text.Append("[[gate]]\nname = \"g\"\nprotocol = \"tcp\"\nlisten = [\"127.0.0.1:4433\"]\ntls = \"implicit\"\n");
        text.Append($"certificate = [{string.Join(", ", names.Select(name => '"' + name + '"'))}]\nbackend = \"127.0.0.1:143\"\n");
        return text.ToString();
    }

    private static SnapshotResult Load(string text)
    {
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", text, Machine);
        Assert.Empty(read.Problems);
        return SnapshotBuilder.Load(read.Settings!, "t.toml", 1, TestCertificates.Now);
    }
}
