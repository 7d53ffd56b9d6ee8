using System.Security.Cryptography.X509Certificates;
using Postern.Cli.Demo;
using Postern.Configuration;

namespace Postern.Cli.Tests.Demo;

public sealed class DemonstrationTests
{
    [Fact]
    public void Its_certificate_is_for_localhost_and_its_key_is_for_the_owner_alone()
    {
        using var folder = new Folder();
        using X509Certificate2 authority = X509CertificateLoader.LoadCertificateFromFile(folder.At("ca.pem"));
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificateFromFile(folder.At("chain.pem"));
        using var chain = new X509Chain
        {
            ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { authority } },
        };
        Assert.True(chain.Build(leaf));
        Assert.True(leaf.MatchesHostname("localhost"));
        Assert.True(leaf.MatchesHostname("127.0.0.1"));
        Assert.False(leaf.MatchesHostname("example.org"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.At("key.pem")));
    }

    [Fact]
    public void Its_configuration_has_nothing_wrong_with_it()
    {
        using var folder = new Folder();
        string file = folder.Write("postern.toml", DemoConfiguration.Text(DemoGates.OnFreePorts(), smtp: 1, submission: 2, imap: 3));
        ConfigurationResult read = ConfigurationFile.Read(file);
        Assert.Empty(read.Problems);
        Assert.Empty(SnapshotBuilder.Load(read.Settings!, file, 1).Problems);
        Assert.Equal(["smtp", "submissions", "imaps", "imap"], read.Settings!.Gates.Select(gate => gate.Name));
    }

    [Fact]
    public void The_tour_proves_what_it_says_and_leaves_nothing_behind()
    {
        using var folder = new Folder();
        Said said = Tool.Run("env", "TMPDIR=" + folder.Path, Tool.PosternProgram, "demo", "--once");
        Assert.True(said.Status == 0, said.Output + said.Errors);
        Assert.Contains("C: STARTTLS\n", said.Output);
        Assert.Contains("[TLS starts: ", said.Output);
        Assert.Contains("refused:injection", said.Output);
        Assert.Contains("\n13 of 13 proven\n", said.Output);
        Assert.DoesNotContain('\x1b', said.Output);
        Assert.Empty(Directory.GetDirectories(folder.Path));
    }
}
