using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// backend = "discover:…" with a whole posternd, in a network of the test's own where the machine's resolver asks a name server of
/// the test's.
/// </summary>
public sealed class DiscoveryTests : IDisposable
{
    private const string Domain = "example.test";
    private const string Implicit = "_imaps._tcp." + Domain;
    private const string Asking = "_imap._tcp." + Domain;
    private const string Server = "mail." + Domain;
    private const string Dead = "dead." + Domain;
    private const int ImapsPort = 993, ImapPort = 143, GatePort = 1143;

    /// <summary>One second for a server that is silent: the machine's own patience is ten.</summary>
    private static readonly Dictionary<string, string> s_files = new(StringComparer.Ordinal)
    {
        ["resolv.conf"] = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        ["nsswitch.conf"] = "hosts: files dns\n",
        ["hosts"] = "127.0.0.1 localhost\n",
    };

    private readonly Workplace _place = new();
    private readonly Certificates _certificates;

    public DiscoveryTests()
    {
        _certificates = new Certificates(_place);
        _ = _certificates.Make("domain", "DNS:" + Domain);
        _ = _certificates.Make("target", "DNS:" + Server);
    }

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_server_is_found_verified_and_looked_up_again_at_each_reload() => OwnNetwork.Run(_place, s_files, () =>
    {
        using var names = new NameServer();
        names.Host(Server, "127.0.0.1");

        // Nobody listens there: the first target gives way to the second.
        names.Host(Dead, "127.0.0.2");
        names.Service(Implicit, (20, ImapsPort, Server), (10, ImapsPort, Dead));
        names.Service(Asking, (0, ImapPort, Server));
        using var server = new ImapResponder(ImapsPort, ImapPort) { Certificate = Certificate("domain") };
        using var gate = new PosternRig(_place, "discover", "workers = 1", Gate, [GatePort]);

        const string Found = $"imaps: {Dead}:993, {Server}:993 (implicit TLS), certificate must be for {Domain}";
        Assert.Equal("* OK found\r\na OK answered\r\n", Ask());
        JsonElement record = gate.WaitForEntry(entry =>
            entry.GetProperty("event").GetString() == "connection" && entry.TryGetProperty("backend-tls", out JsonElement tls) && tls.GetString()?.Length > 0);
        Assert.Equal("127.0.0.1:993", record.GetProperty("backend").GetString());
        Assert.EndsWith(" " + Domain, record.GetProperty("backend-tls").GetString(), StringComparison.Ordinal);
        Assert.Equal([Found], Discovered(gate));
        ToolResult check = gate.Command("check");
        Assert.True(check.ExitCode == 0, check.Output);
        Assert.Contains($"gate[found].backend: {Found}\n", check.Output, StringComparison.Ordinal);
        Assert.Contains($"imaps: {Dead}:993", gate.Command("status").Output, StringComparison.Ordinal);
        JsonElement said = JsonDocument.Parse(gate.Command("check", "--json").Output).RootElement.GetProperty("discovered")[0];
        Assert.Equal(
            ("gate[found].backend", Domain, "imaps", "implicit", $"{Dead}:993", Domain),
            (said.GetProperty("key").GetString(), said.GetProperty("domain").GetString(), said.GetProperty("service").GetString(),
                said.GetProperty("tls").GetString(), said.GetProperty("targets")[0].GetString(), said.GetProperty("name").GetString()));

        // Whoever forges the record can have a certificate for the name in it. It is not the name that was asked.
        server.Certificate = Certificate("target");
        Assert.StartsWith("* BYE [UNAVAILABLE]", Ask(), StringComparison.Ordinal);
        _ = gate.WaitForEntry(entry => entry.TryGetProperty("outcome", out JsonElement outcome) && outcome.GetString() == "backend-untrusted");
        server.Certificate = Certificate("domain");

        names.Forget(Implicit);
        Assert.Equal(0, gate.Command("reload").ExitCode);
        Assert.Equal([$"imap: {Server}:143 (STARTTLS, mandatory), certificate must be for {Domain}"], Discovered(gate));
        Assert.EndsWith("a OK answered\r\n", Ask(), StringComparison.Ordinal);
    });

