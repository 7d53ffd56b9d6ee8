using System.Text;

namespace Postern.Configuration.Tests;

/// <summary>Keys under a passphrase that systemd hands over: everything that is said, and what the key agent gets.</summary>
[Collection("CREDENTIALS_DIRECTORY")]
public sealed class PassphraseTests : IDisposable
{
    private const string At = "t.toml:4:1: error: certificate.a.key-passphrase-credential: ";

    private static readonly Machine Machine = new("mail.example", 4, false);

    private readonly TestCertificates _files = new();

    public PassphraseTests()
    {
        _files.Issue("a");
        _files.Write("plain.key", File.ReadAllText(KeyFile));
        Encrypt(traditional: false);
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", _files.Folder);
    }

    private string KeyFile => _files.At("a.key");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", null);
        _files.Dispose();
    }

    [Theory]
    [InlineData(true, "secret")]
    [InlineData(false, "secret")]
    [InlineData(false, "secret\n")]
    [InlineData(false, "secret\r\n")]
    public void TheKeyIsReadAndTheKeyAgentGetsBoth(bool traditional, string passphrase)
    {
        Encrypt(traditional);
        _files.Write("phrase", passphrase);
        Snapshot snapshot = Load("phrase", out string[] problems)!;
        Assert.Empty(problems);
        AgentKey key = Assert.Single(KeySnapshot.Read(snapshot.Keys([1]).Write()).Keys);
        Assert.Equal("secret", Encoding.ASCII.GetString(key.Passphrase));
        Assert.Equal(File.ReadAllBytes(KeyFile), key.Pem);
        Assert.Empty(Snapshot.Read(snapshot.WithoutKeys().Write()).Certificates[0].Passphrase);
    }

    [Fact]
    public void WithoutSystemd()
    {
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", null);
        Expect(At + "there are no credentials, since CREDENTIALS_DIRECTORY is not set: this was not started by systemd with LoadCredential=phrase:FILE");
    }

    [Fact]
    public void WithoutTheCredential() => Expect(
        At + $"there is no credential 'phrase' in {_files.Folder}: write LoadCredential=phrase:FILE in the unit of posternd, and start it anew");

    [Theory]
    [InlineData("wrong")]
    [InlineData("secret ")]
    [InlineData("secret\n\n")]
    public void AnotherPassphrase(string passphrase)
    {
        _files.Write("phrase", passphrase);
        Expect($"t.toml:3:1: error: certificate.a.key: {KeyFile} cannot be read with the passphrase of the credential 'phrase': the passphrase is another one, or the file is damaged");
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n", "is empty")]
    [InlineData("secret\0", "has a NUL in it, at which OpenSSL would take it to end")]
    public void NoPassphraseAtAll(string passphrase, string problem)
    {
        _files.Write("phrase", passphrase);
        Expect(At + $"the credential 'phrase' {problem}");
    }

    [Fact]
    public void APassphraseThatIsTooLong()
    {
        _files.Write("phrase", new string('x', 1024));
        Expect(At + "the credential 'phrase' has more than 1023 bytes, which OpenSSL does not take for a passphrase");
    }

    [Fact]
    public void AKeyThatNeedsNone()
    {
        _files.Write("phrase", "secret");
        _files.Write("a.key", File.ReadAllText(_files.At("plain.key")));
        Snapshot snapshot = Load("phrase", out string[] problems)!;
        Assert.Equal([At.Replace("error", "warning") + $"has no effect: {KeyFile} holds a key without a passphrase"], problems);
        Assert.Empty(snapshot.Certificates[0].Passphrase);
    }

    private void Encrypt(bool traditional) => TestCertificates.OpenSsl(traditional
        ? ["ec", "-in", _files.At("plain.key"), "-out", KeyFile, "-aes256", "-passout", "pass:secret"]
        : ["pkcs8", "-topk8", "-in", _files.At("plain.key"), "-out", KeyFile, "-passout", "pass:secret"]);

    private void Expect(string expected)
    {
        Assert.Null(Load("phrase", out string[] problems));
        Assert.Equal([expected], problems);
    }

    private Snapshot? Load(string credential, out string[] problems)
    {
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", $"""
            [certificate.a]
            chain = "{_files.At("a.pem")}"
            key = "{KeyFile}"
            key-passphrase-credential = "{credential}"
            [[gate]]
            name = "g"
            protocol = "tcp"
            listen = ["127.0.0.1:4433"]
            tls = "implicit"
            certificate = ["a"]
            backend = "127.0.0.1:143"
            """, Machine);
        Assert.Empty(read.Problems);
        SnapshotResult loaded = SnapshotBuilder.Load(read.Settings!, "t.toml", 1, TestCertificates.Now);
        problems = [.. loaded.Problems.Select(problem => problem.ToString())];
        return loaded.Snapshot;
    }
}
