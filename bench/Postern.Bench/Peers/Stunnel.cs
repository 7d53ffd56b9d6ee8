namespace Postern.Bench.Peers;

/// <summary>stunnel has a thread for each connection; it is held to one processor like the others.</summary>
internal sealed class Stunnel : Peer
{
    internal override string Name => "stunnel";

    internal override bool Serves(Front front) => front != Front.KeyAgent;

    internal override bool HasWorkers => false;

    internal override bool HasOneForEach => true;

    internal override IReadOnlyList<string> Configure(GatePlan plan)
    {
        var file = plan.FileFor("stunnel.conf");
        var protocol = plan.Front switch
        {
            Front.Imap => "protocol = imap",
            Front.Smtp => "protocol = smtp",
            _ => "",
        };
        File.WriteAllText(file, $"""
            foreground = yes
            pid =
            debug = 0
            output = /dev/null
            socket = l:TCP_NODELAY=1
            socket = r:TCP_NODELAY=1
            [gate]
            accept = 127.0.0.1:{plan.Port}
            connect = 127.0.0.1:{plan.BackendPort}
            cert = {plan.Certificate.Chain}
            key = {plan.Certificate.Key}
            sslVersion = TLSv1.3
            curves = X25519
            sessionResume = {(plan.Tickets ? "yes" : "no")}
            {protocol}

            """);
        return ["stunnel4", file];
    }

    internal override string Version() => DebianVersion("stunnel4");
}
