using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>What openssl and gnutls find at a gate: keys, versions, suites, resumption, renegotiation.</summary>
[Collection(nameof(EchoGates))]
public sealed class TlsTests(EchoGates gates)
{
    [Theory]
    [InlineData("localhost", "ECDSA+SHA256", "CN = ec")]
    [InlineData("localhost", "RSA-PSS+SHA256", "CN = rsa")]
    [InlineData("ed.example.test", "ed25519", "CN = ed")]
    [InlineData("a.wild.example.test", "ECDSA+SHA384", "CN = wild")]
    public void Every_kind_of_key_serves(string name, string algorithms, string subject)
    {
        ToolResult result = gates.Client("hello\n", "-servername", name, "-sigalgs", algorithms);
        Assert.Contains(subject, result.Output, StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", result.Output, StringComparison.Ordinal);
        Assert.Contains("\nhello", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public void Current_versions_are_spoken(string option, string version) =>
        Assert.Contains("New, " + version, gates.Client("x\n", option).Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")]
    [InlineData("-tls1_2", "-cipher", "AES256-GCM-SHA384")]
    [InlineData("-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES256-SHA384")]
    [InlineData("-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384")]
    public void Old_versions_and_suites_without_forward_secrecy_or_aead_are_refused(params string[] options) =>
        Assert.Contains("Cipher is (NONE)", gates.Client("x\n", options).Output, StringComparison.Ordinal);

    [Fact]
    public void Renegotiation_is_refused()
    {
        // R at the beginning of a line asks for it; an echo of what follows would mean that it went on.
        ToolResult result = gates.Client("R\nafter\n", "-tls1_2");
        Assert.Contains("no renegotiation", result.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public void Openssl_resumes_at_the_same_gate_and_not_at_another(string version)
    {
        string session = gates.At($"session{version}");
        _ = gates.Client("x\n", version, "-sess_out", session);
        Assert.Contains("Reused, TLS", gates.Client("x\n", version, "-sess_in", session).Output, StringComparison.Ordinal);
        if (version == "-tls1_2")
            return;

        ToolResult other = Tool.RunWith(
            "x\n", TimeSpan.FromMilliseconds(600), "openssl", "s_client", "-connect", $"localhost:{gates.Second}", version, "-sess_in", session);
        Assert.Contains("New, TLSv1.3", other.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gate_may_ask_for_the_newest_version_and_a_protocol()
    {
        string[] connect = ["s_client", "-connect", $"localhost:{gates.Second}"];
        Assert.Contains("ALPN protocol: echo", Tool.RunWith("x\n", TimeSpan.FromMilliseconds(600), "openssl", [.. connect, "-alpn", "http/1.1,echo"]).Output, StringComparison.Ordinal);
        Assert.Contains("alert no application protocol", Tool.RunWith("x\n", TimeSpan.FromMilliseconds(600), "openssl", [.. connect, "-alpn", "http/1.1"]).Output, StringComparison.Ordinal);
        Assert.Contains("alert protocol version", Tool.RunWith("x\n", TimeSpan.FromMilliseconds(600), "openssl", [.. connect, "-tls1_2"]).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void No_compression_and_no_early_data()
    {
        ToolResult result = gates.Client("x\n", "-tls1_3");
        Assert.Contains("Compression: NONE", result.Output, StringComparison.Ordinal);
        Assert.Contains("Early data was not sent", result.Output, StringComparison.Ordinal);
        Assert.Contains("Max Early Data: 0", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_unix_socket_is_a_listener_too()
    {
        ToolResult result = Tool.RunWith("hello\n", TimeSpan.FromMilliseconds(600), "openssl", "s_client", "-unix", gates.Socket);
        Assert.Contains("hello", result.Output, StringComparison.Ordinal);
        Assert.Equal("unix", gates.Gates.WaitForEntry(entry => entry.TryGetProperty("client", out var client) && client.GetString() == "unix").GetProperty("client").GetString());
    }

    [Fact]
    public void Gnutls_trusts_what_it_sees()
    {
        ToolResult result = Tool.RunWith("hello\n", TimeSpan.FromMilliseconds(600), "gnutls-cli", "--x509cafile=" + gates.Certificates.Authority, "-p", $"{gates.First}", "localhost");
        Assert.Contains("The certificate is trusted", result.Output, StringComparison.Ordinal);
        Assert.Contains("hello", result.Output, StringComparison.Ordinal);
    }
}
