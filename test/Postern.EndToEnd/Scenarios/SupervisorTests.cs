using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>What the supervisor must stand: reloads that fail half-way, signals at the wrong moment, a log that nobody reads.</summary>
[Collection(nameof(EchoGates))]
public sealed class SupervisorTests(EchoGates gates)
{
    /// <summary>
    /// Taken out: that workers accept when all of a generation are ready, and not each when it is. Those that were ready
    /// would then be killed with what they had accepted.
    /// </summary>
    [Fact]
    public void A_reload_that_fails_half_way_loses_no_connection()
    {
        int port = Workplace.FreePort();

        // Enough for one generation, and not for the sixty workers of the next.
        using PosternRig rig = gates.AnotherAfter("ulimit -n 160; ", "half", Gate("half", port), port);
        using var stop = new CancellationTokenSource();
        int made = 0, lost = 0;
        var clients = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                made++;
                if (!CanEcho(port))
                    lost++;
            }
        });
        clients.Start();

        rig.Configure("workers = 60", Gate("half", port));
        ToolResult reload = rig.Command("reload");
        Thread.Sleep(300);
        stop.Cancel();
        clients.Join();
        Assert.Equal(1, reload.ExitCode);
        Assert.Contains("the configuration before stays in force", reload.Output, StringComparison.Ordinal);
        Assert.True(made > 10, "no connection was made");
        Assert.True(lost == 0, $"{lost} of {made} were lost: {rig.Log}");

        // Nothing of the failed generation is left, and the next reload works.
        Workplace.WaitFor(() => rig.Status().GetProperty("generations").GetArrayLength() == 1, () => rig.Log);
        rig.Configure("workers = 2", Gate("half", port));
        Assert.Equal(0, rig.Command("reload").ExitCode);
        Assert.True(CanEcho(port));
    }

    [Fact]
    public void As_many_workers_as_the_configuration_allows_can_be_reloaded()
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.Another("many", Gate("many", port), port);
        rig.Configure("workers = 128", Gate("many", port));
        Assert.Equal(0, rig.Command("reload").ExitCode);
        ToolResult again = rig.Command("reload");
        Assert.True(again.ExitCode == 0, again.Output);
        Assert.True(CanEcho(port));
    }

    [Fact]
    public void Term_while_workers_start_ends_at_once_and_well()
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.Another("early", Gate("early", port));
        Workplace.WaitFor(() => File.Exists(rig.Control), () => rig.Log);
        rig.Signal("TERM");
        Assert.True(rig.WaitForExit(), rig.Log);
        Assert.Equal(0, rig.ExitCode);
    }

    /// <summary>Taken out: the memory of a HUP that comes during a reload. The second of two changes is then never seen.</summary>
    [Fact]
    public void A_hangup_during_a_reload_is_followed_by_another()
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.Another("twice", Gate("twice", port), port);
        rig.Signal("HUP");
        Workplace.WaitFor(() => rig.Status().GetProperty("generations").GetArrayLength() > 0, () => rig.Log);
        for (int i = 0; i < 5; i++)
            rig.Signal("HUP");
        rig.Configure("workers = 3", Gate("twice", port));
        rig.Signal("HUP");
        Workplace.WaitFor(
            () => rig.Status().GetProperty("generations")[0] is var newest && newest.GetProperty("state").GetString() == "current" && newest.GetProperty("workers").GetArrayLength() == 3,
            () => "the last change is not in force: " + rig.Log);
    }

    /// <summary>Taken out: HeedHangup. What nohup(1) starts then never reloads by a signal.</summary>
    [Fact]
    public void A_hangup_reloads_a_posternd_that_was_started_with_it_ignored()
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.AnotherAfter("trap '' HUP; ", "nohup", Gate("nohup", port), port);
        rig.Signal("HUP");
        Workplace.WaitFor(() => rig.Status().GetProperty("generations")[0].GetProperty("number").GetInt32() == 2, () => "it did not reload: " + rig.Log);
        Assert.True(CanEcho(port));
    }

    /// <summary>
    /// Taken out: CallMe. They are called exe then, and postern check takes a worker for a stranger on the gate's port, where its
    /// process number is below the supervisor's.
    /// </summary>
    [Fact]
    public void Every_process_is_called_posternd()
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.Another("called", Gate("called", port), port);
        JsonElement generation = rig.Status().GetProperty("generations")[0];
        JsonElement[] roles = [generation.GetProperty("keyAgent"), generation.GetProperty("dialer"), .. generation.GetProperty("workers").EnumerateArray()];
        Assert.True(roles.Length > 2);
        Assert.All(roles.Select(role => role.GetProperty("pid").GetInt32()).Append(rig.Pid), pid => Assert.Equal("posternd\n", File.ReadAllText($"/proc/{pid}/comm")));
    }

    /// <summary>Taken out: the log's own thread. The supervisor then waits for the reader, and answers nobody.</summary>
    [Fact]
    public void A_standard_error_that_nobody_reads_stops_nothing()
    {
        int port = Workplace.FreePort();
        string file = gates.At("mute.toml"), control = gates.At("mute.sock");
        File.WriteAllText(file, $"""
            [server]
            user = "nobody"
            key-user = "daemon"
            control = "{control}"
            workers = 1
            {Gate("mute", port)}
            """);

        // The pipe is full before posternd says its first word.
        const string Script = "exec \"$0\" -c \"$1\" 2> >(exec 9<&0; while kill -0 $$ 2>/dev/null; do sleep 0.2; done)";
        using Process process = Process.Start(new ProcessStartInfo("bash", ["-c", Script, PosternRig.Daemon, file]))!;
        try
        {
            Workplace.WaitForPort(port, () => "it does not come up");

            // 64 KiB of pipe, and some 150 bytes a connection.
            for (int i = 0; i < 1_000; i++)
                Assert.True(CanEcho(port));
            Assert.Equal(0, Tool.Run(PosternRig.CommandLine, "status", "--control", control).ExitCode);
            Assert.Equal(0, Tool.Run(PosternRig.CommandLine, "reload", "--control", control).ExitCode);
            Assert.True(CanEcho(port));
        }
        finally
        {
            _ = Tool.Run("kill", "-TERM", $"{process.Id}");
            Assert.True(process.WaitForExit(10_000), "it does not end");
        }
    }

    /// <summary>Taken out: the comparison with what posternd was started with. A reload then says nothing, and does nothing.</summary>
    [Fact]
    public void A_reload_says_what_it_does_not_change()
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.Another("kept", Gate("kept", port), port);
        Assert.DoesNotContain("a reload does not change it", rig.Command("reload").Output, StringComparison.Ordinal);

        string before = File.ReadAllText(rig.ConfigurationFile);
        File.WriteAllText(rig.ConfigurationFile, before.Replace(rig.Control, gates.At("elsewhere.sock"), StringComparison.Ordinal).Replace("\"json\"", "\"stderr\"", StringComparison.Ordinal));
        ToolResult reload = Tool.Run(PosternRig.CommandLine, "reload", "--control", rig.Control);
        Assert.Equal(0, reload.ExitCode);
        Assert.Contains($"server.control: has changed, and a reload does not change it: restart posternd; until then it is {rig.Control}", reload.Output, StringComparison.Ordinal);
        Assert.Contains("server.log: has changed", reload.Output, StringComparison.Ordinal);
        File.WriteAllText(rig.ConfigurationFile, before);
    }

    /// <summary>Taken out: that workers are told of the log that there is. They then write the journal's blocks to standard error.</summary>
    [Fact]
    public void Without_journald_every_entry_is_a_line_of_standard_error()
    {
        int port = Workplace.FreePort();
        string file = gates.At("nojournal.toml"), log = gates.At("nojournal.log");
        File.WriteAllText(file, $"""
            [server]
            user = "nobody"
            key-user = "daemon"
            control = "{gates.At("nojournal.sock")}"
            log = "journal"
            workers = 1
            {Gate("nojournal", port)}
            """);

        // A machine with journald shows an empty directory in its place.
        const string Journal = "/run/systemd/journal", Start = "exec \"$0\" -c \"$1\" 2>\"$2\"";
        string[] hidden = Directory.Exists(Journal) ? ["unshare", "-m", "bash", "-c", $"mount -t tmpfs none {Journal} && {Start}"] : ["bash", "-c", Start];
        using Process process = Process.Start(new ProcessStartInfo(hidden[0], [.. hidden[1..], PosternRig.Daemon, file, log]))!;
        try
        {
            Workplace.WaitForPort(port, () => "it does not come up");
            Assert.True(CanEcho(port));
            Workplace.WaitFor(() => File.ReadAllText(log).Contains("outcome=closed", StringComparison.Ordinal), () => File.ReadAllText(log));
            Assert.Contains("journald does not answer", File.ReadAllText(log), StringComparison.Ordinal);
            Assert.All(File.ReadAllLines(log), line => Assert.Contains(" posternd ", line, StringComparison.Ordinal));
        }
        finally
        {
            _ = Tool.Run("kill", "-TERM", $"{process.Id}");
            Assert.True(process.WaitForExit(10_000), "it does not end");
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

    private static bool CanEcho(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port) { ReceiveTimeout = 5_000 };
            client.GetStream().Write("hello\n"u8);
            byte[] answer = new byte[6];
            client.GetStream().ReadExactly(answer);
            return Encoding.ASCII.GetString(answer) == "hello\n";
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }
}
