using System.Globalization;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// An Exim with a configuration and a spool of its own. test.sh unpacks it into artifacts/peers: its package and Postfix's do not go
/// together. It looks for the user that its package makes, who is to be had in the test's own /etc/passwd alone (<see cref="Files"/>).
/// </summary>
internal sealed class EximRig : IDisposable
{
    private const string User = "Debian-exim";
    private const string Id = "64499";

    private readonly Workplace _place;
    private readonly string _name;
    private readonly ServerProcess _server;

    /// <param name="place">Where its files go.</param>
    /// <param name="name">Of its directory.</param>
    /// <param name="configuration">Behind what names its files.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="port">Of that address.</param>
    public EximRig(Workplace place, string name, string configuration, string address, int port)
    {
        _place = place;
        _name = name;
        string directory = place.MakeDirectory(name, User);
        _ = place.MakeDirectory(name + "/spool", User);
        string program = place.At(name + "/exim");
        Tool.Must("install", "-m", "755", Unpacked, program);
        string file = place.Write(name + "/exim.conf", $"""
            exim_path = {program}
            spool_directory = {directory}/spool
            log_file_path = {directory}/%s.log
            pid_file_path = {directory}/pid
            daemon_smtp_ports = {port.ToString(CultureInfo.InvariantCulture)}
            local_interfaces = {address}
            disable_ipv6
            host_lookup =
            rfc1413_hosts =
            keep_environment =
            acl_smtp_rcpt = accept
            queue_run_in_order
            {configuration}

            """);
        _server = new ServerProcess("root", place.At(name + "/out.log"), program, "-C", file, "-bdf", "-q1m");
        Workplace.WaitForPort(port, () => _server.Log + Log, address);
    }

    /// <summary>The machine's users, and Exim's.</summary>
    public static IReadOnlyDictionary<string, string> Files { get; } = new Dictionary<string, string>
    {
        ["passwd"] = $"{File.ReadAllText("/etc/passwd").TrimEnd()}\n{User}:x:{Id}:{Id}::/nonexistent:/usr/sbin/nologin\n",
        ["group"] = $"{File.ReadAllText("/etc/group").TrimEnd()}\n{User}:x:{Id}:\n",
    };

    /// <summary>What it wrote of deliveries, and of its troubles.</summary>
    public string Log => string.Concat(((string[])["main", "panic", "reject"]).Select(log => _place.At($"{_name}/{log}.log")).Where(File.Exists).Select(File.ReadAllText));

    private static string Unpacked
    {
        get
        {
            string? directory = AppContext.BaseDirectory;
            while (directory is not null && !File.Exists(Path.Combine(directory, "artifacts/peers/usr/sbin/exim4")))
                directory = Path.GetDirectoryName(directory);
            return directory is null
                ? throw new InvalidOperationException("artifacts/peers/usr/sbin/exim4 is missing: ./test.sh unpacks it")
                : Path.Combine(directory, "artifacts/peers/usr/sbin/exim4");
        }
    }

    public void Dispose() => _server.Dispose();
}
