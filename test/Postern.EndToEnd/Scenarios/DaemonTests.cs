using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>posternd as a program: start, stop, what it says, and what it survives.</summary>
[Collection(nameof(EchoGates))]
public sealed class DaemonTests(EchoGates gates)
{
    [Fact]
    public void A_port_in_use_is_named_with_what_to_do()
    {
        string file = gates.At("taken.toml");
        File.WriteAllText(file, $"""
            [server]
            user = "nobody"
            key-user = "daemon"
            control = "{gates.At("taken.sock")}"
            {Gate("taken", "plain", gates.First)}
            """);
        ToolResult result = Tool.Run(PosternRig.Daemon, "-c", file);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"127.0.0.1:{gates.First} is in use by another program", result.Output, StringComparison.Ordinal);
        Assert.Contains("ss -ltnp", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_posternd_at_the_same_control_socket_is_refused()
    {
        string file = gates.At("twin.toml");
        File.WriteAllText(file, $"""
            [server]
            user = "nobody"
            key-user = "daemon"
            control = "{gates.Gates.Control}"
            {Gate("twin", "plain", Workplace.FreePort())}
            """);
        ToolResult result = Tool.Run(PosternRig.Daemon, "-c", file);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("another posternd answers at", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, gates.Gates.Command("status").ExitCode);
    }

    [Fact]
    public void Term_drains_and_a_second_one_stops()
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.Another("drain", Gate("drain", "plain", port), port);
        using TcpClient held = Hold(port);
        rig.Signal("TERM");
        Workplace.WaitFor(() => rig.Log.Contains("draining 1 connections", StringComparison.Ordinal), () => rig.Log);
        Workplace.WaitFor(() => !CanConnect(port), () => "a new connection is still accepted\n" + rig.Log);

        // The connection goes on while its worker drains.
        held.GetStream().Write("still here\n"u8);
        Assert.Equal("still here\n", Read(held));
        rig.Signal("TERM");
        Assert.True(rig.WaitForExit());
        Assert.Equal(0, rig.ExitCode);
    }

    [Fact]
    public void Term_ends_by_itself_with_the_last_connection()
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.Another("last", Gate("last", "plain", port), port);
        using (TcpClient held = Hold(port))
        {
            rig.Signal("TERM");
            Workplace.WaitFor(() => rig.Log.Contains("draining", StringComparison.Ordinal), () => rig.Log);
        }

