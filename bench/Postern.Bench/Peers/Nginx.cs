namespace Postern.Bench.Peers;

/// <summary>nginx's stream module: any protocol inside TLS.</summary>
internal class Nginx : Peer
{
    private const string Modules = "/usr/lib/nginx/modules/";

    /// <summary>nginx counts the backend's connections too, the sockets that listen, and its own pipes.</summary>
    private const int SpareConnections = 192;

    internal override string Name => "nginx";

    protected virtual string Module => "ngx_stream_module.so";

    protected virtual string Block(GatePlan plan) => $$"""
        stream {
            server {
                listen 127.0.0.1:{{plan.Port}} ssl backlog=4096;
                {{Tls(plan)}}
                proxy_pass 127.0.0.1:{{plan.BackendPort}};
                proxy_timeout 10m;
            }
        }
        """;

    protected static string Tls(GatePlan plan) => $"""
        ssl_certificate {plan.Certificate.Chain};
        ssl_certificate_key {plan.Certificate.Key};
        ssl_protocols TLSv1.3;
        ssl_ecdh_curve X25519;
        ssl_session_cache off;
        ssl_session_tickets {(plan.Tickets ? "on" : "off")};
        """;

    internal override IReadOnlyList<string> Configure(GatePlan plan)
    {
        var file = plan.FileFor(Name + ".conf");
        File.WriteAllText(file, $$"""
            load_module {{Modules}}{{Module}};
            {{(IsRoot ? "user nobody nogroup;" : "")}}
            worker_processes {{plan.Workers}};
            daemon off;
            pid {{plan.FileFor("nginx.pid")}};
            error_log /dev/null emerg;
            events { worker_connections {{(2 * plan.Connections) + SpareConnections}}; }
            {{Block(plan)}}

            """);
        // -e: before it has read the file, nginx opens the log that it was built with.
        return ["nginx", "-e", "/dev/null", "-c", file];
    }

    internal override string Version() => DebianVersion("nginx");
}

/// <summary>nginx's mail module: it speaks IMAP and SMTP itself up to the log-in.</summary>
internal sealed class NginxMail : Nginx
{
    internal override string Name => "nginx-mail";

    internal override bool Serves(Front front) => front is Front.Imap or Front.Smtp;

    protected override string Module => "ngx_mail_module.so";

    // auth_http is where the mail module asks for the backend at the log-in. The dialogue ends before one, so nothing
    // ever listens there.
    protected override string Block(GatePlan plan) => $$"""
        mail {
            server_name bench.test;
            auth_http 127.0.0.1:9/unused;
            server {
                listen 127.0.0.1:{{plan.Port}} backlog=4096;
                protocol {{(plan.Front == Front.Imap ? "imap" : "smtp")}};
                {{(plan.Front == Front.Smtp ? "smtp_auth none;" : "")}}
                starttls on;
                {{Tls(plan)}}
            }
        }
        """;
}
