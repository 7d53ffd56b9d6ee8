using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Gates whose backend DANE must prove, in an internet of the test's own: real Postfix servers behind STARTTLS, a signed DNS, and no
/// [[outbound]]. Each row is what a client hears, and what the log has.
/// </summary>
public sealed class DaneBackendTests : IDisposable
{
    private const string Ready = "* OK ready\r\n";
    private const int Imaps = 993;

    private static readonly string[] s_srv = ["@ MX 10 mx", $"mx A {MailWorld.Right}", $"imap A {MailWorld.Right}", "_imaps._tcp SRV 0 0 993 imap", "_993._tcp.imap TLSA 3 1 1 right"];

    private static readonly MailDomain[] s_domains =
    [
        new("right.test") { Tlsa = "3 1 1 right" },
        new("anchor.test") { Tlsa = "2 0 1 ca" },
        new("rollover.test") { Tlsa = "3 1 1 wrong\n3 1 1 right" },
        new("wrong.test") { Tlsa = "3 1 1 wrong" },
        new("none.test"),
        new("unusable.test") { Tlsa = "0 0 1 right" },
        new("insecure.test") { Delegation = Delegation.Unsigned, Tlsa = "3 1 1 right" },
        new("bogus.test") { Delegation = Delegation.WrongDs, Tlsa = "3 1 1 right" },
        new("stripped.test") { Host = MailWorld.Stripped, Tlsa = "3 1 1 right" },
        new("srv.test") { Records = string.Join('\n', s_srv), Tlsa = "3 1 1 right" },
        new("srv-insecure.test") { Delegation = Delegation.Unsigned, Records = string.Join('\n', s_srv), Tlsa = "3 1 1 right" },
    ];

    /// <summary>The domain whose mx is the backend, and the end of the log's detail; empty: the client is served.</summary>
    private static readonly (string Domain, string Detail)[] s_rows =
    [
        ("right.test", ""),
        ("anchor.test", ""),
        ("rollover.test", ""),
        ("wrong.test", "matches no TLSA record (expected TLSA of mx.wrong.test)"),
        ("none.test", "DANE does not prove it: TLSA of _25._tcp.mx.none.test: secure, no such name"),
        ("unusable.test", "DANE does not prove it: TLSA of _25._tcp.mx.unusable.test: secure, 1 record, none of which is usable"),
        ("insecure.test", "DANE does not prove it: mx.insecure.test: insecure, 1 address: its zone is not signed"),
        ("bogus.test", "DANE does not prove it: mx.bogus.test: bogus, which is no answer"),
        ("stripped.test", "does not start TLS"),
    ];

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    /// <summary>The machine's own resolver says nothing for a name that is bogus; its address is written down here, as an operator may.</summary>
    private static Dictionary<string, string> Files => new(MailWorld.Files) { ["hosts"] = $"127.0.0.1 localhost\n{MailWorld.Right} mx.bogus.test\n" };

