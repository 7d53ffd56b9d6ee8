using System.Text.Json;

namespace Postern.Cli.Tests;

/// <summary><c>postern check --show-sandbox</c>: what posternd itself says of its roles.</summary>
public sealed class ShowSandboxTests
{
    [Fact]
    public void Each_role_is_shown_with_its_user_and_a_reason_for_each_call()
    {
        using var folder = new Folder();
        string file = folder.Write("sandbox.toml", File.ReadAllText(folder.Configuration()).Replace("[server]\n", "[server]\nsandbox = \"required\"\n"));
        Said said = Tool.Postern("check", "--show-sandbox", "-c", file, "--json");
        Assert.Equal((0, ""), (said.Status, said.Errors));
        JsonElement report = JsonDocument.Parse(said.Output).RootElement;
        Assert.Equal("required", report.GetProperty("sandbox").GetString());
        JsonElement[] roles = [.. report.GetProperty("roles").EnumerateArray()];
        Assert.Equal([("key agent", "daemon"), ("key agent with a token", "daemon"), ("token check", "daemon"), ("dialer", "nobody"), ("worker", "nobody"), ("porter", "nobody"), ("nursery", "nobody"), ("resolver", "nobody"), ("recorder", "nobody")], roles.Select(role => (role.GetProperty("role").GetString(), role.GetProperty("user").GetString())));
        foreach (JsonElement role in roles)
        {
            Assert.NotEmpty(role.GetProperty("limits").EnumerateArray());
            Assert.All(role.GetProperty("calls").EnumerateArray(), call => Assert.NotEqual("", call.GetProperty("reason").GetString()));
        }
    }

    [Fact]
    public void Without_a_file_it_shows_the_defaults()
    {
        Said said = Tool.Postern("check", "--show-sandbox");
        Assert.Equal((0, ""), (said.Status, said.Errors));
        Assert.StartsWith("sandbox = \"available\"\nlacking here: ", said.Output);
        Assert.Contains("\nkey agent\n  user          postern-keys\n", said.Output);
        Assert.Contains("  call          mmap (not executable): the runtime and malloc: memory\n", said.Output);
    }

    [Fact]
    public void An_ordinary_user_is_told_what_root_would_give()
    {
        using var folder = new Folder();
        foreach (string program in (string[])["postern", "posternd"])
            File.Copy(Path.Combine(Path.GetDirectoryName(Tool.PosternProgram)!, program), folder.At(program));
        _ = Tool.Run("chmod", "-R", "a+rX", folder.At("."));
        Said said = Tool.Run("setpriv", "--reuid=nobody", "--clear-groups", folder.At("postern"), "check", "--show-sandbox");
        Assert.Contains("lacking here: users, namespaces and root directories of their own (posternd is not started by root)", said.Output);
    }

    [Fact]
    public void A_broken_file_is_explained()
    {
        using var folder = new Folder();
        Said said = Tool.Postern("check", "--show-sandbox", "-c", folder.Write("broken.toml", "[server]\nsandbox = \"maybe\"\n"));
        Assert.Equal(1, said.Status);
        Assert.Contains("broken.toml:2:11: error: server.sandbox: ", said.Errors);
    }
}
