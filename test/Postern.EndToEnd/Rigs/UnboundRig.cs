namespace Postern.EndToEnd.Rigs;

/// <summary>A validating resolver of this machine: Unbound as an administrator has it, before <see cref="SignedZones"/>.</summary>
internal sealed class UnboundRig : IDisposable
{
    private const string User = "unbound";

    private readonly ServerProcess _server;

    /// <param name="place">Where its files go.</param>
    /// <param name="port">Of 127.0.0.1.</param>
    /// <param name="upstream">The port of the zones.</param>
    /// <param name="anchor">Their root's DS records; null: it validates nothing.</param>
    public UnboundRig(Workplace place, int port, int upstream, string? anchor)
    {
        string directory = place.MakeDirectory($"unbound-{port}", User);
        string configuration = place.Write($"unbound-{port}/unbound.conf", $"""
            server:
                interface: 127.0.0.1@{port}
                port: {port}
                do-daemonize: no
                username: ""
                chroot: ""
                directory: "{directory}"
                pidfile: ""
                use-syslog: no
                local-zone: "test." nodefault
                do-not-query-localhost: no
                module-config: "{(anchor is null ? "" : "validator ")}iterator"
                {(anchor is null ? "" : $"trust-anchor-file: \"{anchor}\"")}
            remote-control:
                control-enable: no
            forward-zone:
                name: "."
                forward-addr: 127.0.0.1@{upstream}

            """);
        _server = new ServerProcess(User, place.At($"unbound-{port}.log"), "unbound", "-d", "-c", configuration);
        _server.WaitForPort(port);
    }

    public void Dispose() => _server.Dispose();
}
