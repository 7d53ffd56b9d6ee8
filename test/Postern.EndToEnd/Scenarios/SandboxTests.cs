using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// What a role that somebody has taken over can still do: each of them tries, from inside, in a build of posternd that
/// nobody ships. Taken out: any layer of what a cell's last outcomes stand on, or an entry too much in RoleCalls, which
/// turns its first one into "allowed".
/// </summary>
public sealed class SandboxTests
{
    /// <summary>Layers taken out, in the order of the outcomes in a cell.</summary>
    private static readonly string[][] s_without =
        [[], ["Landlock"], ["a system call filter"], ["a system call filter", "Landlock"], ["a system call filter", "an empty root"]];

    /// <summary>
    /// The tables of docs/sandbox.md are what the roles find: role × attempt × outcome. What is refused there must be refused,
    /// by whatever error this kernel has for it; with every layer in place, nothing may be refused that is allowed there.
    /// </summary>
    [Theory]
    [InlineData("worker", "key-agent", "dialer", "worker", "dialer")]
    [InlineData("connection", "porter", "nursery", "room", "nursery")]
    public void Every_attempt_ends_as_the_table_says(string isolation, string first, string second, string third, string last)
    {
        string[] roles = [first, second, third];
        List<(string Attempt, string[] Outcomes)>[] found = [.. roles.Select(_ => new List<(string, string[])>())];
        for (int variant = 0; variant < s_without.Length; variant++)
        {
            using var rig = new ProbeRig(isolation, s_without[variant]);

            // The last one ceases to be a target, or others do: without a filter and Landlock the dialer becomes another
            // program, and without Landlock the nursery kills the dialer.
            foreach (string role in roles.OrderBy(role => role == last))
                Note(found[Array.IndexOf(roles, role)], variant, rig.Try(role));
        }

        string[] rows = [.. Names(found).Select(attempt => $"| {attempt} | {string.Join(" | ", found.Select(outcomes => Cell(outcomes, attempt)))} |")];
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', rows));
        string[] documented =
        [
            .. File.ReadLines(SourceTree.At("docs/sandbox.md"))
                .SkipWhile(line => !line.StartsWith($"| attempt | {first.Replace('-', ' ')} |", StringComparison.Ordinal))
                .TakeWhile(line => line.Length > 0).Skip(2),
        ];
        Assert.Equal(documented.Select(row => row.Split('|')[1]), rows.Select(row => row.Split('|')[1]));
        int landlock = JsonDocument.Parse(Tool.Run(PosternRig.Daemon, "--show-sandbox", "--json").Output).RootElement.GetProperty("landlock").GetInt32();
        Assert.All(rows.Zip(documented), pair => Compare(roles, pair.First, pair.Second, landlock));
    }

    /// <summary>Taken out: the filter that a room puts on top of its nursery's. It may then what the nursery may, and forks.</summary>
    [Fact]
    public void A_room_without_its_own_filter_may_what_its_nursery_may()
    {
        using var rig = new ProbeRig("connection", "a room's filter");
        (string Attempt, string Outcome)[] room = [.. rig.Try(ProbeRig.Room)];
        Dictionary<string, string> nursery = rig.Try("nursery").ToDictionary(tried => tried.Attempt, tried => tried.Outcome);
        Assert.All(room.Where(tried => nursery.ContainsKey(tried.Attempt)), tried => Assert.Equal((tried.Attempt, nursery[tried.Attempt]), tried));
        Assert.Contains(("fork", "allowed"), room);
        Assert.Contains(("a pair of sockets: unix", "allowed"), room);
        Assert.Contains(("a filter more", "allowed"), room);
    }

