using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Postern.Configuration.Control;

namespace Postern.Cli.Tests;

/// <summary>status and reload against a supervisor that says what the test wants.</summary>
public sealed class ControlTests
{
    [Fact]
    public void Status_is_asked_for_in_one_line_and_shown()
    {
        using var folder = new Folder();
        using var supervisor = new Supervisor(folder, Good with { Status = StatusTests.Report });
        Said said = Command.Run("status", "-c", folder.Configuration());
        Assert.Equal((0, ""), (said.Status, said.Errors));
        Assert.Contains("posternd 0.1.0, up ", said.Output);
        Assert.Equal("{\"command\":\"status\"}\n", supervisor.Heard);
    }

    [Fact]
    public void Status_json_is_the_answer_itself()
    {
        using var folder = new Folder();
        using var supervisor = new Supervisor(folder, Good with { Status = StatusTests.Report });
        Said said = Command.Run("status", "--json", "--control", supervisor.Path);
        JsonElement gate = JsonDocument.Parse(said.Output).RootElement.GetProperty("status").GetProperty("gates")[0];
        Assert.Equal(("imaps", 1234), (gate.GetProperty("name").GetString(), gate.GetProperty("accepted").GetInt32()));
    }

    [Fact]
    public void A_good_reload_is_exit_status_0_and_its_warnings_are_said()
    {
        using var folder = new Folder();
        using var supervisor = new Supervisor(folder, Good with { Message = "generation 2 is in force", Problems = ["a.toml:1:1: warning: w"] });
        Assert.Equal(new Said(0, "generation 2 is in force\n", "a.toml:1:1: warning: w\n"), Command.Run("reload", "--control", supervisor.Path));
        Assert.Equal("{\"command\":\"reload\"}\n", supervisor.Heard);
    }

    [Fact]
    public void A_refused_reload_is_exit_status_1_and_says_why()
    {
        using var folder = new Folder();
        using var supervisor = new Supervisor(folder, new ControlReply { Ok = false, Message = "nothing was changed", Problems = ["a.toml:1:1: error: e"] });
        Assert.Equal(new Said(1, "", "a.toml:1:1: error: e\npostern: nothing was changed\n"), Command.Run("reload", "--control", supervisor.Path));
    }

    [Fact]
    public void Reload_json_is_the_answer_itself()
    {
        using var folder = new Folder();
        using var supervisor = new Supervisor(folder, new ControlReply { Ok = false, Message = "nothing was changed", Problems = ["a.toml:1:1: error: e"] });
        Said said = Command.Run("reload", "--json", "--control", supervisor.Path);
        Assert.Equal((1, ""), (said.Status, said.Errors));
        Assert.Equal("a.toml:1:1: error: e", JsonDocument.Parse(said.Output).RootElement.GetProperty("problems")[0].GetString());
    }

    [Theory]
    [InlineData("status")]
    [InlineData("reload")]
    public void A_socket_that_is_missing_is_exit_status_1(string command)
    {
        using var folder = new Folder();
        string path = folder.At("control.sock");
        Assert.Equal(
            new Said(1, "", $"postern: nobody answers at {path}: is posternd running? If its control socket is elsewhere, name it by --control PATH, or its configuration by -c FILE\n"),
            Command.Run(command, "-c", folder.Configuration()));
    }

    [Fact]
    public void A_socket_that_nobody_listens_on_is_the_same()
    {
        using var folder = new Folder();
        string path = folder.At("control.sock");
        using var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        left.Bind(new UnixDomainSocketEndPoint(path));
        Assert.Contains("nobody answers at ", Command.Run("status", "--control", path).Errors);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("null\n")]
    [InlineData("{\"ok\":true\n")]
    public void An_answer_that_is_none_is_exit_status_1(string answer)
    {
        using var folder = new Folder();
        using var supervisor = new Supervisor(folder, answer);
        Said said = Command.Run("status", "--control", supervisor.Path);
        Assert.Equal((1, ""), (said.Status, said.Output));
        Assert.StartsWith("postern: posternd", said.Errors);
    }

    [Fact]
    public void A_path_too_long_for_a_socket_is_said()
    {
        Said said = Command.Run("status", "--control", "/" + new string('a', 200));
        Assert.Equal(1, said.Status);
        Assert.Contains("must have 1 to 107 bytes", said.Errors);
    }

    [Fact]
    public void A_configuration_with_errors_does_not_tell_the_path()
    {
        using var folder = new Folder();
        Said said = Command.Run("status", "-c", folder.Configuration("listem = 1"));
        Assert.Equal(1, said.Status);
        Assert.Contains("unknown key 'listem'", said.Errors);
        Assert.Contains("name it with --control PATH", said.Errors);
    }

    private static ControlReply Good { get; } = new() { Ok = true, Message = "running" };

    private sealed class Supervisor : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly Task<string> _heard;

        public Supervisor(Folder folder, ControlReply reply)
            : this(folder, JsonSerializer.Serialize(reply, ControlJson.Default.ControlReply) + "\n")
        {
        }

        public Supervisor(Folder folder, string answer)
        {
            Path = folder.At("control.sock");
            _listener.Bind(new UnixDomainSocketEndPoint(Path));
            _listener.Listen();
            _heard = Serve(answer);
        }

        public string Path { get; }

        public string Heard => _heard.GetAwaiter().GetResult();

        public void Dispose() => _listener.Dispose();

        private async Task<string> Serve(string answer)
        {
            using Socket client = await _listener.AcceptAsync();
            byte[] buffer = new byte[4096];
            int length = 0;
            while (length == 0 || buffer[length - 1] != '\n')
                length += await client.ReceiveAsync(buffer.AsMemory(length));

            // In two parts: an answer need not come in one.
            byte[] bytes = Encoding.UTF8.GetBytes(answer);
            await client.SendAsync(bytes.AsMemory(0, bytes.Length / 2));
            await client.SendAsync(bytes.AsMemory(bytes.Length / 2));
            return Encoding.UTF8.GetString(buffer, 0, length);
        }
    }
}
