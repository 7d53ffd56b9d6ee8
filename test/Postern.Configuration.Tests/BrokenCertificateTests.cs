using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Postern.Configuration.Tests;

/// <summary>Certificates, keys and names that cannot be used, or should not: everything that is said about each.</summary>
public sealed class BrokenCertificateTests : IDisposable
{
    private const string Chain = "t.toml:2:1: {0}: certificate.a.chain: ";
    private const string Key = "t.toml:3:1: {0}: certificate.a.key: ";

    private static readonly Machine Machine = new("mail.example", 4, false);

    private readonly TestCertificates _files = new();

    public BrokenCertificateTests() => _files.Issue("a");

    public void Dispose() => _files.Dispose();

    private string Pem => _files.At("a.pem");

    private string KeyFile => _files.At("a.key");

    [Fact]
    public void FilesThatDoNotExist()
    {
        File.Delete(Pem);
        File.Delete(KeyFile);
        Expect(Error(Chain) + $"{Pem} does not exist", Error(Key) + $"{KeyFile} does not exist");
    }

    [Fact]
    public void NotPem()
    {
        File.WriteAllBytes(Pem, [0x30, 0x82, 1, 2]);
        _files.Write("a.key", "hello");
        Expect(
            Error(Chain) + $"{Pem} is not a PEM file: it has no line \"-----BEGIN CERTIFICATE-----\" (a DER file is converted by: openssl x509 -inform DER)",
            Error(Key) + $"{KeyFile} is not a PEM file: it has no line \"-----BEGIN PRIVATE KEY-----\" (a DER file is converted by: openssl pkey -inform DER)");
    }

    [Fact]
    public void TheTwoFilesExchanged()
    {
        (string pem, string key) = (File.ReadAllText(Pem), File.ReadAllText(KeyFile));
        _files.Write("a.pem", key);
        _files.Write("a.key", pem);
        Expect(
            Error(Chain) + $"{Pem} holds no certificate: it has no line \"-----BEGIN CERTIFICATE-----\"",
            Error(Key) + $"{KeyFile} holds no private key: it has no line \"-----BEGIN PRIVATE KEY-----\"");
    }

    [Fact]
    public void DamagedFiles()
    {
        _files.Write("a.pem", File.ReadAllText(Pem).Remove(100, 8));
        _files.Write("a.key", File.ReadAllText(KeyFile).Remove(60, 8));
        Expect(
            Error(Chain) + $"{Pem} holds a certificate that cannot be read: the file is damaged",
            Error(Key) + $"{KeyFile} holds a private key that cannot be read: the file is damaged");
    }

    [Fact]
    public void ADamagedIssuerIsNotOverlooked()
    {
        _files.Write("a.pem", File.ReadAllText(Pem) + "\n" + File.ReadAllText(Pem).Remove(100, 8));
        Expect(Error(Chain) + $"{Pem} holds a certificate that cannot be read: the file is damaged");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AKeyUnderAPassphrase(bool traditional)
    {
        TestCertificates.OpenSsl(["ec", "-in", KeyFile, "-out", _files.At("b"), "-aes256", "-passout", "pass:secret"]);
        if (!traditional)
            TestCertificates.OpenSsl(["pkcs8", "-topk8", "-in", KeyFile, "-out", _files.At("b"), "-passout", "pass:secret"]);
        _files.Write("a.key", File.ReadAllText(_files.At("b")));

        Expect(Error(Key) + $"{KeyFile} holds a key under a passphrase: write key-passphrase-credential = \"NAME\" beside it, and LoadCredential=NAME:FILE in the unit of posternd");
    }

    [Fact]
    public void AKeyOfAnotherType()
    {
        using RSA rsa = RSA.Create(2048);
        _files.Write("a.key", rsa.ExportPkcs8PrivateKeyPem());
        Expect(Error(Key) + $"the key does not belong to the certificate: {KeyFile} holds a key (RSA, 2048 bits), {Pem} a certificate for a key (EC, P-256)");
    }

    [Fact]
    public void AnotherKeyOfTheSameType()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _files.Write("a.key", other.ExportECPrivateKeyPem());
        Expect(Error(Key) + $"the key does not belong to the certificate: {KeyFile} holds a key (EC, P-256), of the same type but another, {Pem} a certificate for a key (EC, P-256)");
    }

