using Postern.Configuration.Settings;

namespace Postern.Configuration.Tests;

/// <summary>The secret of session tickets: everything that is said about its file, and where it goes.</summary>
public sealed class TicketSecretTests : IDisposable
{
    private static readonly Machine Machine = new("mail.example", 4, false);

    private readonly TestCertificates _files = new();

    private string Secret => _files.At("tickets");

    public void Dispose() => _files.Dispose();

    [Fact]
    public void AFileThatDoesNotExist() => Expect($"t.toml:2:1: error: server.ticket-secret: {Secret} does not exist");

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    public void AFileThatIsTooShort(int length)
    {
        _files.Write("tickets", new string('x', length));
        Expect($"t.toml:2:1: error: server.ticket-secret: {Secret} has {length} bytes; a secret needs 32 or more: head -c 32 /dev/urandom > {Secret}");
    }

    [Fact]
    public void AFileThatIsTooLong()
    {
        _files.Write("tickets", new string('x', 4097));
        Expect($"t.toml:2:1: error: server.ticket-secret: {Secret} has 4097 bytes; more than 4096 are not read");
    }

    [Fact]
    public void AFileThatEverybodyCanRead()
    {
        _files.Write("tickets", new string('x', 32));
        File.SetUnixFileMode(Secret, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Expect($"t.toml:2:1: warning: server.ticket-secret: every user of this machine can read {Secret}: chmod o-r it");
    }

    [Fact]
    public void TheKeyAgentGetsItAndNobodyElse()
    {
        _files.Write("tickets", new string('x', 40));
        byte[] file = File.ReadAllBytes(Secret);
        Snapshot snapshot = Load(out string[] problems)!;
        Assert.Empty(problems);
        Assert.Equal(file, KeySnapshot.Read(snapshot.Keys([1]).Write()).TicketSecret);
        Assert.Empty(Snapshot.Read(snapshot.WithoutKeys().Write()).TicketSecret);
        Assert.Equal((3600, 1), (snapshot.Keys([1]).TicketLifetime, snapshot.Keys([1]).SessionPolicies.Length));
    }

    [Fact]
    public void WithoutAFileItIsTheOneThatWasDrawn()
    {
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", Gate, Machine);
        Snapshot snapshot = SnapshotBuilder.Load(read.Settings!, "t.toml", 1, TestCertificates.Now).Snapshot!;
        Assert.Equal([7], snapshot.Keys([7]).TicketSecret);
    }

    /// <summary>A session is resumed under what it was admitted under, or not at all.</summary>
    [Fact]
    public void APolicyIsEverythingThatASessionWasAdmittedUnder()
    {
        GateSettings gate = ConfigurationFile.Parse("t.toml", Gate, Machine).Settings!.Gates[0];
        byte[] ca = [1, 2, 3];
        RouteSettings route = new() { Sni = "a.example", Backend = gate.Backend!, Certificates = [] };
        GateSettings requests = gate with { ClientCertificate = ClientCertificate.Request };
        byte[][] policies =
        [
            SessionPolicy.Of(gate, null, null),
            SessionPolicy.Of(gate with { Name = "h" }, null, null),
            SessionPolicy.Of(gate with { Protocol = "imap" }, null, null),
            SessionPolicy.Of(gate with { MinTls = TlsVersion.Tls13 }, null, null),
            SessionPolicy.Of(gate, null, route),
            SessionPolicy.Of(gate, null, route with { Sni = "b.example" }),
            SessionPolicy.Of(requests, ca, null),
            SessionPolicy.Of(requests, [1, 2, 4], null),
            SessionPolicy.Of(gate with { ClientCertificate = ClientCertificate.Require }, ca, null),
        ];
        Assert.Equal(policies.Length, policies.Select(Convert.ToHexString).Distinct().Count());

        // A renewed certificate, another backend, another limit: sessions go on.
        Assert.Equal(policies[0], SessionPolicy.Of(gate with { Certificates = ["x"], MaxConnections = 1, Backend = null }, null, null));
    }

    private const string Gate = "[[gate]]\nname = \"g\"\nprotocol = \"tcp\"\nlisten = [\"127.0.0.1:1143\"]\ntls = \"plain\"\nbackend = \"127.0.0.1:143\"\n";

    private void Expect(params string[] expected)
    {
        _ = Load(out string[] problems);
        Assert.Equal(expected, problems);
    }

    private Snapshot? Load(out string[] problems)
    {
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", $"[server]\nticket-secret = \"{Secret}\"\n{Gate}", Machine);
        Assert.Empty(read.Problems);
        SnapshotResult loaded = SnapshotBuilder.Load(read.Settings!, "t.toml", 1, TestCertificates.Now);
        Assert.Equal(loaded.Snapshot is null, loaded.Problems.Any(problem => problem.Severity == Severity.Error));
        problems = [.. loaded.Problems.Select(problem => problem.ToString())];
        return loaded.Snapshot;
    }
}
