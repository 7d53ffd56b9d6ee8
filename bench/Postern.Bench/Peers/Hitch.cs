namespace Postern.Bench.Peers;

internal sealed class Hitch : Peer
{
    internal override string Name => "hitch";

    // hitch has no switch for session tickets.
    internal override IReadOnlyList<string> Configure(GatePlan plan)
    {
        var file = plan.FileFor("hitch.conf");
        File.WriteAllText(file, $"""
            frontend = "[127.0.0.1]:{plan.Port}"
            backend = "[127.0.0.1]:{plan.BackendPort}"
            pem-file = "{plan.Certificate.Combined}"
            tls-protos = TLSv1.3
            ecdh-curve = "X25519"
            workers = {plan.Workers}
            backlog = 4096
            log-level = 0
            syslog = off
            daemon = off
            {(IsRoot ? "user = \"nobody\"" : "")}

            """);
        return ["hitch", "--config=" + file];
    }

    internal override string Version() => DebianVersion("hitch");
}
