using System.Globalization;
using Npgsql;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Conversations;

/// <summary>psql, or Npgsql where TLS comes first, asks PostgreSQL something. Nobody greets: the client speaks first.</summary>
internal sealed class PostgresConversation(Certificates certificates, PostgresRig postgres, PostgresRig secure, int direct) : Conversation
{
    private const string Question = "SELECT 6 * 7, current_user, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

    public override string Protocol => "postgres";

    public override int Server(string back) => back switch { "plain" => postgres.Port, "implicit" => direct, _ => secure.Port };

    public override void Hold(Way way)
    {
        // The server itself says whether it is inside TLS; what stands in for a newer one passes on what it took off.
        string expected = "42|alice|" + (way.Back == "starttls" ? "t" : "f");
        Assert.Equal(expected, way.Front == "implicit" ? AskDirectly(way.Port) : Ask(way.Port, way.Front));
    }

    private string Ask(int port, string front)
    {
        string tls = front == "plain" ? "sslmode=disable" : $"sslmode=verify-full sslrootcert={certificates.Authority}";
        ToolResult said = Tool.Run("psql", "-X", "-A", "-t", "-c", Question, $"host=localhost port={port} user=alice password=secret dbname=postgres {tls}");
        Assert.True(said.ExitCode == 0, said.Output);
        return said.Output.Trim();
    }

    /// <summary>psql learnt it in version 17 (sslnegotiation=direct); Debian's is older.</summary>
    private string AskDirectly(int port)
    {
        using var connection = new NpgsqlConnection($"Host=localhost;Port={port};Username=alice;Password=secret;Database=postgres;Pooling=false;SSL Mode=VerifyFull;SSL Negotiation=Direct;Root Certificate={certificates.Authority}");
        connection.Open();
        using NpgsqlCommand command = new(Question, connection);
        using NpgsqlDataReader reader = command.ExecuteReader();
        Assert.True(reader.Read());
        return string.Create(CultureInfo.InvariantCulture, $"{reader.GetInt32(0)}|{reader.GetString(1)}|{(reader.GetBoolean(2) ? 't' : 'f')}");
    }
}
