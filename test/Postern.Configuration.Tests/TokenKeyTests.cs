namespace Postern.Configuration.Tests;

/// <summary>What is said about a key on a token before the token is asked.</summary>
[Collection("CREDENTIALS_DIRECTORY")]
public sealed class TokenKeyTests : IDisposable
{
    private readonly TestCertificates _files = new();

    public TokenKeyTests()
    {
        _files.Issue("a");
        _files.Write("module.so", "a module");
        _files.Write("pin", "1234\n");
        File.SetUnixFileMode(_files.At("pin"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public void AGoodOneGoesToTheKeyAgentAndNowhereElse()
    {
        Snapshot snapshot = Load("pkcs11:token=t;object=k?pin-source=file:" + _files.At("pin")).Snapshot!;
        AgentKey source = Assert.Single(snapshot.Keys([1]).Keys);
        Assert.Equal(("t", "k", _files.At("module.so"), "t.toml:5:1: error: certificate.a.key"), (source.Token!.Uri.Token, source.Token.Uri.Object, source.Token.Module, source.Token.Place));
        Assert.Equal("1234"u8.ToArray(), source.Token.Pin);
        Assert.Equal((0, "EC"), (source.Pem.Length, snapshot.Certificates[0].KeyType));

        // The worker's: no PIN, no module, but it knows that there is a token.
        Snapshot workers = Snapshot.Read(snapshot.WithoutKeys().Write());
        Assert.Null(workers.Certificates[0].Token);
        Assert.True(workers.HasTokens);
        Assert.Equal(-1, snapshot.WithoutKeys().Write().AsSpan().IndexOf("\u0004\0\0\01234"u8));
        Assert.NotEqual(-1, snapshot.Write().AsSpan().IndexOf("\u0004\0\0\01234"u8));

        KeySnapshot again = KeySnapshot.Read(snapshot.Keys([1]).Write());
        Assert.Equal(source.Token.Uri, again.Keys[0].Token!.Uri);
        Assert.Equal(source.ChainPem, again.Keys[0].ChainPem);
    }

    [Fact]
    public void AModulePathOfItsOwn()
    {
        _files.Write("other.so", "another");
        Assert.Equal(_files.At("other.so"), Load($"pkcs11:object=k?module-path={_files.At("other.so")}").Snapshot!.Keys([1]).Keys[0].Token!.Module);
    }

    [Fact]
    public void ModulesAndPinsThatAreNotThere()
    {
        Assert.Equal(
            [
                $"t.toml:5:1: error: certificate.a.key: the PKCS #11 module /nowhere.so does not exist",
                $"t.toml:5:1: error: certificate.a.key: the PIN: {_files.At("none")} does not exist",
            ],
            Problems($"pkcs11:object=k?module-path=/nowhere.so&pin-source=file:{_files.At("none")}"));

        _files.Write("pin", "\n");
        Assert.Equal([$"t.toml:5:1: error: certificate.a.key: the PIN: {_files.At("pin")} is empty"], Problems("pkcs11:object=k?pin-source=" + _files.At("pin")));

        File.Delete(_files.At("module.so"));
        Assert.Equal([$"t.toml:2:1: error: server.pkcs11-module: the PKCS #11 module {_files.At("module.so")} does not exist"], Problems("pkcs11:object=k"));
        Assert.Equal(
            ["t.toml:5:1: error: certificate.a.key: which PKCS #11 module? Set [server] pkcs11-module, or add ?module-path=/path/to/module.so"],
            Problems("pkcs11:object=k", module: false));
    }

    [Fact]
    public void APinThatEverybodyCanRead()
    {
        File.SetUnixFileMode(_files.At("pin"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal(
            [$"t.toml:5:1: warning: certificate.a.key: every user of this machine can read {_files.At("pin")}: chmod o-r it"],
            Problems("pkcs11:object=k?pin-source=" + _files.At("pin")));
    }

    [Fact]
    public void ACredentialOfSystemd()
    {
        const string Variable = "CREDENTIALS_DIRECTORY";
        Assert.Equal(
            ["t.toml:5:1: error: certificate.a.key: the credential token-pin is not there: systemd gives it to a unit with LoadCredential=token-pin:/path, and says where in CREDENTIALS_DIRECTORY, which is not set"],
            Problems("pkcs11:object=k?pin-source=credential:token-pin"));
        Environment.SetEnvironmentVariable(Variable, Path.GetDirectoryName(_files.At("pin")));
        try
        {
            Assert.Equal("1234"u8.ToArray(), Load("pkcs11:object=k?pin-source=credential:pin").Snapshot!.Keys([1]).Keys[0].Token!.Pin);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Fact]
    public void TheCertificatesKeyIsJudgedAsOthersAre()
    {
        using var rsa = System.Security.Cryptography.RSA.Create(1024);
        _files.Issue("a", rsa, ["a.example"]);
        Assert.Equal(["t.toml:5:1: error: certificate.a.key: the key has 1024 bits; an RSA key needs 2048"], Problems("pkcs11:object=k"));
    }

    private string[] Problems(string key, bool module = true) => [.. Load(key, module).Problems.Select(problem => problem.ToString())];

    private SnapshotResult Load(string key, bool module = true)
    {
        string text = $"[server]\n{(module ? $"pkcs11-module = \"{_files.At("module.so")}\"" : "")}\n"
            + $"[certificate.a]\nchain = \"{_files.At("a.pem")}\"\nkey = \"{key}\"\n"
            + "[[gate]]\nname = \"g\"\nprotocol = \"tcp\"\nlisten = [\"127.0.0.1:4433\"]\ntls = \"implicit\"\ncertificate = [\"a\"]\nbackend = \"127.0.0.1:143\"\n";
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", text, new Machine("mail.example", 4, false));
        Assert.Empty(read.Problems);
        return SnapshotBuilder.Load(read.Settings!, "t.toml", 1, TestCertificates.Now);
    }
}
