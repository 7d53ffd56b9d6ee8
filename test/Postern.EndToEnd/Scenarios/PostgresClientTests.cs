using Npgsql;
using Postern.EndToEnd.Conversations;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>What PostgreSQL's clients make of a gate that wants TLS from them: Npgsql by both ways, and those who do without.</summary>
[Collection(nameof(ConversionHost))]
public sealed class PostgresClientTests(ConversionHost host)
{
    private const string Refused = "28000"; // invalid_authorization_specification

    [Theory]
    [InlineData("starttls", "Postgres")]
    [InlineData("starttls", "Direct")]
    [InlineData("implicit", "Direct")]
    public void Npgsql_verifies_everything(string front, string negotiation)
    {
        using (NpgsqlConnection connection = Connection(front, $"SSL Mode=VerifyFull;SSL Negotiation={negotiation};Root Certificate={host.Certificates.Authority}"))
        {
            connection.Open();
            using NpgsqlCommand command = new("SELECT 6 * 7", connection);
            Assert.Equal(42, command.ExecuteScalar());
        }

        // wild.pem trusts itself alone.
        using NpgsqlConnection other = Connection(front, $"SSL Mode=VerifyFull;SSL Negotiation={negotiation};Root Certificate={host.At("wild.pem")}");
        _ = Assert.Throws<NpgsqlException>(other.Open);
    }

    [Fact]
    public void Who_does_without_is_told_why()
    {
        ToolResult psql = Tool.Run("psql", "-X", "-c", "SELECT 1", $"host=localhost port={host.StartTls("postgres")} user=alice password=secret dbname=postgres sslmode=disable");
        Assert.Equal(2, psql.ExitCode);
        Assert.Contains("FATAL:  TLS is required", psql.Output, StringComparison.Ordinal);

        using NpgsqlConnection connection = Connection("starttls", "SSL Mode=Disable");
        PostgresException refusal = Assert.Throws<PostgresException>(connection.Open);
        Assert.Equal(Refused, refusal.SqlState);
        Assert.Equal("FATAL", refusal.InvariantSeverity);
    }

    /// <summary>
    /// As the manual says of backend-tls: SCRAM finds out that the client sees another certificate than the server's, or none. The server's
    /// is the gate's EC one, so that it works; who asks for RSA sees another.
    /// </summary>
    [Theory]
    [InlineData("starttls", "ECDSA+SHA256", "channel_binding=require", "42")]
    [InlineData("starttls", "RSA-PSS+SHA256", "channel_binding=prefer", "SCRAM channel binding check failed")]
    [InlineData("starttls", "RSA-PSS+SHA256", "channel_binding=disable", "42")]
    [InlineData("plain", "ECDSA+SHA256", "sslmode=disable", "server offered SCRAM-SHA-256-PLUS authentication over a non-SSL connection")]
    public void Scram_binds_to_the_certificate_that_the_client_sees(string front, string algorithms, string options, string expected)
    {
        string settings = host.Write("psql.cnf", $"""
            openssl_conf = all
            [all]
            ssl_conf = ssl
            [ssl]
            system_default = client
            [client]
            SignatureAlgorithms = {algorithms}

            """);
        ToolResult psql = Tool.Run("env", "OPENSSL_CONF=" + settings, "psql", "-X", "-A", "-t", "-c", "SELECT 6 * 7",
            $"host=localhost port={host.Way($"postgres-{front}-starttls").Port} user={PostgresRig.Bound} password=secret dbname=postgres {options}");
        Assert.Contains(expected, psql.Output, StringComparison.Ordinal);
    }

    private NpgsqlConnection Connection(string front, string tls) =>
        new($"Host=localhost;Port={host.Way($"postgres-{front}-plain").Port};Username=alice;Password=secret;Database=postgres;Pooling=false;{tls}");
}
