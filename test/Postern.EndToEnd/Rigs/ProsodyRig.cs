using System.Diagnostics;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// A Prosody of its own, as its own user: ports with STARTTLS and with TLS at once, which demand it, and ports behind a gate, whose
/// PROXY header mod_postern reads; each for clients and for servers. Its DNS is a table. Who wants mod_postern_outbound enables it.
/// </summary>
internal sealed class ProsodyRig : IDisposable
{
    public const string Password = "secret";

    /// <summary>An account of each host.</summary>
    public static readonly string[] Users = ["alice", "bob"];

    private readonly Workplace _place;
    private readonly string _name;
    private readonly Process _process;

    /// <param name="place">Where its files go: below <paramref name="name"/>.</param>
    /// <param name="name">Of its directory.</param>
    /// <param name="certificate">Path of its chain, beside which lies its key: what it shows to clients and to other servers.</param>
    /// <param name="authority">Whom other servers' certificates must come from.</param>
    /// <param name="hosts">Domains that it serves, each with lines of its own for its configuration, or none.</param>
    /// <param name="settings">More lines for all of them.</param>
    public ProsodyRig(
        Workplace place, string name, string certificate, string authority, IEnumerable<(string Domain, string Settings)> hosts, string settings = "")
    {
        _place = place;
        _name = name;
        _ = place.MakeDirectory(name, "prosody:prosody");
        _ = place.MakeDirectory(name + "/data", "prosody:prosody");
        _ = Own("chain.pem", File.ReadAllText(certificate));
        _ = Own("chain.key", File.ReadAllText(Path.ChangeExtension(certificate, ".key")));
        string ours = Path.Combine(AppContext.BaseDirectory, "prosody");
        foreach (string file in Directory.GetFiles(ours, "*.lua", SearchOption.AllDirectories))
            _ = Own("modules/" + Path.GetRelativePath(ours, file), File.ReadAllText(file));
        _ = Own("modules/mod_rig.lua", RigModule);
        _ = Own("modules/mod_forward.lua", ForwardModule);
        (string Domain, string Settings)[] all = [.. hosts];
        _ = place.MakeDirectory(name + "/certs", "prosody:prosody");
        string configuration = Own("prosody.cfg.lua", $$"""
            pidfile = "{{place.At(name)}}/pid"
            data_path = "{{place.At(name)}}/data"
            plugin_paths = { "{{place.At(name)}}/modules" }
            log = { debug = "{{Log}}" }
            modules_enabled = { "roster"; "saslauth"; "tls"; "dialback"; "postern"; "rig" }
            authentication = "internal_hashed"
            password_hash = "SHA-256"
            interfaces = { "127.0.0.1" }
            use_ipv6 = false
            ssl = {
                certificate = "{{place.At(name)}}/chain.pem";
                key = "{{place.At(name)}}/chain.key";
                cafile = "{{authority}}";
            }
            c2s_ports = { {{C2s}} }
            c2s_direct_tls_ports = { {{C2sTls}} }
            s2s_ports = { {{S2s}} }
            s2s_direct_tls_ports = { {{S2sTls}} }
            postern_c2s_ports = { {{C2sBehindGate}} }
            postern_s2s_ports = { {{S2sBehindGate}} }
            postern_c2s_interfaces = { "127.0.0.1" }
            postern_s2s_interfaces = { "127.0.0.1" }
            postern_gates = { "127.0.0.1" }
            {{settings}}
            {{string.Join('\n', all.Select(host => $"VirtualHost \"{host.Domain}\"\n{host.Settings}"))}}

            """);
        foreach (string domain in all.Select(host => host.Domain))
        {
            foreach (string user in Users)
            {
                ToolResult made = Tool.Run("setpriv", [.. s_itself, "prosodyctl", "--config", configuration, "register", user, domain, Password]);
                if (made.ExitCode != 0)
                    throw new InvalidOperationException(made.Output);
            }
        }

        _process = Process.Start(new ProcessStartInfo("setpriv", [.. s_itself, "prosody", "-F", "--config", configuration])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            foreach (int port in (int[])[C2s, C2sTls, S2s, S2sTls, C2sBehindGate, S2sBehindGate])
                Workplace.WaitForPort(port, ReadLog);
        }
        catch (TimeoutException)
        {
            Dispose();
            throw;
        }
    }

