namespace Postern.Bench.Peers;

/// <param name="program">posternd.</param>
/// <param name="isolation">Whether connections share a worker, or each has a process.</param>
internal sealed class PosternGate(string program, string isolation = "worker") : Peer
{
    internal override string Name => isolation == "worker" ? PeerList.Postern : "postern-rooms";

    internal override bool IsPostern => true;

    internal override bool Serves(Front front) => true;

    internal override bool Resumes => isolation == "worker";

    internal override bool HasOneForEach => isolation != "worker";

    // Postern has no switch for session tickets either: it sends them, and the table says what that adds up to.
    internal override IReadOnlyList<string> Configure(GatePlan plan)
    {
        var (protocol, tls) = plan.Front switch
        {
            Front.Imap => ("imap", "starttls"),
            Front.Smtp => ("smtp", "starttls"),
            _ => ("tcp", "implicit"),
        };
        var file = plan.FileFor("postern.toml");
        File.WriteAllText(file, $"""
            [server]
            workers = {plan.Workers}
            isolation = "{isolation}"
            {(IsRoot ? "user = \"nobody\"\nkey-user = \"daemon\"" : "")}
            control = "{plan.FileFor("control.sock")}"
            log = "stderr"
            hostname = "bench.test"

            [certificate.bench]
            chain = "{plan.Certificate.Chain}"
            key = "{plan.Certificate.Key}"

            [[gate]]
            name = "bench"
            protocol = "{protocol}"
            listen = ["127.0.0.1:{plan.Port}"]
            tls = "{tls}"
            certificate = ["bench"]
            backend = "127.0.0.1:{plan.BackendPort}"
            max-connections = 20000
            max-connections-per-client = 20000

            """);
        return [program, "-c", file];
    }

    internal override string Version() => Ask(program, "--version");

    /// <summary>What one of its processes is, by its command line: "worker", "key-agent"; the one without a role supervises.</summary>
    internal static string RoleOf(int pid) => File.ReadAllText($"/proc/{pid}/cmdline").Split('\0') switch
    {
        [_, ['-', ..], ..] => "supervisor",
        [_, var role, _, ..] => role,
        _ => "posternd",
    };
}
