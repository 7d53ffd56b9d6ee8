using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// The machine's openssl.cnf has no word in any role. Taken out: OpenSslConfiguration.Ignore in posternd's Main, and
/// in postern's (the key agent and the reader then find no algorithm, and the gate speaks no TLS 1.3).
/// </summary>
[Collection(nameof(EchoGates))]
public sealed class OpenSslConfigurationTests(EchoGates gates)
{
    private const string NoAlgorithm = """
        openssl_conf = init
        [init]
        alg_section = algorithms
        [algorithms]
        default_properties = "provider=nobody"
        """;

    private const string NoTls13 = """
        openssl_conf = init
        [init]
        ssl_conf = ssl
        [ssl]
        system_default = limits
        [limits]
        MaxProtocol = TLSv1.2
        """;

    /// <summary>Loaded by the reader or the key agent, it would make every certificate and key unreadable.</summary>
    [Fact]
    public void A_file_that_leaves_no_algorithm_does_no_harm()
    {
        string file = Write("no-algorithm.cnf", NoAlgorithm);
        Assert.NotEqual(0, Tool.Run("env", "OPENSSL_CONF=" + file, "openssl", "pkey", "-in", gates.At("ec.key"), "-noout").ExitCode);

        int port = Workplace.FreePort();
        using PosternRig rig = gates.AnotherAfter($"export OPENSSL_CONF={file}; ", "no-algorithm", Tables(port), port);
        Assert.Contains("\nhello", Hello(port, "-tls1_3"), StringComparison.Ordinal);
        ToolResult check = Tool.Run("env", "OPENSSL_CONF=" + file, PosternRig.CommandLine, "check", "-c", rig.ConfigurationFile);
        Assert.True(check.ExitCode == 0, check.Output);
    }

    /// <summary>Loaded by a worker, it would change what the gate speaks.</summary>
    [Fact]
    public void A_file_that_forbids_tls_1_3_does_not_change_the_gate()
    {
        string file = Write("no-tls13.cnf", NoTls13);
        int port = Workplace.FreePort();
        using PosternRig rig = gates.AnotherAfter($"export OPENSSL_CONF={file}; ", "no-tls13", Tables(port), port);
        Assert.Contains("New, TLSv1.3", Hello(port, "-tls1_3"), StringComparison.Ordinal);

        // The file does what it says where it is read.
        Assert.DoesNotContain("New, TLSv1.3", Tool.RunWith(
            "x\n", TimeSpan.FromMilliseconds(200), "env", "OPENSSL_CONF=" + file, "openssl", "s_client", "-connect", $"localhost:{port}").Output, StringComparison.Ordinal);
    }

    private static string Hello(int port, string version) =>
        Tool.RunWith("hello\n", TimeSpan.FromMilliseconds(600), "openssl", "s_client", "-connect", $"localhost:{port}", version).Output;

    private string Tables(int port) => gates.Certificates.Tables + $"""
        [[gate]]
        name = "conf"
        protocol = "tcp"
        listen = ["127.0.0.1:{port}"]
        tls = "implicit"
        certificate = ["ec"]
        backend = "127.0.0.1:{gates.BackendPort}"
        """;

    private string Write(string name, string text)
    {
        File.WriteAllText(gates.At(name), text + "\n");
        return gates.At(name);
    }
}