    public int C2s { get; } = Workplace.FreePort();

    public int C2sTls { get; } = Workplace.FreePort();

    public int S2s { get; } = Workplace.FreePort();

    public int S2sTls { get; } = Workplace.FreePort();

    public int C2sBehindGate { get; } = Workplace.FreePort();

    public int S2sBehindGate { get; } = Workplace.FreePort();

    private string Log => _place.At(_name + "/prosody.log");

    /// <summary>Started by root, it would stay root: Debian's own script changes the user as well.</summary>
    private static readonly string[] s_itself = ["--reuid=prosody", "--regid=prosody", "--clear-groups"];

    /// <summary>
    /// Answers for the DNS: rig_names has for each domain the ports on loopback of its services; there is nothing else. Says in the log
    /// who is logged in from where. Ends a stream to another server after rig_stream_seconds, where they are set. And leads streams to
    /// rig_elsewhere's domains to those ports, as a module may that knows nothing of mod_postern_outbound.
    /// </summary>
    private const string RigModule = """
        module:set_global();
        local names = module:get_option("rig_names", {});
        local elsewhere = module:get_option("rig_elsewhere", {});
        local seconds = module:get_option_number("rig_stream_seconds");

        require "net.adns".resolver = function ()
            return {
                lookup = function (_, handler, name)
                    local service, domain = name:match("^_(xmpps?%-server)%._tcp%.(.+)$");
                    local port = service and names[domain] and names[domain][service];
                    handler(port and { { srv = { priority = 1, weight = 0, port = port, target = "127.0.0.1" } } } or {});
                end;
            };
        end

        function module.add_host(module)
            module:hook("resource-bind", function (event)
                local session = event.session;
                module:log("info", "Bound %s from %s, secure: %s", session.full_jid, session.ip, session.secure);
            end);
        end

        module:hook("s2sin-established", function (event)
            local session = event.session;
            module:log("info", "Server %s for %s from %s, secure: %s, external: %s",
                session.from_host, session.to_host, session.ip, session.secure, session.external_auth);
        end);

        -- After all modules are loaded: nobody has the last word after this one.
        module:hook("server-started", function ()
            local service, basic = require "net.resolvers.service", require "net.resolvers.basic";
            local resolve = service.new;
            function service.new(hostname, ...)
                if elsewhere[hostname] then return basic.new("127.0.0.1", elsewhere[hostname], "tcp"); end
                return resolve(hostname, ...);
            end
        end);

        module:hook("s2sout-established", function (event)
            if seconds then module:add_timer(seconds, function () event.session:close(); end); end
        end);
        """;

    /// <summary>Of a Component that sends on in its own name what is written to it, to the address that is the resource.</summary>
    private const string ForwardModule = """
        local resource = require "util.jid".resource;

        module:hook("message/host", function (event)
            local stanza = event.stanza;
            stanza.attr.from, stanza.attr.to = module.host, resource(stanza.attr.to);
            module:send(stanza);
            return true;
        end);
        """;

    public string ReadLog() => File.Exists(Log) ? File.ReadAllText(Log) : "no log";

    public void WaitForLog(string words) =>
        Workplace.WaitFor(() => ReadLog().Contains(words, StringComparison.Ordinal), () => $"nothing of '{words}' in: {ReadLog()}");

    public void Dispose()
    {
        _ = Tool.Run("kill", $"{_process.Id}");
        if (!_process.WaitForExit(10_000))
            _process.Kill();
        _process.Dispose();
    }

    private string Own(string name, string text)
    {
        string path = _place.Write($"{_name}/{name}", text);
        _ = Tool.Run("chown", "prosody:prosody", path);
        return path;
    }
}