    /// <summary>Layer one of Landlock, the launcher's: what lies elsewhere than libraries do is not loaded.</summary>
    [Fact]
    public void A_role_loads_nothing_from_elsewhere()
    {
        using var place = new Workplace();
        string mapped = File.ReadLines("/proc/self/maps").First(line => line.EndsWith("/libm.so.6", StringComparison.Ordinal));
        File.Copy(mapped[mapped.IndexOf('/', StringComparison.Ordinal)..], place.At("elsewhere.so"));
        using PosternRig rig = Start(place, "elsewhere", "", $"export LD_PRELOAD={place.At("elsewhere.so")}; ");
        Workplace.WaitFor(() => rig.Log.Split("cannot be preloaded", StringSplitOptions.None).Length == 4, () => rig.Log);
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

    /// <summary>Taken out: a capability of the unit's list.</summary>
    [Fact]
    public void The_capabilities_of_the_systemd_unit_are_enough()
    {
        string unit = File.ReadLines(SourceTree.At("packaging/systemd/posternd.service")).Single(line => line.StartsWith("CapabilityBoundingSet=", StringComparison.Ordinal));
        string[] kept = [.. unit["CapabilityBoundingSet=".Length..].Split(' ').Select(name => "+" + name["CAP_".Length..].ToLowerInvariant())];
        using var place = new Workplace();
        using PosternRig rig = Start(place, "unit", "sandbox = \"required\"", $"exec setpriv --no-new-privs --bounding-set=-all,{string.Join(',', kept)} \"$0\" -c \"$1\"; ");
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

        // The one that failed is there until its last process is.
        Workplace.WaitFor(() => rig.Status().GetProperty("generations").GetArrayLength() == 1, () => "the generation that failed stays: " + rig.Log);
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
        string daemon = PosternRig.CopyTo(place.Directory);
        ToolResult result = Tool.Run("setpriv", "--reuid=nobody", "--clear-groups", daemon, "-c", file);
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
        JsonElement generation = rig.Status().GetProperty("generations")[0];
        yield return ("key-agent", generation.GetProperty("keyAgent").GetProperty("pid").GetInt32());
        yield return ("dialer", generation.GetProperty("dialer").GetProperty("pid").GetInt32());
        yield return ("worker", generation.GetProperty("workers")[0].GetProperty("pid").GetInt32());
    }

    private static string Link(int pid, string name) => Tool.Run("readlink", $"/proc/{pid}/{name}").Output.Trim();

    private static string Id(string user) => Tool.Run("id", "-u", user).Output.Trim();

    private static void Note(List<(string Attempt, string[] Outcomes)> role, int variant, List<(string Attempt, string Outcome)> tried)
    {
        foreach ((string attempt, string outcome) in tried)
        {
            if (role.Find(entry => entry.Attempt == attempt).Outcomes is not { } outcomes)
                role.Add((attempt, outcomes = [.. s_without.Select(_ => "")]));
            outcomes[variant] = outcome;
        }
    }

    /// <summary>In the order of the first that has it: no role has itself for a target.</summary>
    private static List<string> Names(IEnumerable<List<(string Attempt, string[] Outcomes)>> found)
    {
        List<string> names = [];
        foreach (List<(string Attempt, string[] Outcomes)> role in found)
        {
            int at = 0;
            foreach ((string attempt, _) in role)
            {
                int known = names.IndexOf(attempt);
                if (known < 0)
                    names.Insert(at, attempt);
                at = (known < 0 ? at : known) + 1;
            }
        }

        return names;
    }

    private static string Cell(List<(string Attempt, string[] Outcomes)> role, string attempt) =>
        role.Find(entry => entry.Attempt == attempt).Outcomes is { } outcomes ? string.Join(" / ", outcomes) : "";

    private static void Compare(string[] roles, string found, string documented, int landlock)
    {
        string[] cells = found.Split('|'), wanted = documented.Split('|');
        for (int cell = 2; cell < 2 + roles.Length; cell++)
        {
            string[] outcomes = cells[cell].Trim().Split(" / "), words = wanted[cell].Trim().Split(" / ");
            Assert.Equal(words.Length, outcomes.Length);
            for (int variant = 0; variant < outcomes.Length; variant++)
            {
                bool allowed = outcomes[variant] == "allowed", documentedAllowed = words[variant] == "allowed";

                // What a nursery kills is bounded by Landlock alone.
                bool newerKernelRefuses = (variant > 0 || cells[1].Contains("kill", StringComparison.Ordinal)) && landlock < 6 && (cells[1].Contains("signal", StringComparison.Ordinal) || cells[1].Contains("kill", StringComparison.Ordinal) || cells[1].Contains("TCP", StringComparison.Ordinal) || cells[1].Contains("abstract", StringComparison.Ordinal));
                if (variant == 0 || !documentedAllowed)
                    Assert.True(allowed == documentedAllowed || newerKernelRefuses, $"{cells[1]}: {roles[cell - 2]}, without [{string.Join(", ", s_without[variant])}]: {outcomes[variant]}, not {words[variant]}");
            }
        }
    }
}