        Assert.True(rig.WaitForExit());
        Assert.Equal(0, rig.ExitCode);
        Assert.False(File.Exists(rig.Control));
    }

    [Fact]
    public void A_worker_that_keeps_dying_is_replaced_more_and_more_slowly()
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.Another("dying", Gate("dying", "plain", port), port);
        for (int i = 0; i < 4; i++)
        {
            int pid = 0;
            Workplace.WaitFor(() => (pid = WorkerPid(rig)) != 0, () => rig.Log);
            _ = Tool.Run("kill", "-KILL", $"{pid}");
            Workplace.WaitFor(() => WorkerPid(rig) != pid, () => rig.Log);
        }

        Workplace.WaitFor(() => rig.Log.Contains("another starts in 200 ms", StringComparison.Ordinal), () => rig.Log);
        Workplace.WaitFor(() => CanEcho(port), () => rig.Log);
    }

    [Fact]
    public void Out_of_descriptors_it_says_no_does_not_spin_and_recovers()
    {
        int port = Workplace.FreePort();
        string tables = Gate("few", "starttls", port).Replace("\"tcp\"", "\"pop3\"", StringComparison.Ordinal) + gates.Certificates.Tables;

        // A limit that admission knows nothing of: it lets more in than the kernel has places for.
        using PosternRig rig = gates.AnotherAfter("ulimit -n 160; ", "few", tables, port);
        int worker = WorkerPid(rig);
        Assert.Equal(0, Tool.Run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "prlimit", "--pid", $"{worker}", "--nofile=60:60").ExitCode);
        List<TcpClient> clients = [];
        for (int i = 0; i < 60; i++)
            clients.Add(new TcpClient("127.0.0.1", port));
        string[] said = [.. clients.Select(Read)];
        Assert.Contains(said, words => words.StartsWith("+OK", StringComparison.Ordinal));
        Assert.Contains(said, words => words.StartsWith("-ERR [SYS/TEMP]", StringComparison.Ordinal));
        Assert.DoesNotContain("", said);

        double before = Cpu(worker);
        Thread.Sleep(1000);
        Assert.True(Cpu(worker) - before < 0.3, "it spins");

        foreach (TcpClient client in clients)
            client.Dispose();
        Workplace.WaitFor(
            () =>
            {
                using var again = new TcpClient("127.0.0.1", port);
                return Read(again).StartsWith("+OK", StringComparison.Ordinal);
            },
            () => "it does not recover: " + rig.Log);
        Assert.Equal(worker, WorkerPid(rig));
    }

    [Fact]
    public void Started_by_an_ordinary_user_it_works_and_says_so()
    {
        int port = Workplace.FreePort();
        string folder = Directory.CreateTempSubdirectory("postern-user-").FullName;
        _ = Tool.Run("chown", "nobody", folder);
        string file = Path.Combine(folder, "postern.toml");
        File.WriteAllText(file, $"[server]\ncontrol = \"{folder}/control.sock\"\nlog = \"stderr\"\n{Gate("user", "plain", port)}");
        string daemon = PosternRig.CopyTo(folder);
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "setpriv", ["--reuid=nobody", "--clear-groups", daemon, "-c", file]) { RedirectStandardError = true })!;
        try
        {
            Workplace.WaitFor(() => CanEcho(port), () => "it does not come up");
            Assert.Contains("not started by root: no role has a user, namespaces or a root directory of its own", process.StandardError.ReadLine(), StringComparison.Ordinal);
            Assert.Contains("all as the user that started posternd", process.StandardError.ReadLine(), StringComparison.Ordinal);
        }
        finally
        {
            _ = Tool.Run("kill", "-TERM", $"{process.Id}");
            Assert.True(process.WaitForExit(10_000));
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Taken out: the kernel's word for it, in ControlSocket; .NET's is the name of a sentence that is not linked in.</summary>
    [Fact]
    public void A_directory_that_may_not_be_made_is_said_in_words()
    {
        string folder = Directory.CreateTempSubdirectory("postern-user-").FullName;
        try
        {
            _ = Tool.Run("chmod", "755", folder);
            string file = Path.Combine(folder, "postern.toml");
            File.WriteAllText(file, $"[server]\ncontrol = \"{folder}/run/control.sock\"\nlog = \"stderr\"\n{Gate("user", "plain", Workplace.FreePort())}");
            ToolResult result = Tool.Run("setpriv", "--reuid=nobody", "--clear-groups", PosternRig.CopyTo(folder), "-c", file);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains($"the directory {folder}/run for the control socket cannot be made: Permission denied; set [server] control to a path", result.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string Gate(string name, string tls, int port) => $"""
        [[gate]]
        name = "{name}"
        protocol = "tcp"
        listen = ["127.0.0.1:{port}"]
        tls = "{tls}"
        {(tls == "plain" ? "" : "certificate = [\"ec\"]")}
        backend = "127.0.0.1:{gates.BackendPort}"


        """;

    private static int WorkerPid(PosternRig rig)
    {
        var generations = rig.Status().GetProperty("generations");
        var workers = generations.GetArrayLength() == 0 ? default : generations[0].GetProperty("workers");
        return workers.ValueKind != System.Text.Json.JsonValueKind.Array || workers.GetArrayLength() == 0 ? 0 : workers[0].GetProperty("pid").GetInt32();
    }

    /// <summary>Processor seconds of a process.</summary>
    private static double Cpu(int pid)
    {
        string[] fields = File.ReadAllText($"/proc/{pid}/stat").Split(')')[1].Split(' ');
        return (long.Parse(fields[12], null) + long.Parse(fields[13], null)) / 100.0;
    }

    private static TcpClient Hold(int port)
    {
        var client = new TcpClient("127.0.0.1", port);
        client.GetStream().Write("hello\n"u8);
        Assert.Equal("hello\n", Read(client));
        return client;
    }

    private static string Read(TcpClient client)
    {
        byte[] buffer = new byte[4096];
        client.ReceiveTimeout = 5_000;
        try
        {
            int count = client.GetStream().Read(buffer);
            return Encoding.Latin1.GetString(buffer, 0, count);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static bool CanEcho(int port)
    {
        try
        {
            using TcpClient client = Hold(port);
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException or Xunit.Sdk.XunitException)
        {
            return false;
        }
    }

    private static bool CanConnect(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
