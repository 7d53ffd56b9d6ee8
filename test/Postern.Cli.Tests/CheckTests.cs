using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Postern.Cli.Tests;

public sealed class CheckTests
{
    [Fact]
    public void A_good_file_is_exit_status_0()
    {
        using var folder = new Folder();
        string file = folder.Configuration();
        Assert.Equal(new Said(0, $"{file}: good: 1 gate\n", ""), Command.Run("check", "-c", file));
    }

    [Fact]
    public void What_goes_out_is_counted_by_itself()
    {
        using var folder = new Folder();
        string outbound = $"""
            [[outbound]]
            name = "relay"
            protocol = "smtp"
            listen = ["unix:{folder.At("relay.sock")}"]
            tls = "plain"
            [policy]
            state = "."
            """;
        string both = folder.Configuration(outbound);
        Assert.Equal(new Said(0, $"{both}: good: 1 gate, 1 outbound\n", ""), Command.Run("check", "-c", both));
        string alone = folder.Write("alone.toml", "server = { user = \"nobody\", key-user = \"daemon\", hostname = \"gate.example\" }\n" + outbound);
        Assert.Equal(new Said(0, $"{alone}: good: 1 outbound\n", ""), Command.Run("check", "-c", alone));
    }

    [Fact]
    public void The_directory_of_what_is_remembered_is_looked_for()
    {
        using var folder = new Folder();
        string file = folder.Configuration($"""
            [[outbound]]
            name = "relay"
            protocol = "smtp"
            listen = ["unix:{folder.At("missing/relay.sock")}"]
            tls = "plain"
            [policy]
            state = "missing"
            """);
        Said said = Command.Run("check", "-c", file);
        Assert.Equal(
            [
                $"{file}:20:11: error: outbound[relay].listen: the directory {folder.At("missing")} does not exist",
                $"{file}:23:1: warning: policy.state: the directory {folder.At("missing")} does not exist; posternd makes it when it is started by root",
                "1 error",
            ],
            said.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_warning_is_said_and_is_exit_status_0()
    {
        using var folder = new Folder();
        string file = folder.Configuration();
        File.SetUnixFileMode(folder.At("key.pem"), (UnixFileMode)0x1a4);
        Said said = Command.Run("check", "-c", file);
        Assert.Equal(0, said.Status);
        Assert.Contains("postern.toml:8:1: warning: certificate.demo.key: ", said.Errors);
    }

    [Fact]
    public void Every_error_is_said_at_its_place()
    {
        using var folder = new Folder();
        string file = folder.Configuration("listem = 1\nmin-tls = \"1.1\"");
        Said said = Command.Run("check", "-c", file);
        Assert.Equal((1, ""), (said.Status, said.Output));
        Assert.Contains("postern.toml:17:1: error: gate[one]: unknown key 'listem'; did you mean 'listen'?", said.Errors);
        Assert.Contains("postern.toml:18:11: error: gate[one].min-tls: ", said.Errors);
        Assert.EndsWith("2 errors\n", said.Errors);
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_error() =>
        Assert.Equal(new Said(1, "", "/nowhere/postern.toml: error: /nowhere/postern.toml does not exist\n1 error\n"), Command.Run("check", "-c", "/nowhere/postern.toml"));

    [Fact]
    public void Errors_of_what_is_named_and_of_the_text_come_in_one_run()
    {
        using var folder = new Folder();
        string file = folder.Configuration();
        File.Delete(folder.At("chain.pem"));
        File.WriteAllText(folder.At("gate.sock"), "not a socket");
        Said said = Command.Run("check", "-c", file);
        Assert.Equal(1, said.Status);
        Assert.Contains("chain.pem does not exist", said.Errors);
        Assert.Contains("gate.sock is a file, not a socket", said.Errors);
    }

    [Fact]
    public void Json_is_one_object_on_standard_output()
    {
        using var folder = new Folder();
        string file = folder.Configuration("listem = 1");
        Said said = Command.Run("check", "-c", file, "--json");
        Assert.Equal((1, ""), (said.Status, said.Errors));
        JsonElement report = JsonDocument.Parse(said.Output).RootElement;
        Assert.False(report.GetProperty("ok").GetBoolean());
        JsonElement problem = Assert.Single(report.GetProperty("problems").EnumerateArray());
        Assert.Equal(("error", 17, 1, "gate[one]"), (
            problem.GetProperty("severity").GetString(), problem.GetProperty("line").GetInt32(),
            problem.GetProperty("column").GetInt32(), problem.GetProperty("key").GetString()));
    }

    [Fact]
    public void Live_says_at_the_backends_line_that_nobody_listens()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var folder = new Folder();
        string file = folder.Configuration(backend: closed.LocalEndPoint!.ToString()!);

        // A configuration that is good without its backends: --live alone finds it, and so runs last in a process of root's.
        Said said = Tool.Postern("check", "-c", file, "--live");
        Assert.Equal(1, said.Status);
        Assert.Contains($"postern.toml:16:1: error: gate[one].backend: {closed.LocalEndPoint} refuses the connection", said.Errors);
    }
}
