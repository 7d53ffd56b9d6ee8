namespace Postern.EndToEnd.Rigs;

/// <summary>An OpenLDAP of its own with one person in it, who must bind to be found.</summary>
internal sealed class SlapdRig : IDisposable
{
    public const string Base = "dc=example,dc=test";
    public const string Alice = "uid=alice," + Base;

    private const string User = "openldap";

    private readonly ServerProcess _server;

    /// <param name="place">Where its files go.</param>
    /// <param name="name">The directory below.</param>
    /// <param name="certificate">
    /// Path of its chain, beside which lies its key: then it demands TLS (ldaps at <see cref="Ldaps"/>, StartTLS at
    /// <see cref="Ldap"/>). Null: it has none.
    /// </param>
    /// <param name="clients">Path of the authority that a client's certificate must come from; null when it asks for none.</param>
    public SlapdRig(Workplace place, string name, string? certificate, string? clients = null)
    {
        string directory = place.MakeDirectory(name, User);
        _ = place.MakeDirectory(name + "/db", User);
        string tls = certificate is null ? "" : $"""
            TLSCertificateFile {place.Lend(certificate, name + "/server.pem", User)}
            TLSCertificateKeyFile {place.Lend(Path.ChangeExtension(certificate, ".key"), name + "/server.key", User)}
            security tls=1
            """;
        string demand = clients is null ? "" : $"""
            TLSCACertificateFile {place.Lend(clients, name + "/clients.pem", User)}
            TLSVerifyClient demand
            """;
        string file = place.Write(name + "/slapd.conf", $"""
            include /etc/ldap/schema/core.schema
            include /etc/ldap/schema/cosine.schema
            include /etc/ldap/schema/inetorgperson.schema
            modulepath /usr/lib/ldap
            moduleload back_ldif
            {tls}
            {demand}
            database ldif
            directory {directory}/db
            suffix "{Base}"
            access to attrs=userPassword by anonymous auth by * none
            access to * by users read by anonymous auth

            """);
        string entries = place.Write(name + "/entries.ldif", $"""
            dn: {Base}
            objectClass: dcObject
            objectClass: organization
            dc: example
            o: Example

            dn: {Alice}
            objectClass: inetOrgPerson
            uid: alice
            cn: Alice
            sn: Liddell
            mail: alice@example.test
            userPassword: secret

            """);
        Tool.Must("setpriv", "--reuid", User, "--regid", User, "--clear-groups", "slapadd", "-f", file, "-l", entries);
        string addresses = $"ldap://127.0.0.1:{Ldap}" + (certificate is null ? "" : $" ldaps://127.0.0.1:{Ldaps}");
        _server = new ServerProcess(User, place.At(name + ".log"), "slapd", "-d", "stats", "-f", file, "-h", addresses);
        _server.WaitForPort(Ldap);
    }

    public int Ldap { get; } = Workplace.FreePort();

    public int Ldaps { get; } = Workplace.FreePort();

    public string Log => _server.Log;

    public void Dispose() => _server.Dispose();
}
