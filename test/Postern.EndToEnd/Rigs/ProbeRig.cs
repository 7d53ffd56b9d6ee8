using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// A posternd of the probe build (src/Postern.Roles/Probe/), on a terminal of its own: its roles try everything when they
/// are told, from inside their sandboxes.
/// </summary>
internal sealed class ProbeRig : IDisposable
{
    public const string Supervisor = "the supervisor";

    private const int Answers = 4096;

    private readonly Workplace _place = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Socket _abstract = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _abstractName = $"postern-probe-{Guid.NewGuid():N}";
    private readonly Process _terminal;
    private readonly StringBuilder _said = new();

    /// <param name="without">Layers taken out, by their names (src/Postern.Roles/Sandbox/Layers.cs).</param>
    public ProbeRig(params string[] without)
        : this(place => Configure(place, "probe", ""), without)
    {
    }

    /// <param name="configure">Writes the configuration, probe.toml with probe.sock and two workers; its path.</param>
    /// <param name="without">Layers taken out.</param>
    public ProbeRig(Func<Workplace, string> configure, params string[] without)
    {
        _listener.Start();
        _abstract.Bind(new UnixDomainSocketEndPoint("\0" + _abstractName));
        _abstract.Listen();
        string configuration = configure(_place);
        Reports = _place.MakeDirectory("reports", "root");
        var start = new ProcessStartInfo("script", ["-qec", $"exec {Daemon} -c {configuration}", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["POSTERN_PROBE"] = Reports, ["POSTERN_LACKS"] = string.Join(',', without) },
        };
        _terminal = Process.Start(start)!;
        _terminal.OutputDataReceived += (_, e) => _said.AppendLine(e.Data);
        _terminal.BeginOutputReadLine();
        Workplace.WaitFor(() => Files.Count(file => Read(file).StartsWith("ready\n", StringComparison.Ordinal)) == 4, () => $"the roles are not ready: {_said}");
    }

    /// <summary>Published by test.sh, never by build.sh.</summary>
    public static string Daemon => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(PosternRig.Daemon)!, "../probe/posternd"));

    private string Reports { get; }

    private string[] Files => Directory.GetFiles(Reports);

    public string Control => _place.At("probe.sock");

    /// <summary>A configuration with a plain gate and two workers.</summary>
    public static string Configure(Workplace place, string name, string server) => place.Write(name + ".toml", $"""
        [server]
        user = "nobody"
        key-user = "daemon"
        control = "{place.At(name + ".sock")}"
        log = "stderr"
        hostname = "gate.example.test"
        workers = 2
        {server}

        [[gate]]
        name = "plain"
        protocol = "tcp"
        listen = ["127.0.0.1:{Workplace.FreePort()}"]
        tls = "plain"
        backend = "127.0.0.1:9"
        """);

    /// <summary>Has a role try everything: attempt and outcome, in their order. Its targets are all processes but itself.</summary>
    public List<(string Attempt, string Outcome)> Try(string role)
    {
        string own = Files.Order(StringComparer.Ordinal).First(file => Path.GetFileName(file).StartsWith(role + ".", StringComparison.Ordinal));
        List<string> lines = [$"{((IPEndPoint)_listener.LocalEndpoint).Port}", Control, _abstractName, $"{Supervisor}\t{Parent(PidOf(own))}"];
        foreach ((string target, string prefix) in ((string, string)[])[("the key agent", "key-agent."), ("the dialer", "dialer."), ("another worker", "worker.")])
        {
            string? other = Files.Order(StringComparer.Ordinal).FirstOrDefault(file => file != own && Path.GetFileName(file).StartsWith(prefix, StringComparison.Ordinal));
            if (other is not null)
                lines.Add($"{target}\t{PidOf(other)}");
        }

        using (FileStream file = new(own, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = 1;
            file.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
            file.Position = 0;
            file.WriteByte((byte)'G');
        }

        Workplace.WaitFor(
            () => Read(own).EndsWith("end\n", StringComparison.Ordinal) || !Directory.Exists($"/proc/{PidOf(own)}"),
            () => $"{role} does not come to an end: {Read(own)}");

        // An attempt that ended the process, because it was allowed, has no outcome of its own.
        return [.. Read(own).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line is not ("ready" or "end"))
            .Select(line => line.Split('\t')).Select(fields => (fields[0], fields[1].Length > 0 ? fields[1] : "allowed"))];
    }

    public void Dispose()
    {
        if (Files.Length > 0)
        {
            string supervisor = Parent(PidOf(Files[0])).ToString(CultureInfo.InvariantCulture);
            _ = Tool.Run("kill", "-TERM", supervisor);
            Thread.Sleep(200);
            _ = Tool.Run("kill", "-TERM", supervisor);
        }

        if (!_terminal.WaitForExit(5_000))
            _terminal.Kill();
        _terminal.Dispose();
        _abstract.Dispose();
        _listener.Dispose();
        _place.Dispose();
    }

    private static int PidOf(string file) => int.Parse(Path.GetExtension(file)[1..], CultureInfo.InvariantCulture);

    private static int Parent(int pid)
    {
        string file = $"/proc/{pid}/stat";
        return File.Exists(file) ? int.Parse(File.ReadAllText(file).Split(')')[1].Split(' ')[2], CultureInfo.InvariantCulture) : 0;
    }

    private static string Read(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = Answers;
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().TrimEnd('\0');
    }
}