    [Fact]
    public void Every_row_is_served_or_refused_by_what_the_DNS_says() => OwnNetwork.Run(_place, Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        var ports = s_rows.ToDictionary(row => row.Domain, _ => Workplace.FreePort());
        string gates = string.Concat(s_rows.Select(row => Gate(row.Domain, "smtp", ports[row.Domain], $"mx.{row.Domain}:25", "backend-tls = \"starttls\"")));
        using PosternRig postern = Start(world, gates, ports.Values);
        Assert.True(postern.Status().GetProperty("generations")[0].TryGetProperty("resolver", out JsonElement resolver) && resolver.ValueKind == JsonValueKind.Object, postern.Log);

        foreach ((string domain, string detail) in s_rows)
        {
            string marker = $"ehlo-{domain}";
            string said = Converse(ports[domain], $"EHLO {marker}\r\nQUIT\r\n");
            JsonElement record = Record(postern, domain, isServed: detail.Length == 0);
            if (detail.Length == 0)
            {
                Assert.True(said.Contains("250-mx.receiver.test", StringComparison.Ordinal), $"{domain}: {said} {record}");
                Assert.EndsWith($" mx.{domain}", record.GetProperty("backend-tls").GetString(), StringComparison.Ordinal);
                continue;
            }

            Assert.True(said.StartsWith("421 4.7.", StringComparison.Ordinal), $"{domain}: {said}");
            Assert.True(record.GetProperty("detail").GetString()!.EndsWith(detail, StringComparison.Ordinal), $"{domain}: {record}");
            Assert.DoesNotContain(marker, world.ReceiverLog, StringComparison.Ordinal);
        }

        // What check --live says is what clients would find, and what DANE found is said to programs, too.
        JsonElement found = JsonDocument.Parse(postern.Command("check", "--live", "--json").Output).RootElement.GetProperty("proved");
        Assert.Contains(found.EnumerateArray(), each => each.GetProperty("key").GetString()!.StartsWith("gate[anchor]", StringComparison.Ordinal)
            && each.GetProperty("text").GetString()!.Contains("by DANE: 2 0 1", StringComparison.Ordinal));
        string live = postern.Command("check", "--live").Output;
        foreach ((string domain, string detail) in s_rows.Where(row => row.Domain != "stripped.test"))
        {
            string wanted = detail.Length == 0 ? $"by DANE: {(domain == "anchor.test" ? "2 0 1" : "3 1 1")}"
                : domain == "wrong.test" ? "matches none of its TLSA records"
                : detail.Replace("DANE does not prove it: ", "is not proved by DANE, and every client would be refused: ", StringComparison.Ordinal);
            Assert.True(live.Split('\n').Any(line => line.Contains($"gate[{domain[..^5]}]", StringComparison.Ordinal) && line.Contains(wanted, StringComparison.Ordinal)), $"{domain}: {wanted}\n{live}");
        }
    });

    /// <summary>RFC 7673: the target of a secure SRV is the service's own, that of another may be anybody's.</summary>
    [Fact]
    public void A_backend_that_is_discovered_is_proved_where_its_SRV_is_secure() => OwnNetwork.Run(_place, Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        using TcpListener server = Serve(world.RightChain);
        int right = Workplace.FreePort(), insecure = Workplace.FreePort();
        string gates = Gate("srv.test", "imap", right, "discover:srv.test", "") + Gate("srv-insecure.test", "imap", insecure, "discover:srv-insecure.test", "");
        using PosternRig postern = Start(world, gates, [right, insecure]);

        Assert.Equal(Ready, Converse(right, "", Ready.Length));
        Assert.EndsWith(" imap.srv.test", Record(postern, "srv.test", isServed: true).GetProperty("backend-tls").GetString(), StringComparison.Ordinal);

        Assert.StartsWith("* BYE ", Converse(insecure, ""), StringComparison.Ordinal);
        Assert.EndsWith(
            "DANE does not prove it: SRV of _imaps._tcp.srv-insecure.test: insecure, 1 record: its zone is not signed, and anybody may have named imap.srv-insecure.test",
            Record(postern, "srv-insecure.test", isServed: false).GetProperty("detail").GetString(), StringComparison.Ordinal);
    });

    /// <summary>A resolver that dies is replaced, and who waits for it meanwhile is served.</summary>
    [Fact]
    public void The_resolver_may_die() => OwnNetwork.Run(_place, Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        int port = Workplace.FreePort();
        using PosternRig postern = Start(world, Gate("right.test", "smtp", port, "mx.right.test:25", "backend-tls = \"starttls\""), [port]);
        Assert.Contains("250-mx.receiver.test", Converse(port, "EHLO one\r\nQUIT\r\n"), StringComparison.Ordinal);
        int pid = postern.Status().GetProperty("generations")[0].GetProperty("resolver").GetProperty("pid").GetInt32();
        Tool.Must("kill", "-KILL", pid.ToString(CultureInfo.InvariantCulture));
        Assert.Contains("250-mx.receiver.test", Converse(port, "EHLO two\r\nQUIT\r\n"), StringComparison.Ordinal);
        Workplace.WaitFor(() => postern.Log.Contains("clients of backends that DANE proves wait", StringComparison.Ordinal), () => postern.Log);
    });

    private PosternRig Start(MailWorld world, string gates, IEnumerable<int> ports) => new(
        _place, "dane", "workers = 1",
        $"""
        {gates}
        [policy]
        state = "{_place.MakeDirectory("state", "nobody")}"

        [resolver]
        forward = "127.0.0.1:5300"
        anchor  = "{world.Zones.Anchor}"

        """,
        ports, prelude: $"export SSL_CERT_FILE={world.Certificates.Authority}; ");

    private static string Gate(string domain, string protocol, int port, string backend, string more) => $"""
        [[gate]]
        name = "{domain[..^5]}"
        protocol = "{protocol}"
        listen = ["127.0.0.1:{port}"]
        tls = "plain"
        backend = "{backend}"
        backend-trust = "dane"
        {more}


        """;

    /// <summary>
    /// A connection's. Who looked whether somebody listens has one too: served, he heard nothing; refused, he was refused for the same
    /// reason.
    /// </summary>
    private static JsonElement Record(PosternRig postern, string domain, bool isServed) => postern.WaitForEntry(entry =>
        entry.GetProperty("event").GetString() == "connection" && entry.GetProperty("gate").GetString() == domain[..^5]
        && (!isServed || entry.GetProperty("out").GetInt64() > 0));

    /// <summary>What is heard until the other side closes, or so many bytes of it.</summary>
    private static string Converse(int port, string words, int enough = int.MaxValue)
    {
        using var client = new TcpClient("127.0.0.1", port) { ReceiveTimeout = 60_000 };
        NetworkStream stream = client.GetStream();
        stream.Write(Encoding.ASCII.GetBytes(words));
        var heard = new StringBuilder();
        byte[] buffer = new byte[4096];
        try
        {
            int count;
            while (heard.Length < enough && (count = stream.Read(buffer)) > 0)
                _ = heard.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        catch (IOException)
        {
            // An end is an end.
        }

        return heard.ToString();
    }

    /// <summary>An imaps server that greets, on the address that the domains name.</summary>
    private static TcpListener Serve(string chain)
    {
        using X509Certificate2 loaded = X509Certificate2.CreateFromPemFile(chain, Path.ChangeExtension(chain, ".key"));
        X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), null);
        var listener = new TcpListener(IPAddress.Parse(MailWorld.Right), Imaps);
        listener.Start();
        new Thread(() => Accept(listener, certificate)) { IsBackground = true }.Start();
        return listener;
    }

    private static void Accept(TcpListener listener, X509Certificate2 certificate)
    {
        while (true)
        {
            try
            {
                using Socket socket = listener.AcceptSocket();
                using var stream = new SslStream(new NetworkStream(socket));
                stream.AuthenticateAsServer(certificate);
                stream.Write(Encoding.ASCII.GetBytes(Ready));
                while (stream.Read(new byte[1024]) > 0)
                {
                    // Whatever it says.
                }
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                // The gate has had enough.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }
}
