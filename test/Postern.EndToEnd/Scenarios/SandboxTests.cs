using System.Runtime.CompilerServices;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// What a role that somebody has taken over can still do: each of them tries, from inside, in a build of posternd that
/// nobody ships. Taken out: any layer, which turns a refusal of the third table into "allowed"; any entry too much in
/// RoleCalls, which does so in the first; a right too much for Landlock, in the second.
/// </summary>
public sealed class SandboxTests
{
    public static TheoryData<string, string[]> Tables() => new()
    {
        { "with everything", [] },
        { "without the filter", ["a system call filter"] },
        { "without the filter and Landlock", ["a system call filter", "Landlock"] },
    };

    /// <summary>The tables of docs/sandbox.md are what the roles find: role × attempt × outcome.</summary>
    [Theory]
    [MemberData(nameof(Tables))]
    public void Every_attempt_ends_as_the_table_says(string title, string[] without)
    {
        using var rig = new ProbeRig(without);
        string[] roles = ["key-agent", "dialer", "worker"];
        List<(string Attempt, string Outcome)>[] found = [.. roles.Select(rig.Try)];
        string table = "| attempt | key agent | dialer | worker |\n| --- | --- | --- | --- |\n" + string.Concat(
            Names(found).Select(attempt => $"| {attempt} | {string.Join(" | ", found.Select(outcomes => Outcome(outcomes, attempt)))} |\n"));
        TestContext.Current.TestOutputHelper!.WriteLine(title + "\n\n" + table);
        Assert.Contains(table, File.ReadAllText(Path.Combine(Root(), "docs/sandbox.md")), StringComparison.Ordinal);
    }

    /// <summary>Of each thread, as the kernel shows it: what a role gives up belongs to threads. Taken out: EveryThread, in RoleSandbox.Enter.</summary>
    [Fact]
    public void Every_thread_of_every_role_is_confined()
    {
        using var place = new Workplace();
        using PosternRig rig = Start(place, "confined", "sandbox = \"required\"", "exec 77</etc/passwd; ");
        Dictionary<string, string> users = new() { ["key-agent"] = Id("daemon"), ["dialer"] = Id("nobody"), ["worker"] = Id("nobody") };
        foreach ((string role, int pid) in Roles(rig))
        {
            string[] threads = Directory.GetDirectories($"/proc/{pid}/task");
            Assert.True(threads.Length > 1);
            foreach (string thread in threads)
            {
                Dictionary<string, string> status = File.ReadAllLines(thread + "/status").Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim());
                Assert.Equal(("1", "2"), (status["NoNewPrivs"], status["Seccomp"]));
                Assert.Equal(string.Join('\t', Enumerable.Repeat(users[role], 4)), status["Uid"]);
                Assert.All(["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"], set => Assert.Equal("0000000000000000", status[set]));
            }

            Assert.Equal(role is "dialer", Link(pid, "ns/net") == Link(Environment.ProcessId, "ns/net"));
            Assert.NotEqual(Link(Environment.ProcessId, "ns/ipc"), Link(pid, "ns/ipc"));
            Assert.Equal(role is "dialer", Link(pid, "root") == "/");

            // What posternd was started with is not for its roles (taken out: CloseFrom in Launcher.Restrict).
            Assert.True(File.Exists($"/proc/{rig.Pid}/fd/77"));
            Assert.False(File.Exists($"/proc/{pid}/fd/77"));
            Assert.Equal("/dev/null", Link(pid, "fd/0"));
        }

