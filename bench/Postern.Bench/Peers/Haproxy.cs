namespace Postern.Bench.Peers;

internal sealed class Haproxy : Peer
{
    internal override string Name => PeerList.Haproxy;

    internal override IReadOnlyList<string> Configure(GatePlan plan)
    {
        var tickets = plan.Tickets ? "" : "no-tls-tickets";
        var file = plan.FileFor("haproxy.cfg");
        File.WriteAllText(file, $"""
            global
                nbthread {plan.Workers}
                maxconn {plan.Connections}
            defaults
                mode tcp
                timeout connect 5s
                timeout client 10m
                timeout server 10m
            listen gate
                bind 127.0.0.1:{plan.Port} ssl crt {plan.Certificate.Combined} ssl-min-ver TLSv1.3 curves X25519 {tickets}
                server backend 127.0.0.1:{plan.BackendPort}

            """);
        return ["haproxy", "-db", "-f", file];
    }

    internal override string Version() => DebianVersion("haproxy");
}
