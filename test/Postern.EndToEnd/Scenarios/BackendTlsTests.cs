using System.Globalization;
using System.Text.Json;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Security;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// A real Dovecot that demands TLS, reached by clients that speak none, or begin with it, or ask for it: every conversion of the
/// greeting ledger for imap, pop3 and managesieve whose backend is not plain (those are MailTests').
/// </summary>
public sealed class BackendTlsTests : IDisposable
{
    private static readonly string[] s_fronts = ["plain", "implicit", "starttls"];
    private static readonly string[] s_backs = ["implicit", "starttls"];

    private readonly Workplace _place = new();
    private readonly Certificates _certificates;
    private readonly SecureDovecotRig _dovecot;

    public BackendTlsTests()
    {
        _certificates = new Certificates(_place);
        _dovecot = new SecureDovecotRig(_place, _place.At("ec.pem"));
    }

    [Fact]
    public void Every_way_in_leads_to_a_login_inside_TLS()
    {
        var ports = new Dictionary<string, int>(StringComparer.Ordinal);
        string tables = _certificates.Tables;
        foreach (string protocol in (string[])["imap", "pop3", "sieve"])
        {
            foreach (string front in s_fronts)
            {
                foreach (string back in s_backs.Where(back => protocol != "sieve" || back == "starttls"))
                {
                    string name = $"{protocol}-{front}-{back}";
                    ports[name] = Workplace.FreePort();
                    tables += Gate(name, protocol, front, back, ports[name], _certificates.Authority);
                }
            }
        }

        using var gates = new PosternRig(_place, "secure", "workers = 1", tables, ports.Values);
        foreach ((string name, int port) in ports)
        {
            string[] words = name.Split('-');
            LogIn(words[0], words[1], port);
            JsonElement record = gates.WaitForConnection(name);

            // .NET's clients leave without close_notify.
            Assert.Contains(record.GetProperty("outcome").GetString(), (string[])["closed", "truncated"]);
            Assert.Matches("^TLSv1.3 TLS_.* localhost$", record.GetProperty("backend-tls").GetString());
        }

        ToolResult check = gates.Command("check", "--live");
        Assert.True(check.ExitCode == 0, check.Output);
        Assert.DoesNotContain(".backend: 127.0.0.1:", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_is_told_why_there_is_no_way()
    {
        int implicitPort = Workplace.FreePort(), starttls = Workplace.FreePort(), wrong = Workplace.FreePort();
        string tables = _certificates.Tables
            + Gate("untrusted", "imap", "plain", "starttls", starttls, _place.At("wild.pem"))
            + Gate("confused", "imap", "plain", "implicit", implicitPort, _certificates.Authority, _dovecot.Imap)
            + Gate("misnamed", "imap", "plain", "implicit", wrong, _certificates.Authority, name: "other.example.test");
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
        Assert.Contains($"gate[untrusted].backend: 127.0.0.1:{_dovecot.Imap} shows a certificate ", check.Output, StringComparison.Ordinal);
        Assert.Contains($"gate[confused].backend: 127.0.0.1:{_dovecot.Imap} begins in the clear and starts TLS when asked: set backend-tls = \"starttls\"", check.Output, StringComparison.Ordinal);
        Assert.Contains($"gate[misnamed].backend: 127.0.0.1:{_dovecot.Imaps} shows a certificate that is not for 'other.example.test': it is for 'localhost'", check.Output, StringComparison.Ordinal);

        // Nothing was tried at the server that was not trusted.
        Assert.DoesNotContain("auth failed", File.ReadAllText(_dovecot.Log), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _dovecot.Dispose();
        _place.Dispose();
    }

    private static void LogIn(string protocol, string front, int port)
    {
        SecureSocketOptions options = front switch
        {
            "implicit" => SecureSocketOptions.SslOnConnect,
            "starttls" => SecureSocketOptions.StartTls,
            _ => SecureSocketOptions.None,
        };
        switch (protocol)
        {
            case "imap":
                using (var imap = new ImapClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, _, _, _) => true })
                {
                    imap.Connect("localhost", port, options);
                    imap.Authenticate("alice", "secret");
                    _ = imap.Inbox.Open(MailKit.FolderAccess.ReadOnly);
                    imap.Disconnect(quit: true);
                }

                break;

            case "pop3":
                using (var pop3 = new Pop3Client { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, _, _, _) => true })
                {
                    pop3.Connect("localhost", port, options);
                    pop3.Authenticate("alice", "secret");
                    Assert.Equal(0, pop3.Count);
                    pop3.Disconnect(quit: true);
                }

                break;

            default:
                ManageSieve(front, port);
                break;
        }
    }

    /// <summary>No library of .NET speaks it: openssl and bash do, up to the log-in and out again.</summary>
    private static void ManageSieve(string front, int port)
    {
        string number = port.ToString(CultureInfo.InvariantCulture);
        const string Words = "AUTHENTICATE \"PLAIN\" \"AGFsaWNlAHNlY3JldA==\"\nLOGOUT\n";
        ToolResult said = front switch
        {
            "implicit" => Tool.RunWith(Words, TimeSpan.FromSeconds(1), "openssl", "s_client", "-quiet", "-crlf", "-connect", "localhost:" + number),
            "starttls" => Tool.RunWith(Words, TimeSpan.FromSeconds(1), "openssl", "s_client", "-quiet", "-crlf", "-starttls", "sieve", "-connect", "localhost:" + number),
            _ => Tool.RunWith(Words, TimeSpan.FromSeconds(1), "bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/{number}; (timeout 5 cat <&3) & sed -u 's/$/\\r/' >&3; wait"),
        };
        Assert.Contains("OK \"Logged in.\"", said.Output, StringComparison.Ordinal);
    }

    private string Gate(string gate, string protocol, string front, string back, int port, string trust, int? backend = null, string name = "localhost")
    {
        int server = backend ?? (protocol, back) switch
        {
            ("imap", "implicit") => _dovecot.Imaps,
            ("imap", _) => _dovecot.Imap,
            ("pop3", "implicit") => _dovecot.Pop3s,
            ("pop3", _) => _dovecot.Pop3,
            _ => _dovecot.Sieve,
        };
        string certificate = front == "plain" ? "" : "certificate = [\"ec\", \"rsa\"]";
        return $"""
            [[gate]]
            name = "{gate}"
            protocol = "{protocol}"
            listen = ["127.0.0.1:{port}"]
            tls = "{front}"
            {certificate}
            backend = "127.0.0.1:{server}"
            backend-tls = "{back}"
            backend-name = "{name}"
            backend-trust = "{trust}"


            """;
    }
}
