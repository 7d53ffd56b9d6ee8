using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>A real Dovecot that demands TLS, behind gates that do not come to an understanding with it (those that do: <see cref="ConversionTests"/>).</summary>
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

        // Nothing was tried at the server that was not trusted.
        Assert.DoesNotContain("auth failed", File.ReadAllText(_dovecot.Log), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _dovecot.Dispose();
        _place.Dispose();
    }

    private static string Gate(string gate, string back, int port, int server, string trust, string name = "localhost") => $"""
        [[gate]]
        name = "{gate}"
        protocol = "imap"
        listen = ["127.0.0.1:{port}"]
        tls = "plain"
        backend = "{SecureDovecotRig.Address}:{server}"
        backend-tls = "{back}"
        backend-name = "{name}"
        backend-trust = "{trust}"


        """;
}
