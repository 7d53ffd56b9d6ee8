using System.Diagnostics;

namespace Postern.Bench.Peers;

/// <summary>A proxy that is measured: how it is configured, started, and asked for its version.</summary>
internal abstract class Peer
{
    /// <summary>The word on the command line and the column of the table.</summary>
    internal abstract string Name { get; }

    /// <summary>Of ours, in whatever form.</summary>
    internal virtual bool IsPostern => false;

    internal virtual bool Serves(Front front) => front == Front.Tls;

    /// <summary>It has session tickets.</summary>
    internal virtual bool Resumes => true;

    /// <summary>It can be told how many workers to have.</summary>
    internal virtual bool HasWorkers => true;

    /// <summary>It has a process or a thread for each connection: thousands take it longer to open than a measurement may.</summary>
    internal virtual bool HasOneForEach => false;

    internal bool TakesPartIn(Scenarios.Scenario scenario) =>
        Serves(scenario.Front)
        && (Resumes || !scenario.Tickets)
        && (HasWorkers || !scenario.SpreadsWorkers)
        && (!HasOneForEach || scenario.ConnectionsAtATime <= MostForEach);

    private const int MostForEach = 4_000;

    /// <summary>Writes the configuration; the answer is the command line, which runs in the foreground.</summary>
    internal abstract IReadOnlyList<string> Configure(GatePlan plan);

    /// <summary>One line: the name, the version, the package where it comes from one.</summary>
    internal abstract string Version();

    protected static bool IsRoot => Environment.IsPrivilegedProcess;

    protected static string DebianVersion(string package)
    {
        var version = Ask("dpkg-query", "-W", "-f", "${Version}", package);
        return version.Length > 0 ? $"Debian {package} {version}" : $"{package}, of unknown version";
    }

    /// <summary>What a program prints, on either stream; empty when it cannot be run.</summary>
    protected static string Ask(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start);
            if (process is null)
                return "";
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (output + error.Result).Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }
}