    [Fact]
    public void AnRsaKeyThatIsTooLong()
    {
        using RSA rsa = RSA.Create(4104);
        _files.Issue("a", rsa);
        Expect(Error(Key) + "the key has 4104 bits; RSA keys of more than 4096 are not supported");
    }

    [Fact]
    public void AShortRsaKey()
    {
        using RSA rsa = RSA.Create(1024);
        _files.Issue("a", rsa, ["a.example"]);
        Expect(Error(Key) + "the key has 1024 bits; an RSA key needs 2048");
    }

    [Theory]
    [InlineData("ed448", "Ed448, 456 bits")]
    [InlineData("rsa-pss", "RSA-PSS, 2048 bits")]
    [InlineData("EC secp256k1", "EC, secp256k1")]
    public void AnUnsupportedKey(string algorithm, string description)
    {
        string[] parts = algorithm.Split(' ');
        string[] curve = parts.Length > 1 ? ["-pkeyopt", "ec_paramgen_curve:" + parts[1]] : [];
        TestCertificates.OpenSsl(["genpkey", "-algorithm", parts[0], .. curve, "-out", KeyFile]);
        TestCertificates.OpenSsl("req", "-x509", "-key", KeyFile, "-out", Pem, "-days", "90", "-subj", "/CN=a", "-addext", "subjectAltName=DNS:a.example");
        Expect(Error(Key) + $"a key of this type ({description}) is not supported: EC (P-256, P-384, P-521), RSA from 2048 bits and Ed25519 are");
    }

    [Fact]
    public void ADsaKey()
    {
        TestCertificates.OpenSsl("genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024", "-out", _files.At("parameters"));
        TestCertificates.OpenSsl("genpkey", "-paramfile", _files.At("parameters"), "-out", KeyFile);
        Expect(
            Error(Key) + "a key of this type (DSA, 1024 bits) is not supported: EC (P-256, P-384, P-521), RSA from 2048 bits and Ed25519 are",
            Error(Key) + $"the key does not belong to the certificate: {KeyFile} holds a key (DSA, 1024 bits), {Pem} a certificate for a key (EC, P-256)");
    }

    [Fact]
    public void Expired()
    {
        DateTimeOffset end = TestCertificates.Now.AddSeconds(-1);
        _files.Issue("a", until: end);
        Expect(Warning(Chain) + $"the certificate expired on {Date(end)}: clients refuse it");
    }

    [Fact]
    public void NotYetValid()
    {
        DateTimeOffset start = TestCertificates.Now.AddHours(1);
        _files.Issue("a", from: start);
        Expect(Warning(Chain) + $"the certificate is not valid before {Date(start)}: clients refuse it until then");
    }

    [Theory]
    [InlineData(13.5, "13 days")]
    [InlineData(1.5, "1 day")]
    [InlineData(0.5, "less than a day")]
    public void ExpiresSoon(double days, string inDays)
    {
        DateTimeOffset end = TestCertificates.Now.AddDays(days);
        _files.Issue("a", until: end);
        Expect(Warning(Chain) + $"the certificate expires on {Date(end)}, in {inDays}");
    }

    [Fact]
    public void FourteenDaysAreEnough()
    {
        _files.Issue("a", until: TestCertificates.Now.AddDays(14));
        Expect();
    }

    [Fact]
    public void NoDnsName()
    {
        _files.Issue("a", dnsNames: []);
        Expect(Warning(Chain) + "the certificate has no DNS name in its subjectAltName: clients check subjectAltName only (RFC 9525), and it is never chosen by SNI");
    }

    [Fact]
    public void LeafAndAuthorityAreInOrder()
    {
        (string leaf, string authority) = _files.IssueFromAuthority("a");
        _files.Write("a.pem", leaf + "\n" + authority);
        Expect();
    }

    [Fact]
    public void TheLeafIsNotFirst()
    {
        (string leaf, string authority) = _files.IssueFromAuthority("a");
        _files.Write("a.pem", authority + "\n" + leaf);
        string[] said = Problems(WithCertificates("a"));
        Assert.Equal(
            Error(Chain) + $"the key belongs to certificate 2 of {Pem}: the server's own certificate must be the first, then its issuer, and so on",
            said[^1]);
        Assert.Equal(3, said.Length);
    }

