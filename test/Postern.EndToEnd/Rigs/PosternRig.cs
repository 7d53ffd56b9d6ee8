using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Postern.EndToEnd.Rigs;

/// <summary>A posternd as an administrator would start it, with its log at hand.</summary>
internal sealed class PosternRig : IDisposable
{
    private readonly Workplace _place;
    private readonly string _name;
    private readonly Process _process;
    private readonly ConcurrentQueue<JsonElement> _entries = new();
    private readonly ConcurrentQueue<string> _raw = new();

    /// <param name="place">Where its files go.</param>
    /// <param name="name">The name of its files.</param>
    /// <param name="server">More lines for [server].</param>
    /// <param name="tables">Certificates and gates.</param>
    /// <param name="ports">It is up when all of them accept.</param>
    /// <param name="prelude">Shell commands before it starts: limits, descriptors.</param>
    public PosternRig(Workplace place, string name, string server, string tables, IEnumerable<int> ports, string prelude = "")
    {
        _place = place;
        _name = name;
        Configure(server, tables);
        _process = Process.Start(new ProcessStartInfo("bash", ["-c", prelude + "exec \"$0\" -c \"$1\"", Daemon, ConfigurationFile]) { RedirectStandardError = true })!;
        _process.ErrorDataReceived += (_, e) => Take(e.Data);
        _process.BeginErrorReadLine();
        foreach (int port in ports)
            Workplace.WaitForPort(port, () => string.Join('\n', _raw));

        // The ports are bound before anybody serves them.
        Workplace.WaitFor(() => Log.Contains("\"event\":\"start\"", StringComparison.Ordinal), () => "it does not come up: " + Log);
    }

    public static string Daemon { get; } = Find("POSTERND", "posternd");

    public static string CommandLine { get; } = Find("POSTERN", "postern");

    /// <summary>Both programs, where an ordinary user can reach them; posternd's path.</summary>
    public static string CopyTo(string folder)
    {
        string daemon = Path.Combine(folder, "posternd");
        File.Copy(Daemon, daemon);
        File.Copy(CommandLine, Path.Combine(folder, "postern"));
        return daemon;
    }

    public string ConfigurationFile => _place.At(_name + ".toml");

    public string Control => _place.At(_name + ".sock");

    public int Pid => _process.Id;

    /// <summary>Everything that was written to standard error so far.</summary>
    public string Log => string.Join('\n', _raw);

    public void Configure(string server, string tables) => _place.Write(_name + ".toml", $"""
        [server]
        user = "nobody"
        key-user = "daemon"
        control = "{Control}"
        log = "json"
        hostname = "gate.example.test"
        {server}

        {tables}
        """);

    public ToolResult Command(string command, params string[] arguments) =>
        Tool.Run(CommandLine, [command, "-c", ConfigurationFile, .. arguments]);

    /// <summary>One of a command's own commands: <c>policy list</c>.</summary>
    public ToolResult Run(string command, string second, params string[] arguments) =>
        Tool.Run(CommandLine, [command, second, "-c", ConfigurationFile, .. arguments]);

    /// <summary>The status report, as postern status --json gives it.</summary>
    public JsonElement Status() => JsonDocument.Parse(Command("status", "--json").Output).RootElement.GetProperty("status");

    /// <summary>Waits for a log entry; each is returned once.</summary>
    public JsonElement WaitForEntry(Func<JsonElement, bool> wanted)
    {
        JsonElement found = default;
        Workplace.WaitFor(
            () =>
            {
                while (_entries.TryDequeue(out found))
                {
                    if (wanted(found))
                        return true;
                }

                return false;
            },
            () => "the log has no such entry: " + Log);
        return found;
    }

    public JsonElement WaitForConnection(string gate) => WaitForEntry(entry =>
        entry.GetProperty("event").GetString() == "connection" && entry.GetProperty("gate").GetString() == gate);

    public void Signal(string signal) => _ = Tool.Run("kill", "-" + signal, Pid.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public bool WaitForExit() => _process.WaitForExit(10_000);

    public int ExitCode => _process.ExitCode;

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Signal("TERM");
            Thread.Sleep(200);
            Signal("TERM");
            if (!_process.WaitForExit(5_000))
                _process.Kill();
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;

        _raw.Enqueue(line);
        if (line.StartsWith('{'))
            _entries.Enqueue(JsonDocument.Parse(line).RootElement);
    }

    private static string Find(string variable, string program)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path)
            return path;

        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "artifacts/bin", program)))
            directory = Path.GetDirectoryName(directory);
        return directory is null
            ? throw new InvalidOperationException($"artifacts/bin/{program} is missing: run ./build.sh first")
            : Path.Combine(directory, "artifacts/bin", program);
    }
}
