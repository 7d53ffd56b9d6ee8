using System.Text;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>Who reads the configuration, and who has nothing of it (docs/adr/0031-reader.md).</summary>
[Collection(nameof(EchoGates))]
public sealed class ReaderTests(EchoGates gates)
{
    /// <summary>Taken out: any call of ConfigurationFile in Roles, or a serializer for what goes from process to process.</summary>
    [Theory]
    [InlineData("TomlDocument")]
    [InlineData("JsonSerializerContext")]
    public void What_only_reading_needs_is_linked_into_postern_alone(string type)
    {
        byte[] word = Encoding.UTF8.GetBytes(type);
        Assert.NotEqual(-1, File.ReadAllBytes(PosternRig.CommandLine).AsSpan().IndexOf(word));
        Assert.Equal(-1, File.ReadAllBytes(PosternRig.Daemon).AsSpan().IndexOf(word));
    }

    /// <summary>Taken out: Role.UsesOpenSsl.</summary>
    [Fact]
    public void Who_has_nothing_to_do_with_tls_has_no_openssl()
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.Another("maps", Gate("maps", port), port);
        JsonElement generation = rig.Status().GetProperty("generations")[0];
        Assert.Contains("libcrypto", Maps(generation.GetProperty("keyAgent")), StringComparison.Ordinal);
        Assert.DoesNotContain("libcrypto", Maps(generation.GetProperty("dialer")), StringComparison.Ordinal);
        Assert.DoesNotContain("libcrypto", File.ReadAllText($"/proc/{rig.Pid}/maps"), StringComparison.Ordinal);

        static string Maps(JsonElement role) => File.ReadAllText($"/proc/{role.GetProperty("pid").GetInt32()}/maps");
    }

    /// <summary>An upgrade replaces both files. Taken out: the descriptor by which the reader is kept.</summary>
    [Fact]
    public void A_reload_after_the_files_were_replaced_is_read_by_the_reader_that_was_there_at_the_start()
    {
        using var place = new Workplace();
        string daemon = PosternRig.CopyTo(place.Directory), reader = place.At("postern");
        int port = Workplace.FreePort(), control = 0;
        string file = place.Write("upgrade.toml", $"[server]\ncontrol = \"{place.At("upgrade.sock")}\"\nuser = \"nobody\"\nkey-user = \"daemon\"\n{Gate("upgrade", port)}");
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(daemon, ["-c", file]) { RedirectStandardError = true })!;
        try
        {
            process.BeginErrorReadLine();
            Workplace.WaitForPort(port, () => "it does not come up");
            File.Delete(reader);
            File.Copy("/bin/false", reader);

            Workplace.WaitFor(() => (control = Tool.Run(PosternRig.CommandLine, "reload", "-c", file).ExitCode) == 0, () => $"reload ends with {control}");
        }
        finally
        {
            _ = Tool.Run("kill", "-TERM", $"{process.Id}");
            Assert.True(process.WaitForExit(10_000));
        }
    }

    /// <summary>There are keys in what it writes. Taken out: the look at the descriptor.</summary>
    [Fact]
    public void By_hand_it_hands_nothing_over()
    {
        foreach (string[] arguments in (string[][])[["hand-over"], ["hand-over", "server"], ["hand-over", "snapshot", gates.At("ec.key"), "1"]])
        {
            ToolResult result = Tool.Run(PosternRig.CommandLine, arguments);
            Assert.Equal((2, "postern: hand-over is for posternd; try: postern check -c FILE\n"), (result.ExitCode, result.Output));
        }
    }

    private string Gate(string name, int port) => $"""
        [[gate]]
        name = "{name}"
        protocol = "tcp"
        listen = ["127.0.0.1:{port}"]
        tls = "plain"
        backend = "127.0.0.1:{gates.BackendPort}"
        """;
}
