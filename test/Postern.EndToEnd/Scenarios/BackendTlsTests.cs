using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>A real Dovecot that demands TLS, as check --live sees it, and behind gates that do not come to an understanding with it (those that do: <see cref="ConversionTests"/>).</summary>
public sealed class BackendTlsTests : IDisposable
{
    private readonly Workplace _place = new();
    private readonly Certificates _certificates;
    private readonly SecureDovecotRig _dovecot;

    public BackendTlsTests()
    {
        _certificates = new Certificates(_place);
        _dovecot = new SecureDovecotRig(_place, _place.At("ec.pem"));
    }

    [Fact]
    public void The_live_check_finds_nothing_wrong_with_a_server_that_is_right()
    {
        (string Protocol, string Back, int Server)[] all =
        [
            ("imap", "implicit", _dovecot.Imaps), ("imap", "starttls", _dovecot.Imap),
            ("pop3", "implicit", _dovecot.Pop3s), ("pop3", "starttls", _dovecot.Pop3),
            ("sieve", "implicit", _dovecot.Sieves), ("sieve", "starttls", _dovecot.Sieve),
        ];
        string tables = _certificates.Tables + string.Concat(all.Select(
            gate => Gate($"{gate.Protocol}-{gate.Back}", gate.Back, Workplace.FreePort(), gate.Server, _certificates.Authority, protocol: gate.Protocol)));
        using var gates = new PosternRig(_place, "right", "workers = 1", tables, []);
        ToolResult check = gates.Command("check", "--live");
        Assert.True(check.ExitCode == 0, check.Output);
        Assert.DoesNotContain($".backend: {SecureDovecotRig.Address}:", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_is_told_why_there_is_no_way()
    {
        int implicitPort = Workplace.FreePort(), starttls = Workplace.FreePort(), wrong = Workplace.FreePort();
        string tables = _certificates.Tables
            + Gate("untrusted", "starttls", starttls, _dovecot.Imap, _place.At("wild.pem"))
            + Gate("confused", "implicit", implicitPort, _dovecot.Imap, _certificates.Authority)
            + Gate("misnamed", "implicit", wrong, _dovecot.Imaps, _certificates.Authority, "other.example.test");
        using var gates = new PosternRig(_place, "no-way", "workers = 1", tables, [implicitPort, starttls, wrong]);
        foreach ((string gate, int port, string said, string outcome) in ((string, int, string, string)[])
        [
            ("untrusted", starttls, "does not trust the certificate of its server", "backend-untrusted"),
            ("confused", implicitPort, "has no TLS with its server, and says nothing in the clear", "backend-tls-failed"),
            ("misnamed", wrong, "hostname mismatch", "backend-untrusted"),
        ])
        {
            ToolResult heard = Tool.RunWith("a LOGOUT\n", TimeSpan.FromMilliseconds(400), "bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/{port}; timeout 5 cat <&3");
            Assert.Contains("* BYE [UNAVAILABLE] gate.example.test " + (gate == "misnamed" ? "" : said), heard.Output, StringComparison.Ordinal);
            Assert.Contains(said, heard.Output, StringComparison.Ordinal);
            Assert.Equal(outcome, gates.WaitForConnection(gate).GetProperty("outcome").GetString());
        }

        // The operator is told the same, with what to write.
        ToolResult check = gates.Command("check", "--live");
        Assert.Contains($"gate[untrusted].backend: {SecureDovecotRig.Address}:{_dovecot.Imap} shows a certificate ", check.Output, StringComparison.Ordinal);
        Assert.Contains($"gate[confused].backend: {SecureDovecotRig.Address}:{_dovecot.Imap} begins in the clear and starts TLS when asked: set backend-tls = \"starttls\"", check.Output, StringComparison.Ordinal);
        Assert.Contains($"gate[misnamed].backend: {SecureDovecotRig.Address}:{_dovecot.Imaps} shows a certificate that is not for 'other.example.test': it is for 'localhost'", check.Output, StringComparison.Ordinal);

        // Nothing was tried at the server that was not trusted.
        Assert.DoesNotContain("auth failed", File.ReadAllText(_dovecot.Log), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _dovecot.Dispose();
        _place.Dispose();
    }

    private static string Gate(string gate, string back, int port, int server, string trust, string name = "localhost", string protocol = "imap") => $"""
        [[gate]]
        name = "{gate}"
        protocol = "{protocol}"
        listen = ["127.0.0.1:{port}"]
        tls = "plain"
        backend = "{SecureDovecotRig.Address}:{server}"
        backend-tls = "{back}"
        backend-name = "{name}"
        backend-trust = "{trust}"


        """;
}
