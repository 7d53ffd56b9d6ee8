using System.Text;

namespace Postern.Configuration.Tests;

/// <summary>Who is trusted as a backend, and what is shown to one: warnings that are due, and those that are not.</summary>
public sealed class BackendTrustTests : IDisposable
{
    private static readonly Machine Machine = new("mail.example", 4, false);

    private readonly TestCertificates _files = new();

    public BackendTrustTests() => _files.Issue("a");

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("127.0.0.1:993", "127.0.0.1")]
    [InlineData("[::1]:993", "::1")]
    [InlineData("10.1.2.3:993", "10.1.2.3")]
    [InlineData("172.31.0.1:993", "172.31.0.1")]
    [InlineData("192.168.0.1:993", "192.168.0.1")]
    [InlineData("[fd00::1]:993", "fd00::1")]
    [InlineData("localhost:993", "localhost")]
    [InlineData("imap:993", "imap")]
    [InlineData("imap.lab.INTERNAL:993", "imap.lab.INTERNAL")]
    [InlineData("printer.local:993", "printer.local")]
    public void NoAuthorityOfTheSystemCertifies(string backend, string name)
    {
        string expected = $"t.toml:10:11: warning: gate[g].backend: no public authority certifies '{name}', and this gate trusts the system's authorities: "
            + "write backend-trust = a PEM file (the backend's own certificate will do) or a pin (\"sha256:…\") in the gate, or backend-name = the name on the Internet that its certificate has";
        Assert.Equal([expected], Read(backend));
        Assert.Equal([expected], Read(backend, "backend-trust = \"system\""));
    }

    [Theory]
    [InlineData("imap.example.org:993", "")]
    [InlineData("203.0.113.7:993", "")] // A public address: there are authorities that certify those.
    [InlineData("172.32.0.1:993", "")]
    [InlineData("[2001:db8::1]:993", "")]
    [InlineData("127.0.0.1:993", "backend-name = \"imap.example.org\"")]
    [InlineData("127.0.0.1:993", "backend-trust = \"ca.pem\"")]
    [InlineData("127.0.0.1:993", "backend-trust = \"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"")]
    public void WhatCanBeCertifiedIsNotSpokenOf(string backend, string more) => Assert.Empty(Read(backend, more));

    [Fact]
    public void TheNameThatIsWrittenIsTheOneThatIsJudged() => Assert.Equal(
        ["t.toml:12:16: warning: gate[g].backend-name: no public authority certifies 'imap', and this gate trusts the system's authorities: write backend-trust = a PEM file (the backend's own certificate will do) or a pin (\"sha256:…\") in the gate"],
        Read("imap.example.org:993", "backend-name = \"imap\""));

    [Fact]
    public void ARouteHasItsOwn() => Assert.StartsWith(
        "t.toml:12:57: warning: gate[g].route[#2].backend: no public authority certifies 'localhost'",
        Assert.Single(Read("imap.example.org:993", "route = [{sni=\"a.b\",backend=\"c.d:1\"},{sni=\"e.f\",backend=\"localhost:2\"}]")));

    [Fact]
    public void OfAPlainBackendNothingIsSaid() =>
        Assert.Empty(Warnings(Text("localhost:143", "").Replace("backend-tls = \"implicit\"\n", "", StringComparison.Ordinal)));

    [Fact]
    public void AnAuthorityThatHasExpired()
    {
        DateTimeOffset end = TestCertificates.Now.AddSeconds(-1);
        _files.Issue("old", until: end);
        _files.Issue("new", from: TestCertificates.Now.AddDays(1));
        string old = $"certificate 1 ('old') expired on {DateText.Write(end)}";
        string file = _files.At("ca.pem");

        Bundle("old");
        Assert.Equal([$"t.toml:12:1: warning: gate[g].backend-trust: {file}: {old}: whom it signed is refused; nobody is trusted then"], Loaded("backend-trust = \"ca.pem\""));

        Bundle("old", "a");
        Assert.Equal([$"t.toml:12:1: warning: gate[g].backend-trust: {file}: {old}: whom it signed is refused"], Loaded("backend-trust = \"ca.pem\""));

        Bundle("a", "new");
        Assert.Equal(
            [$"t.toml:12:1: warning: gate[g].backend-trust: {file}: certificate 2 ('new') is not valid before {DateText.Write(TestCertificates.Now.AddDays(1))}: whom it signed is refused"],
            Loaded("backend-trust = \"ca.pem\""));

        Bundle("old", "old", "old", "old", "old", "a");
        Assert.EndsWith(", and 2 more: whom it signed is refused", Assert.Single(Loaded("backend-trust = \"ca.pem\"")));

        Bundle("a");
        Assert.Empty(Loaded("backend-trust = \"ca.pem\""));
    }

    [Fact]
    public void AnAuthorityOfClientsThatHasExpired()
    {
        _files.Issue("old", until: TestCertificates.Now.AddSeconds(-1));
        Bundle("old");
        Assert.StartsWith(
            $"t.toml:14:1: warning: gate[g].client-ca: {_files.At("ca.pem")}: certificate 1 ('old') expired on ",
            Assert.Single(Loaded("backend-trust = \"a.pem\"\nclient-certificate = \"require\"\nclient-ca = \"ca.pem\"")));
    }

    [Fact]
    public void WhatIsShownToABackendNeedsNoDnsName()
    {
        _files.Issue("client", dnsNames: []);
        Assert.Empty(Loaded(Client));
    }

    [Fact]
    public void WhatIsShownToABackendIsRefusedByBackends()
    {
        DateTimeOffset end = TestCertificates.Now.AddSeconds(-1);
        _files.Issue("client", until: end);
        Assert.Equal([$"t.toml:16:1: warning: certificate.client.chain: the certificate expired on {DateText.Write(end)}: backends refuse it"], Loaded(Client));

        _files.Issue("client", from: TestCertificates.Now.AddHours(1));
        Assert.EndsWith(": backends refuse it until then", Assert.Single(Loaded(Client)));

        // What is due of any certificate is due of this one.
        _files.Issue("client", until: TestCertificates.Now.AddDays(2));
        Assert.EndsWith(", in 2 days", Assert.Single(Loaded(Client)));
    }

    private string Client =>
        $"backend-trust = \"a.pem\"\nbackend-certificate = \"client\"\n\n[certificate.client]\nchain = \"{_files.At("client.pem")}\"\nkey = \"{_files.At("client.key")}\"\n";

    private void Bundle(params string[] names) =>
        _files.Write("ca.pem", string.Concat(names.Select(name => File.ReadAllText(_files.At(name + ".pem")) + "\n")));

    private string[] Read(string backend, string more = "") => Warnings(Text(backend, more));

    private static string[] Warnings(string text)
    {
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", text, Machine);
        Assert.NotNull(read.Settings);
        return [.. read.Problems.Select(problem => problem.ToString())];
    }

    private string[] Loaded(string more)
    {
        string file = _files.At("t.toml");
        ConfigurationResult read = ConfigurationFile.Parse(file, Text("127.0.0.1:993", more), Machine);
        Assert.Empty(read.Problems);
        SnapshotResult loaded = SnapshotBuilder.Load(read.Settings!, "t.toml", 1, TestCertificates.Now);
        Assert.NotNull(loaded.Snapshot);
        return [.. loaded.Problems.Select(problem => problem.ToString())];
    }

    private string Text(string backend, string more) => new StringBuilder()
        .Append("[certificate.a]\n")
        .Append($"chain = \"{_files.At("a.pem")}\"\n")
        .Append($"key = \"{_files.At("a.key")}\"\n")
        .Append("[[gate]]\n")
        .Append("name = \"g\"\n")
        .Append("protocol = \"imap\"\n")
        .Append("listen = [\"127.0.0.1:4433\"]\n")
        .Append("tls = \"implicit\"\n")
        .Append("certificate = [\"a\"]\n")
        .Append($"backend = \"{backend}\"\n")
        .Append("backend-tls = \"implicit\"\n")
        .Append(more).Append('\n')
        .ToString();
}
