using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Postern.Bench.Peers;
using Postern.Bench.Scenarios;

namespace Postern.Bench.Profiling;

/// <summary>
/// posternd under one scenario's load, all its roles, looked at from outside: with perf, where its time goes, as a flame
/// graph; and in a run of its own, since that makes it many times slower, with strace, how many system calls a unit of
/// the load takes.
/// </summary>
internal static class Profile
{
    // Not a round number: nothing that happens a thousand times a second falls in step with it.
    private const string SamplesPerSecond = "997";

    /// <summary>Exit status, as bench.sh's.</summary>
    internal static int Take(Options options, Scenario scenario, Stage stage)
    {
        try
        {
            var postern = PeerList.All.First(peer => peer.Name == PeerList.Postern);
            if (scenario.NeedsCalibration)
            {
                stage.Play(scenario, postern, options.Scale, run =>
                {
                    scenario.Calibrate(run);
                    return true;
                });
            }

            var graph = stage.Play(scenario, postern, options.Scale, run => Sample(run, scenario, options));
            var file = Path.Combine(options.Docs, $"flame-{scenario.Name}.svg");
            File.WriteAllText(file, graph.Draw(string.Create(
                CultureInfo.InvariantCulture,
                $"posternd, all roles, under {scenario.Name}: {graph.Samples} samples of {SamplesPerSecond} a second")));

            var table = stage.Play(scenario, postern, 1, run => Count(run, scenario, options));
            Console.WriteLine(table);
            Console.WriteLine("strace slows posternd down many times: a turn finds more to do, and what it does once for all of it counts for less.");
            Console.WriteLine("Written to " + file);
            return 0;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            Console.Error.WriteLine($"bench.sh: {scenario.Name} could not be profiled: {e.Message}");
            return 1;
        }
    }

    private static FlameGraph Sample(Run run, Scenario scenario, Options options)
    {
        var data = Path.Combine(options.Directory, "perf.data");
        File.Delete(data);
        scenario.WarmUp(run);
        var roles = Roles(run);
        // The clock, not the processor's cycles: a virtual machine seldom has those. Stacks are unwound by the tables for
        // exceptions (dwarf), since Debian's libraries keep no frame pointers.
        string[] command =
        [
            "perf", "record", "-q", "-e", "cpu-clock", "-F", SamplesPerSecond, "--call-graph", "dwarf,16384",
            "-p", string.Join(',', roles.Keys), "-o", data,
        ];
        using (var perf = Tracer.Attach(Path.Combine(options.Directory, "perf.log"), options.Directory, command, _ => HasBegun(data)))
        {
            scenario.Load(run);
            perf.Stop();
        }

        var graph = new FlameGraph();
        foreach (var stack in PerfScript.Read(Script(data)))
            graph.Add(roles.GetValueOrDefault(stack.Pid, "posternd"), stack.Frames);
        return graph.Samples > 0 ? graph : throw new IOException("perf has seen nothing; is the machine too busy?");
    }

    // perf writes the head of its file when it has opened what it will watch.
    private static bool HasBegun(string data) => new FileInfo(data) is { Exists: true, Length: > 0 };

    private static IEnumerable<string> Script(string data)
    {
        // Inlined functions would be looked up by another program, a frame at a time.
        var start = new ProcessStartInfo("perf", ["script", "-i", data, "--no-inline", "-F", "pid,ip,sym,dso"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        while (process.StandardOutput.ReadLine() is { } line)
            yield return line;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new IOException("perf script fails: " + error.GetAwaiter().GetResult().Trim());
    }

    private static string Count(Run run, Scenario scenario, Options options)
    {
        scenario.WarmUp(run);
        var table = new SystemCallTable();
        var tracers = new List<(string Role, string Summary, Tracer Tracer)>();
        try
        {
            foreach (var (pid, role) in Roles(run))
            {
                var summary = Path.Combine(options.Directory, $"strace-{pid}");
                string[] command = ["strace", "-f", "-c", "-U", "calls,name", "-o", summary, "-p", pid.ToString(CultureInfo.InvariantCulture)];
                tracers.Add((role, summary, Tracer.Attach(
                    summary + ".log", options.Directory, command, said => said.Contains("attached", StringComparison.Ordinal))));
            }

            var units = scenario.Load(run);
            foreach (var (role, summary, tracer) in tracers)
            {
                tracer.Stop();
                table.Add(role, File.ReadLines(summary));
            }

            return units > 0 ? table.Draw(units, scenario.Unit) : throw new IOException("the scenario has no load");
        }
        finally
        {
            foreach (var (_, _, tracer) in tracers)
                tracer.Dispose();
        }
    }

    private static Dictionary<int, string> Roles(Run run) =>
        run.Peer.Tree.Members().ToDictionary(member => member.Pid, member => PosternGate.RoleOf(member.Pid));
}