    [Fact]
    public void A_look_up_that_fails_is_said_as_what_it_is_and_changes_nothing() => OwnNetwork.Run(_place, s_files, () =>
    {
        using var names = new NameServer();
        names.Host(Server, "127.0.0.1");
        names.Service(Implicit, (0, ImapsPort, Server));
        using var server = new ImapResponder(ImapsPort, ImapPort) { Certificate = Certificate("domain") };
        using var gate = new PosternRig(_place, "failing", "workers = 1", Gate, [GatePort]);

        names.Fail(Implicit, NameServer.ServFail);
        Refused("the name server failed (SERVFAIL) when asked for " + Implicit);

        names.Service(Implicit, (0, 0, ""));
        Refused($"{Implicit} has the target \".\", which says that the service is not offered, and there is no name {Asking} (NXDOMAIN)");

        // A name with something else: no record of this kind.
        names.Forget(Implicit);
        names.Host(Asking, "127.0.0.1");
        Refused($"there is no name {Implicit} (NXDOMAIN), and {Asking} has no SRV record");

        names.IsSilent = true;
        Refused("no name server answered in time for " + Implicit);

        void Refused(string words)
        {
            ToolResult check = gate.Command("check");
            Assert.Equal(1, check.ExitCode);
            Assert.Contains("error: gate[found].backend: ", check.Output, StringComparison.Ordinal);
            Assert.Contains(words, check.Output, StringComparison.Ordinal);
            ToolResult reload = gate.Command("reload");
            Assert.Equal(1, reload.ExitCode);
            Assert.Contains(words, reload.Output, StringComparison.Ordinal);
            Assert.Equal(1, gate.Status().GetProperty("generations")[0].GetProperty("number").GetInt32());
            Assert.Equal("* OK found\r\na OK answered\r\n", Ask());
        }
    });

    /// <summary>One gate, a route to TLS from the first byte and one to STARTTLS: each greets its clients as it must.</summary>
    [Fact]
    public void Each_route_is_found_for_itself() => OwnNetwork.Run(_place, s_files, () =>
    {
        using var names = new NameServer();
        names.Host(Server, "127.0.0.1");
        names.Service("_imaps._tcp.one.test", (0, ImapsPort, Server));
        names.Service("_imap._tcp.two.test", (0, ImapPort, Server));
        _ = _certificates.Make("both", "DNS:one.test,DNS:two.test");
        using var server = new ImapResponder(ImapsPort, ImapPort) { Certificate = Certificate("both") };
        string tables = _certificates.Tables + $$"""
            [[gate]]
            name = "routed"
            protocol = "imap"
            listen = ["127.0.0.1:{{GatePort}}"]
            tls = "implicit"
            certificate = ["ec"]
            backend-trust = "{{_certificates.Authority}}"
            route = [{ sni = "one.test", backend = "discover:one.test" }, { sni = "two.test", backend = "discover:two.test" }]
            """;
        using var gate = new PosternRig(_place, "routes", "workers = 1", tables, [GatePort]);

        Assert.Equal(
            [$"imaps: {Server}:993 (implicit TLS), certificate must be for one.test", $"imap: {Server}:143 (STARTTLS, mandatory), certificate must be for two.test"],
            Discovered(gate));
        Assert.Equal("* OK found\na OK answered\n", AskInside("one.test"));
        Assert.Matches(@"^\* OK .*gate\.example\.test.*\na OK answered\n$", AskInside("two.test"));
    });

    /// <summary>The lines of IMAP in what a client hears that asks one thing inside TLS.</summary>
    private static string AskInside(string name)
    {
        string output = Tool.RunWith("a NOOP\n", TimeSpan.FromSeconds(2), "openssl", "s_client", "-quiet", "-crlf", "-connect", $"127.0.0.1:{GatePort}", "-servername", name).Output;
        return string.Concat(output.Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.StartsWith("* ", StringComparison.Ordinal) || line.StartsWith("a ", StringComparison.Ordinal)).Select(line => line + "\n"));
    }

    private string Gate => $"""
        [[gate]]
        name = "found"
        protocol = "imap"
        listen = ["127.0.0.1:{GatePort}"]
        tls = "plain"
        backend = "discover:alice@{Domain}"
        backend-trust = "{_certificates.Authority}"
        """;

    private X509Certificate2 Certificate(string name) => X509Certificate2.CreateFromPemFile(_place.At(name + ".pem"), _place.At(name + ".key"));

    private static string[] Discovered(PosternRig rig) =>
        [.. rig.Status().GetProperty("gates")[0].GetProperty("discovered").EnumerateArray().Select(each => each.GetString()!)];

    /// <summary>All that a client hears that asks one thing.</summary>
    private static string Ask()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
        socket.Connect(IPAddress.Loopback, GatePort);
        _ = socket.Send("a NOOP\r\n"u8);
        var heard = new StringBuilder();
        byte[] buffer = new byte[1024];
        try
        {
            for (int count; (count = socket.Receive(buffer)) > 0;)
                _ = heard.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            // A server that has said what it had to.
        }

        return heard.ToString();
    }
}
