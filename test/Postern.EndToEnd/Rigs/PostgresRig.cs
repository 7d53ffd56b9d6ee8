using System.Globalization;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// A PostgreSQL of its own, with the user alice. Without TLS her password is asked for by SCRAM. Inside TLS it is asked for as it
/// is: SCRAM would bind to a certificate, and the client does not see the server's (the user bound meets that).
/// </summary>
internal sealed class PostgresRig : IDisposable
{
    /// <summary>The common name of a client's certificate, which is let in by it.</summary>
    public const string Certified = "gate";

    /// <summary>Whose password is asked for by SCRAM inside TLS too.</summary>
    public const string Bound = "bound";

    private const string User = "postgres";

    private static readonly string s_programs = System.IO.Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last() + "/bin/";

    private readonly ServerProcess _server;

    /// <param name="place">Where its files go.</param>
    /// <param name="name">The directory below.</param>
    /// <param name="certificate">Path of its chain, beside which lies its key: then it lets nobody in without TLS. Null: it has none.</param>
    /// <param name="clients">Path of the authority that certificates of the user <see cref="Certified"/> come from.</param>
    public PostgresRig(Workplace place, string name, string? certificate, string? clients = null)
    {
        string data = place.MakeDirectory(name, User);
        string password = place.Write(name + ".password", "secret\n");
        Tool.Must("setpriv", "--reuid", User, "--regid", User, "--clear-groups",
            s_programs + "initdb", "-D", data, "-U", "alice", "-A", "scram-sha-256", "--pwfile", password, "--no-sync", "--no-locale", "-E", "UTF8");
        string tls = "";
        if (certificate is not null)
        {
            tls = $"""
                ssl = on
                ssl_cert_file = '{place.Lend(certificate, name + "/server.pem", User)}'
                ssl_key_file = '{place.Lend(Path.ChangeExtension(certificate, ".key"), name + "/server.key", User)}'

                """ + (clients is null ? "" : $"ssl_ca_file = '{place.Lend(clients, name + "/clients.pem", User)}'\n");
            _ = place.Write(name + "/pg_hba.conf", $"""
                hostssl all {Bound} 127.0.0.1/32 scram-sha-256
                hostssl all all 127.0.0.1/32 {(clients is null ? "password" : "cert")}
                hostnossl all all 127.0.0.1/32 reject

                """);
        }

        _ = place.Write(name + "/postgresql.conf", $"""
            listen_addresses = '127.0.0.1'
            unix_socket_directories = ''
            fsync = off
            shared_buffers = 16MB
            {tls}
            """);
        if (certificate is not null)
            Tool.MustHear($"CREATE ROLE {Certified} LOGIN; CREATE ROLE {Bound} LOGIN PASSWORD 'secret';\n", "setpriv", "--reuid", User, "--regid", User, "--clear-groups", s_programs + "postgres", "--single", "-D", data, "postgres");
        _server = new ServerProcess(User, place.At(name + ".log"), s_programs + "postgres", "-D", data, "-p", Port.ToString(CultureInfo.InvariantCulture));
        _server.WaitForPort(Port);
        Workplace.WaitFor(() => Log.Contains("ready to accept connections", StringComparison.Ordinal), () => Log);
    }

    public int Port { get; } = Workplace.FreePort();

    public string Log => _server.Log;

    public void Dispose() => _server.Dispose();
}
