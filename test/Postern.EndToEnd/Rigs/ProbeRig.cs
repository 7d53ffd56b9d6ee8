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

    /// <summary>Its report is in the second half of its nursery's file.</summary>
    public const string Room = "room";

    private const string Nursery = "nursery";
    private const int Half = 64 * 1024;
    private const int Answers = 4096;
    private const int Claim = Answers - sizeof(int);

    private static readonly (string Target, string Role)[] s_targets =
        [("the key agent", "key-agent"), ("the dialer", "dialer"), ("another worker", "worker"), ("another porter", "porter"), ("the nursery", Nursery)];

    private readonly Workplace _place = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Socket _abstract = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _abstractName = $"postern-probe-{Guid.NewGuid():N}";
    private readonly Process _terminal;
    private readonly StringBuilder _said = new();

    /// <param name="isolation"><c>[server] isolation</c></param>
    /// <param name="without">Layers taken out, by their names (src/Postern.Roles/Sandbox/Layers.cs).</param>
    public ProbeRig(string isolation, params string[] without)
        : this(isolation, place => Configure(place, "probe", $"isolation = \"{isolation}\""), without)
    {
    }

    /// <param name="isolation">As the configuration has it; "outbound": workers, and a resolver.</param>
    /// <param name="configure">Writes the configuration, probe.toml with probe.sock and two workers; its path.</param>
    /// <param name="without">Layers taken out.</param>
    public ProbeRig(string isolation, Func<Workplace, string> configure, params string[] without)
    {
        int roles = isolation switch { "connection" => 5, "outbound" => 6, _ => 4 };
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
        Workplace.WaitFor(() => Files.Count(file => Read(file, 0).StartsWith("ready\n", StringComparison.Ordinal)) == roles, () => $"the roles are not ready: {_said}");
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
        string own = First(role == Room ? Nursery : role)!;
        int start = role == Room ? Half : 0;
        Workplace.WaitFor(() => Read(own, start).StartsWith("ready\n", StringComparison.Ordinal), () => $"{role} is not ready");
        int pid = role == Room ? RoomOf(own) : PidOf(own);
        using (FileStream file = new(own, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = start + 1;
            file.Write(Encoding.UTF8.GetBytes(string.Join('\n', [$"{((IPEndPoint)_listener.LocalEndpoint).Port}", Control, _abstractName, .. Targets(role, pid)])));
            file.Position = start;
            file.WriteByte((byte)'G');
        }

        Workplace.WaitFor(
            () => Read(own, start).EndsWith("end\n", StringComparison.Ordinal) || !Directory.Exists($"/proc/{pid}"),
            () => $"{role} does not come to an end: {Read(own, start)}");

        // An attempt that ended the process, because it was allowed, has no outcome of its own.
        return [.. Read(own, start).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line is not ("ready" or "end"))
            .Select(line => line.Split('\t')).Select(fields => (fields[0], fields[1].Length > 0 ? fields[1] : "allowed"))];
    }

    public void Dispose()
    {
        // A role that was killed has a file and no parent any more.
        int parent = Files.Select(file => Parent(PidOf(file))).FirstOrDefault(pid => pid > 0);
        if (parent > 0)
        {
            string supervisor = parent.ToString(CultureInfo.InvariantCulture);
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

    private IEnumerable<string> Targets(string role, int pid)
    {
        string? nursery = First(Nursery);
        yield return $"{Supervisor}\t{Parent(PidOf(nursery ?? First(role)!))}";
        foreach ((string target, string name) in s_targets)
        {
            // A nursery may kill: who is killed is no target of others any more, so it is to be the last that tries.
            if (First(name, but: pid) is { } other)
                yield return $"{target}\t{PidOf(other)}{(role == Nursery && name == "dialer" ? "\tkill" : "")}";
        }

        if (nursery is not null)
            yield return $"another room\t{Rooms(PidOf(nursery)).First(room => room != RoomOf(nursery))}{(role == Nursery ? "\tkill" : "")}";
    }

    /// <summary>The file of the first process of this role, in the order of their names.</summary>
    private string? First(string role, int but = 0) =>
        Files.Order(StringComparer.Ordinal).FirstOrDefault(file => Path.GetFileName(file).StartsWith(role + ".", StringComparison.Ordinal) && PidOf(file) != but);

    /// <summary>The room that tries.</summary>
    private static int RoomOf(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        return BitConverter.ToInt32(bytes, Half + Claim);
    }

    private static IEnumerable<int> Rooms(int nursery) =>
        Tool.Run("pgrep", "-P", nursery.ToString(CultureInfo.InvariantCulture)).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture));

    private static int PidOf(string file) => int.Parse(Path.GetExtension(file)[1..], CultureInfo.InvariantCulture);

    private static int Parent(int pid)
    {
        string file = $"/proc/{pid}/stat";
        return File.Exists(file) ? int.Parse(File.ReadAllText(file).Split(')')[1].Split(' ')[2], CultureInfo.InvariantCulture) : 0;
    }

    private static string Read(string path, int start)
    {
        byte[] answers = new byte[Half - Answers];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = start + Answers;
        return Encoding.UTF8.GetString(answers, 0, file.ReadAtLeast(answers, answers.Length, throwOnEndOfStream: false)).TrimEnd('\0');
    }
}
