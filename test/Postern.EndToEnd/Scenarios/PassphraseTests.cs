using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>A key under a passphrase, from the file to the handshake; the credentials lie where systemd would put them.</summary>
[Collection(nameof(EchoGates))]
public sealed class PassphraseTests(EchoGates gates)
{
    [Theory]
    [InlineData("ec")]
    [InlineData("rsa")]
    public void A_key_under_a_passphrase_serves(string kind)
    {
        int port = Workplace.FreePort();
        string key = gates.At($"sealed-{kind}.key"), credentials = gates.At("credentials");
        _ = Directory.CreateDirectory(credentials);
        File.WriteAllText(Path.Combine(credentials, "phrase"), "correct horse\n");
        ToolResult sealing = Tool.Run("openssl", "pkcs8", "-topk8", "-in", gates.At(kind + ".key"), "-out", key, "-passout", "pass:correct horse");
        Assert.True(sealing.ExitCode == 0, sealing.Output);

        string tables = $"""
            [certificate.sealed]
            chain = "{gates.At(kind + ".pem")}"
            key = "{key}"
            key-passphrase-credential = "phrase"
            [[gate]]
            name = "sealed"
            protocol = "tcp"
            listen = ["127.0.0.1:{port}"]
            tls = "implicit"
            certificate = ["sealed"]
            backend = "127.0.0.1:{gates.BackendPort}"
            """;
        using PosternRig rig = gates.AnotherAfter($"export CREDENTIALS_DIRECTORY={credentials}; ", "sealed-" + kind, tables, port);
        ToolResult hello = Tool.RunWith("hello\n", TimeSpan.FromMilliseconds(600), "openssl", "s_client", "-connect", $"localhost:{port}");
        Assert.Contains("\nhello", hello.Output, StringComparison.Ordinal);
        Assert.Equal(0, rig.Command("reload").ExitCode);

        ToolResult check = rig.Command("check");
        Assert.Equal(1, check.ExitCode);
        Assert.Contains("CREDENTIALS_DIRECTORY is not set", check.Output, StringComparison.Ordinal);
    }
}
