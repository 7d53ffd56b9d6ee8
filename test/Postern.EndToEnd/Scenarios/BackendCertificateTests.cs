using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Servers that let nobody in without a client's certificate, and know them by it. The gate shows its own, and its key agent signs: who
/// comes through the gate is the gate, whatever certificate it has itself.
/// </summary>
public sealed class BackendCertificateTests : IDisposable
{
    private readonly Workplace _place = new();
    private readonly Certificates _certificates;
    private readonly string _tables;

    public BackendCertificateTests()
    {
        _certificates = new Certificates(_place);
        _ = _certificates.Client("alice");
        _tables = _certificates.Tables + _certificates.Client(PostgresRig.Certified);
    }

    [Fact]
    public void Slapd_knows_the_gate_by_its_name()
    {
        using var slapd = new SlapdRig(_place, "slapd", _place.At("ec.pem"), _certificates.Authority);
        int starttls = Workplace.FreePort(), tls = Workplace.FreePort(), none = Workplace.FreePort();

        // libldap offers EXTERNAL only when it has shown a certificate itself, so the gate asks for one.
        string front = $"""
            tls = "starttls"
            certificate = ["ec"]
            client-certificate = "require"
            client-ca = "{_certificates.Authority}"
            """;
        using var gates = new PosternRig(_place, "slapd", "workers = 1", _tables
            + Gate("starttls", "ldap", starttls, front, "starttls", slapd.Ldap, true)
            + Gate("implicit", "ldap", tls, front, "implicit", slapd.Ldaps, true)
            + Gate("none", "ldap", none, front, "starttls", slapd.Ldap, false), []);
        foreach (int port in (int[])[starttls, tls])
        {
            ToolResult said = WhoAmI(port);
            Assert.True(said.ExitCode == 0, said.Output + gates.Log);
            Assert.Contains("dn:cn=gate\n", said.Output, StringComparison.Ordinal);
        }

        ToolResult nobody = WhoAmI(none);
        Assert.NotEqual(0, nobody.ExitCode);
        Assert.DoesNotContain("dn:", nobody.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Postgres_lets_in_the_user_that_the_gate_is()
    {
        using var postgres = new PostgresRig(_place, "postgres", _place.At("ec.pem"), _certificates.Authority);
        int port = Workplace.FreePort(), none = Workplace.FreePort();
        using var gates = new PosternRig(_place, "postgres", "workers = 1", _tables
            + Gate("certified", "postgres", port, "tls = \"plain\"", "starttls", postgres.Port, true)
            + Gate("none", "postgres", none, "tls = \"plain\"", "starttls", postgres.Port, false), []);
        ToolResult said = Ask(port, PostgresRig.Certified);
        Assert.True(said.ExitCode == 0, said.Output + gates.Log);
        Assert.Equal($"{PostgresRig.Certified}|/CN={PostgresRig.Certified}", said.Output.Trim());

        // The certificate is for one user, and who has none is nobody.
        Assert.Contains("certificate authentication failed for user \"alice\"", Ask(port, "alice").Output, StringComparison.Ordinal);
        Assert.Contains("connection requires a valid client certificate", Ask(none, PostgresRig.Certified).Output, StringComparison.Ordinal);
    }

    public void Dispose() => _place.Dispose();

    private ToolResult WhoAmI(int port) => Tool.Run("env",
        "LDAPTLS_CACERT=" + _certificates.Authority, $"LDAPTLS_CERT={_place.At("alice.pem")}", $"LDAPTLS_KEY={_place.At("alice.key")}",
        "ldapwhoami", "-Q", "-Y", "EXTERNAL", "-ZZ", "-H", $"ldap://127.0.0.1:{port}");

    private static ToolResult Ask(int port, string user) => Tool.Run("psql", "-X", "-A", "-t", "-c",
        "SELECT current_user, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()", $"host=127.0.0.1 port={port} user={user} dbname=postgres sslmode=disable");

    private string Gate(string name, string protocol, int port, string front, string back, int backend, bool certified) => $"""
        [[gate]]
        name = "{name}"
        protocol = "{protocol}"
        listen = ["127.0.0.1:{port}"]
        {front}
        backend = "127.0.0.1:{backend}"
        backend-tls = "{back}"
        backend-name = "localhost"
        backend-trust = "{_certificates.Authority}"
        {(certified ? $"backend-certificate = \"{PostgresRig.Certified}\"" : "")}


        """;
}