    [Fact]
    public void ACertificateThatHasNothingToDoWithTheOther()
    {
        (string leaf, string _) = _files.IssueFromAuthority("a");
        (string _, string stranger) = _files.IssueFromAuthority("b");
        _files.Write("a.pem", leaf + "\n" + stranger);
        Expect(Warning(Chain) + "the chain is not in order: certificate 2 did not issue certificate 1; some clients will not find their way to the root");
    }

    [Fact]
    public void AKeyThatEverybodyCanRead()
    {
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Expect(Warning(Key) + $"every user of this machine can read {KeyFile}: chmod o-r it");
    }

    [Fact]
    public void TwinsOfOneGate()
    {
        _files.Issue("b", dnsNames: ["A.example"]);
        using RSA rsa = RSA.Create(2048);
        _files.Issue("c", rsa, ["a.example"]);
        Assert.Equal(
            ["t.toml:15:1: warning: gate[g].certificate: 'b' is never used: 'a' has the same names and the same type of key (EC)"],
            Problems(WithCertificates("a", "b", "c")));
    }

    [Fact]
    public void WithoutPermission()
    {
        File.SetUnixFileMode(KeyFile, UnixFileMode.None);
        using (new OtherUser())
            Assert.Contains(Error(Key) + $"{KeyFile} cannot be read by user {Environment.UserName}: permission denied", Problems(WithCertificates("a")));
    }

    [Fact]
    public void AuthoritiesOfClients()
    {
        _files.Write("ca", "none");
        string text = WithCertificates("a") + $"client-certificate = \"require\"\nclient-ca = \"{_files.At("ca")}\"\n";
        Assert.Equal(
            [$"t.toml:12:1: error: gate[g].client-ca: {_files.At("ca")} is not a PEM file: it has no line \"-----BEGIN CERTIFICATE-----\" (a DER file is converted by: openssl x509 -inform DER)"],
            Problems(text));

        _files.Write("ca", File.ReadAllText(Pem));
        Assert.Empty(Problems(text));
    }

    [Fact]
    public void NamesThatDoNotExist()
    {
        // RFC 6761 §6.4: nobody answers for "invalid". How a machine without name servers fails is its own affair.
        string[] said = Problems("""
            [[gate]]
            name = "g"
            protocol = "tcp"
            listen = ["127.0.0.1:1143"]
            tls = "plain"
            backend = "imap.invalid:143"
            """);
        Assert.StartsWith("t.toml:6:1: error: gate[g].backend: the host name 'imap.invalid' cannot be resolved: ", Assert.Single(said));
    }

    private static string Error(string place) => string.Format(CultureInfo.InvariantCulture, place, "error");

    private static string Warning(string place) => string.Format(CultureInfo.InvariantCulture, place, "warning");

    private static string Date(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private void Expect(params string[] problems) => Assert.Equal(problems, Problems(WithCertificates("a")));

    private static string[] Problems(string text)
    {
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", text, Machine);
        Assert.Empty(read.Problems);
        SnapshotResult loaded = SnapshotBuilder.Load(read.Settings!, "t.toml", 1, TestCertificates.Now);
        Assert.Equal(loaded.Snapshot is null, loaded.Problems.Any(problem => problem.Severity == Severity.Error));
        return [.. loaded.Problems.Select(problem => problem.ToString())];
    }

    private string WithCertificates(params string[] names)
    {
        var text = new StringBuilder();
        foreach (string name in names)
            text.Append($"[certificate.{name}]\nchain = \"{_files.At(name + ".pem")}\"\nkey = \"{_files.At(name + ".key")}\"\n");
        text.Append("[[gate]]\nname = \"g\"\nprotocol = \"tcp\"\nlisten = [\"127.0.0.1:4433\"]\ntls = \"implicit\"\n");
        text.Append($"certificate = [{string.Join(", ", names.Select(name => '"' + name + '"'))}]\nbackend = \"127.0.0.1:143\"\n");
        return text.ToString();
    }
}
