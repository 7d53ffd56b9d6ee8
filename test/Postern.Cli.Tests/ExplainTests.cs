using System.Text.Json;
using Postern.Policy.Rules;

namespace Postern.Cli.Tests;

/// <summary>What postern explain refuses before it asks anybody. What it says of domains is a matter of the whole tests.</summary>
public sealed class ExplainTests
{
    [Fact]
    public void A_resolver_elsewhere_is_not_believed()
    {
        Said said = Command.Run("explain", "example.org", "--trust-ad", "--resolver", "192.0.2.53");
        Assert.Equal((1, ""), (said.Status, said.Output));
        Assert.Contains("192.0.2.53:53 is not of this machine", said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_anchor_file_that_is_not_there_is_said()
    {
        Said said = Command.Run("explain", "example.org", "--anchor", "/nonexistent/\x1b[2Jroot.key");
        Assert.Equal((1, ""), (said.Status, said.Output));
        Assert.Contains("cannot be read as trust anchors", said.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', said.Errors);
    }

    [Fact]
    public void The_man_page_has_every_rule()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "postern.1"));
        Rule[] rules = [.. typeof(RuleList).GetFields().Select(field => field.GetValue(null)).OfType<Rule>()];
        Assert.NotEmpty(rules);
        Assert.All(rules, rule => Assert.Contains(
            $".BR {rule.Name.Replace("-", "\\-", StringComparison.Ordinal)} \" ({rule.Source.Replace("\u00a7", "section ", StringComparison.Ordinal)})\"\n", page, StringComparison.Ordinal));
    }

    /// <summary>Nobody answers: that is no domain without mail, and DANE that is off is said.</summary>
    [Fact]
    public void Nobody_to_ask_is_a_deferral()
    {
        Said said = Command.Run("explain", "b\u00fccher.example", "--trust-ad", "--resolver", $"127.0.0.1:{NobodysPort()}");
        Assert.Equal(1, said.Status);
        Assert.Contains("DNSSEC does not work here", said.Errors, StringComparison.Ordinal);
        Assert.Contains("451 4.4.3 the mail exchangers of xn--bcher-kva.example cannot be looked up", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_to_ask_is_a_server_that_is_not_reached_for_now()
    {
        Said said = Command.Run("explain", "b\u00fccher.example", "--protocol", "xmpp-server", "--trust-ad", "--resolver", $"127.0.0.1:{NobodysPort()}");
        Assert.Equal(1, said.Status);
        Assert.Contains("DNSSEC does not work here", said.Errors, StringComparison.Ordinal);
        Assert.Contains("no server is tried: remote-connection-failed: the XMPP servers of xn--bcher-kva.example cannot be looked up", said.Output, StringComparison.Ordinal);
        said = Command.Run("explain", "example.org", "--protocol", "xmpp-server", "--json", "--trust-ad", "--resolver", $"127.0.0.1:{NobodysPort()}");
        JsonElement refusal = JsonDocument.Parse(said.Output).RootElement.GetProperty("refusal");
        Assert.Equal("remote-connection-failed", refusal.GetProperty("condition").GetString());
    }

    [Fact]
    public void Streams_are_not_connected_and_other_protocols_not_known()
    {
        Said said = Command.Run("explain", "example.org", "--protocol", "xmpp-server", "--connect");
        Assert.Equal((2, ""), (said.Status, said.Output));
        Assert.Contains("--connect is for mail", said.Errors, StringComparison.Ordinal);
        Assert.Equal(2, Command.Run("explain", "example.org", "--protocol", "imap").Status);
    }

    [Fact]
    public void A_configuration_says_whom_to_ask()
    {
        using var folder = new Folder();
        int port = NobodysPort();
        Said said = Command.Run("explain", "example.org", "-c", folder.Configuration($"[resolver]\ntrust-ad = \"127.0.0.1:{port}\""));
        Assert.Equal(1, said.Status);
        Assert.Contains($"127.0.0.1:{port}", said.Output, StringComparison.Ordinal);
        Assert.Contains("451 4.4.3 the mail exchangers of example.org cannot be looked up", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_that_is_wrong_is_said_at_its_place()
    {
        using var folder = new Folder();
        string file = folder.Configuration("[policy]\nimport = [\"list.json\"]");
        Said said = Command.Run("explain", "example.org", "-c", file);
        Assert.Equal((1, ""), (said.Status, said.Output));
        Assert.Contains($"{file}:18:11: error: policy.import: {folder.At("list.json")} does not exist\n", said.Errors, StringComparison.Ordinal);
        said = Command.Run("explain", "example.org", "-c", folder.Configuration("[policy]\ndefault = \"mtasts\""));
        Assert.Equal((1, ""), (said.Status, said.Output));
        Assert.Contains("policy.default: expected one of", said.Errors, StringComparison.Ordinal);
    }

    /// <summary>Of this machine, and free a moment ago.</summary>
    private static int NobodysPort()
    {
        using var silent = new System.Net.Sockets.UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        return ((System.Net.IPEndPoint)silent.Client.LocalEndPoint!).Port;
    }
}