        Assert.Empty(rig.Status().GetProperty("notices").EnumerateArray());
    }

    public static TheoryData<string> Layers() =>
        ["namespaces", "Landlock", "a system call filter", "an empty root", "an empty bounding set", "limits", "closing inherited descriptors"];

    [Theory]
    [MemberData(nameof(Layers))]
    public void What_the_kernel_lacks_is_done_without_and_said(string layer)
    {
        using var place = new Workplace();
        using PosternRig rig = Start(place, "lacking", "", Lacking(layer));
        string[] notices = [.. rig.Status().GetProperty("notices").EnumerateArray().Select(notice => notice.GetString()!)];
        Assert.Contains(notices, notice => notice.StartsWith($"the worker runs without {layer} (", StringComparison.Ordinal));
        Assert.Contains($"the key agent runs without {layer} (", rig.Log, StringComparison.Ordinal);

        // And a reload that asks for all of it changes nothing.
        string before = File.ReadAllText(rig.ConfigurationFile);
        File.WriteAllText(rig.ConfigurationFile, before.Replace("[server]\n", "[server]\nsandbox = \"required\"\n", StringComparison.Ordinal));
        ToolResult reload = rig.Command("reload");
        Assert.Equal(1, reload.ExitCode);
        Assert.Contains($"runs without {layer} (", reload.Output, StringComparison.Ordinal);
        Assert.Equal(1, rig.Status().GetProperty("generations").GetArrayLength());
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Required_means_that_nothing_starts_without_it(string layer)
    {
        using var place = new Workplace();
        string file = ProbeRig.Configure(place, "required", "sandbox = \"required\"");
        ToolResult result = Tool.Run("bash", "-c", Lacking(layer), "bash", file);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("[server] sandbox = \"required\": the ", result.Output, StringComparison.Ordinal);
        Assert.Contains($" runs without {layer} (", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Required_needs_root()
    {
        using var place = new Workplace();
        string file = ProbeRig.Configure(place, "ordinary", "sandbox = \"required\"");
        _ = Tool.Run("chown", "-R", "nobody", place.Directory);
        File.Copy(PosternRig.Daemon, place.At("posternd"));
        ToolResult result = Tool.Run("setpriv", "--reuid=nobody", "--clear-groups", place.At("posternd"), "-c", file);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("[server] sandbox = \"required\": posternd was not started by root: no role has a user, namespaces or a root directory of its own", result.Output, StringComparison.Ordinal);
    }

    private static PosternRig Start(Workplace place, string name, string server, string prelude)
    {
        int port = Workplace.FreePort();
        return new PosternRig(place, name, "workers = 1\n" + server, $"""
            [[gate]]
            name = "plain"
            protocol = "tcp"
            listen = ["127.0.0.1:{port}"]
            tls = "plain"
            backend = "127.0.0.1:9"
            """, [port], prelude);
    }

    /// <summary>A prelude that starts the probe build instead, where this layer fails as if the kernel had none.</summary>
    private static string Lacking(string layer) => $"POSTERN_LACKS='{layer}' exec {ProbeRig.Daemon} -c \"$1\"; ";

    private static IEnumerable<(string Role, int Pid)> Roles(PosternRig rig)
    {
        System.Text.Json.JsonElement generation = rig.Status().GetProperty("generations")[0];
        yield return ("key-agent", generation.GetProperty("keyAgent").GetProperty("pid").GetInt32());
        yield return ("dialer", generation.GetProperty("dialer").GetProperty("pid").GetInt32());
        yield return ("worker", generation.GetProperty("workers")[0].GetProperty("pid").GetInt32());
    }

    private static string Link(int pid, string name) => Tool.Run("readlink", $"/proc/{pid}/{name}").Output.Trim();

    private static string Id(string user) => Tool.Run("id", "-u", user).Output.Trim();

    /// <summary>In the order of the first that has it: no role has itself for a target.</summary>
    private static List<string> Names(IEnumerable<List<(string Attempt, string Outcome)>> found)
    {
        List<string> names = [];
        foreach (List<(string Attempt, string Outcome)> outcomes in found)
        {
            int at = 0;
            foreach ((string attempt, _) in outcomes)
            {
                int known = names.IndexOf(attempt);
                at = known < 0 ? at : known;
                if (known < 0)
                    names.Insert(at, attempt);
                at++;
            }
        }

        return names;
    }

    private static string Outcome(List<(string Attempt, string Outcome)> outcomes, string attempt)
    {
        string? outcome = outcomes.Where(entry => entry.Attempt == attempt).Select(entry => entry.Outcome).FirstOrDefault();
        return outcome switch { null => "", "allowed" => "allowed", _ => outcome };
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));
}
