using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Postern.Cli.Tests;

/// <summary>postern dns: what is printed is what a zone may say, and no more.</summary>
public sealed class DnsTests
{
    [Fact]
    public void Services_keys_and_what_is_not_there()
    {
        using var folder = new Folder();
        string file = Configuration(folder, Gate("imaps", "imap", "implicit", "0.0.0.0:993") + Gate("submission", "submission", "starttls", "[::]:587")
            + Gate("sieve", "sieve", "starttls", "0.0.0.0:4190") + Gate("inside", "pop3", "implicit", "127.0.0.1:995"));
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(folder.At("chain.pem"));
        string pin = Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        Said said = Command.Run("dns", "-c", file, "--host", "localhost", "Example.ORG");
        Assert.Equal((0, ""), (said.Status, said.Errors));
        Assert.Equal(
            [
                "_imaps._tcp.example.org. IN SRV 0 1 993 localhost.",
                "_imap._tcp.example.org. IN SRV 0 0 0 .",
                "_submission._tcp.example.org. IN SRV 10 1 587 localhost.",
                "_sieve._tcp.example.org. IN SRV 10 1 4190 localhost.",
                $"_993._tcp.localhost. IN TLSA 3 1 1 {pin}",
                $"_587._tcp.localhost. IN TLSA 3 1 1 {pin}",
                $"_4190._tcp.localhost. IN TLSA 3 1 1 {pin}",
            ],
            said.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != ';'));
    }

    /// <summary>XEP-0368: who looks for TLS from the first byte finds the gate that serves both on each of its ports.</summary>
    [Fact]
    public void A_gate_that_serves_both_has_both_records_and_each_port_a_key()
    {
        using var folder = new Folder();
        string file = Configuration(folder, Gate("xmpp", "xmpp-client", "starttls", "[::]:5222\", \"[::]:5223"));
        string[] records = [.. Command.Run("dns", "-c", file, "--host", "localhost", "example.org").Output.Split('\n').Where(line => line.StartsWith('_'))];
        Assert.Equal(
            ["_xmpps-client._tcp.example.org. IN SRV 0 1 5223 localhost.", "_xmpp-client._tcp.example.org. IN SRV 10 1 5222 localhost."], records[..2]);
        Assert.Equal(["_5222._tcp.localhost.", "_5223._tcp.localhost."], records[2..].Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public void A_host_that_no_certificate_is_for_has_no_TLSA_record()
    {
        using var folder = new Folder();
        Said said = Command.Run("dns", "-c", Configuration(folder, Gate("imaps", "imap", "implicit", "0.0.0.0:993")), "example.org");
        Assert.Equal(0, said.Status);
        Assert.DoesNotContain("TLSA", said.Output, StringComparison.Ordinal);
        Assert.Contains("no certificate of these gates is for gate.example", said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Gates_of_this_machine_only_have_nothing_to_say()
    {
        using var folder = new Folder();
        Said said = Command.Run("dns", "-c", folder.Configuration(), "example.org");
        Assert.Equal((1, ""), (said.Status, said.Output));
    }

    /// <summary>It is for the site's own programs, which are told its address: a zone that had it would show the world a relay.</summary>
    [Fact]
    public void What_goes_out_is_not_in_the_zone()
    {
        using var folder = new Folder();
        string outbound = """
            [[outbound]]
            name = "relay"
            protocol = "smtp"
            listen = ["0.0.0.0:10026"]
            tls = "implicit"
            certificate = ["demo"]
            allow-open-relay = true

            """;
        Said said = Command.Run("dns", "-c", Configuration(folder, Gate("imaps", "imap", "implicit", "0.0.0.0:993") + outbound), "--host", "localhost", "example.org");
        Assert.Equal(0, said.Status);
        Assert.Contains("_993._tcp.localhost.", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("10026", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void For_machines_it_is_one_object()
    {
        using var folder = new Folder();
        Said said = Command.Run("dns", "--json", "-c", Configuration(folder, Gate("imaps", "imap", "implicit", "0.0.0.0:993")), "--host", "localhost", "example.org");
        JsonElement record = JsonDocument.Parse(said.Output).RootElement.GetProperty("records")[0];
        Assert.Equal(("_imaps._tcp.example.org.", "SRV", "0 1 993 localhost."), (record.GetProperty("owner").GetString(), record.GetProperty("type").GetString(), record.GetProperty("data").GetString()));
    }

    [Theory]
    [InlineData("exa mple.org")]
    [InlineData("example..org")]
    [InlineData("x. IN A 192.0.2.1")]
    public void What_is_no_name_never_gets_into_a_zone(string domain)
    {
        using var folder = new Folder();
        Said said = Command.Run("dns", "-c", folder.Configuration(), domain);
        Assert.Equal((2, ""), (said.Status, said.Output));
    }

    private static string Configuration(Folder folder, string gates) => folder.Write("postern.toml", $"""
        [server]
        user = "nobody"
        key-user = "daemon"
        hostname = "gate.example"
        [certificate.demo]
        chain = "chain.pem"
        key = "key.pem"

        {gates}
        """);

    private static string Gate(string name, string protocol, string tls, string listen) => $"""
        [[gate]]
        name = "{name}"
        protocol = "{protocol}"
        listen = ["{listen}"]
        tls = "{tls}"
        certificate = ["demo"]
        backend = "127.0.0.1:9"


        """;
}
