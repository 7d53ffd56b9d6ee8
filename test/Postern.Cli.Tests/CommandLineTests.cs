using System.CommandLine;

namespace Postern.Cli.Tests;

public sealed class CommandLineTests
{
    public static TheoryData<string> Commands => ["run", "check", "reload", "status", "dns", "explain", "policy", "tlsrpt", "demo"];

    [Fact]
    public void Version_is_one_line()
    {
        Said said = Command.Run("--version");
        Assert.Equal((0, "", true), (said.Status, said.Errors, said.Output is "postern 0.1.0\n"));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_has_help(string command)
    {
        Said said = Command.Run(command, "--help");
        Assert.Equal((0, ""), (said.Status, said.Errors));
        Assert.Contains("postern " + command, said.Output);
    }

    [Fact]
    public void There_are_these_commands_and_no_others() =>
        Assert.Equal(
            Commands.Select(row => row.Data),
            CommandLine.Root(TextWriter.Null, TextWriter.Null).Subcommands.Select(command => command.Name));

    [Theory]
    [InlineData]
    [InlineData("serve")]
    [InlineData("audit")]
    [InlineData("explain")]
    [InlineData("explain", "no domain")]
    [InlineData("explain", "192.0.2.1")]
    [InlineData("explain", "example.org", "--resolver", "dns.example.org")]
    [InlineData("explain", "example.org", "--trust-ad", "--anchor", "root.key")]
    [InlineData("explain", "example.org", "-c", "a.toml", "--trust-ad")]
    [InlineData("explain", "example.org", "-c", "a.toml", "--resolver", "192.0.2.53")]
    [InlineData("explain", "example.org", "-c", "a.toml", "--anchor", "root.key")]
    [InlineData("check")]
    [InlineData("check", "-c")]
    [InlineData("check", "-c", "a.toml", "--lively")]
    [InlineData("check", "-c", "a.toml", "b.toml")]
    [InlineData("check", "--show-sandbox", "--live")]
    [InlineData("run")]
    [InlineData("status", "--control")]
    [InlineData("policy", "list", "192.0.2.1")]
    [InlineData("policy", "flush")]
    [InlineData("policy", "flush", "no domain")]
    [InlineData("tlsrpt", "show")]
    [InlineData("tlsrpt", "make")]
    [InlineData("tlsrpt", "make", "--contact", "nobody")]
    [InlineData("tlsrpt", "make", "--contact", "a@example.org?subject=x")]
    [InlineData("tlsrpt", "make", "--contact", "a@example.org", "--day", "yesterday")]
    [InlineData("demo", "--once", "twice")]
    public void Wrong_use_is_exit_status_2_and_says_where_help_is(params string[] arguments)
    {
        Said said = Command.Run(arguments);
        Assert.Equal((2, ""), (said.Status, said.Output));
        Assert.StartsWith("postern: ", said.Errors);
        Assert.Contains("--help", said.Errors);
    }

    [Fact]
    public void An_argument_is_never_a_file_of_arguments()
    {
        using var folder = new Folder();
        string list = folder.Write("arguments", "--version");
        Assert.Equal(2, Command.Run("@" + list).Status);
    }

    [Fact]
    public void An_argument_cannot_move_the_cursor() => Assert.DoesNotContain('\x1b', Command.Run("\x1b[2Jserve").Errors);

    [Fact]
    public void The_man_page_has_every_command_and_every_option()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "postern.1"));
        foreach (System.CommandLine.Command command in CommandLine.Root(TextWriter.Null, TextWriter.Null).Subcommands)
        {
            int start = page.IndexOf(".SS " + command.Name + "\n", StringComparison.Ordinal);
            Assert.True(start > 0, command.Name);
            int end = page.IndexOf("\n.S", start + 1, StringComparison.Ordinal);
            Assert.All(command.Options, option => Assert.Contains(option.Name.Replace("-", "\\-", StringComparison.Ordinal), page[start..end]));
        }
    }
}
