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
        using var silent = new System.Net.Sockets.UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        int port = ((System.Net.IPEndPoint)silent.Client.LocalEndPoint!).Port;
        silent.Dispose();
        Said said = Command.Run("explain", "b\u00fccher.example", "--trust-ad", "--resolver", $"127.0.0.1:{port}");
        Assert.Equal(1, said.Status);
        Assert.Contains("DNSSEC does not work here", said.Errors, StringComparison.Ordinal);
        Assert.Contains("451 4.4.3 the mail exchangers of xn--bcher-kva.example cannot be looked up", said.Output, StringComparison.Ordinal);
    }
}
