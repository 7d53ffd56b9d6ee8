using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Every conversion for XMPP: front {plain, implicit, starttls} × back {plain, implicit, starttls}, for clients (libstrophe, to
/// Prosody) and for servers (Prosody, to another). A message goes all the way. There are no greetings that could be said twice:
/// who connects speaks first.
/// </summary>
/// <remarks>
/// Each conversion has a domain of its own (front-back.one.example.test), so that no server sends by a connection that it has
/// already. Towards a plain back the gate says in its PROXY header that there is TLS, and with servers which certificate; towards
/// the others, where the TLS is the gate's own, servers believe each other by dialback.
/// </remarks>
public sealed class XmppConversionTests(XmppConversionTests.Rig rig) : IClassFixture<XmppConversionTests.Rig>
{
    private static readonly string[] s_modes = ["plain", "implicit", "starttls"];

    public static TheoryData<string, string> Conversions
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (string front in s_modes)
            {
                foreach (string back in s_modes)
                    all.Add(front, back);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Conversions))]
    public void A_client_to_its_server(string front, string back)
    {
        string domain = Rig.DomainOf(front, back);
        int port = rig.Ports["client-" + domain];
        using (var alice = StropheClient.Listen(front, port, rig.Authority, "alice@" + domain))
        {
            ToolResult bob = StropheClient.Send(front, port, rig.Authority, "bob@" + domain, "alice@" + domain, "hello");
            Assert.True(bob.ExitCode == 0, bob.Output);
            alice.WaitForMessage("hello");
        }

        Judge(rig.Gates.WaitForEntry(entry => IsRelayed(entry, "client-" + domain)), front, back);
        rig.One.WaitForLog($"Bound alice@{domain}/");
    }

    [Theory]
    [MemberData(nameof(Conversions))]
    public void A_server_to_another(string front, string back)
    {
        string domain = Rig.DomainOf(front, back);
        using (var alice = StropheClient.Listen("starttls", rig.One.C2s, rig.Authority, "alice@" + domain))
        {
            ToolResult bob = StropheClient.Send("starttls", rig.Two.C2s, rig.Authority, "bob@" + Rig.DomainOfTwo, "alice@" + domain, "from afar");
            Assert.True(bob.ExitCode == 0, bob.Output);
            alice.WaitForMessage("from afar");
        }

        bool external = front != "plain" && back == "plain";
        bool secure = front != "plain" || back != "plain";
        rig.One.WaitForLog($"Server {Rig.DomainOfTwo} for {domain} from 127.0.0.1, secure: {(secure ? "true" : "(nil)")}, external: {(external ? "succeeded" : "(nil)")}");
    }

    /// <summary>Not the rig's own look whether somebody listens.</summary>
    private static bool IsRelayed(JsonElement entry, string gate) => entry.GetProperty("event").GetString() == "connection"
        && entry.GetProperty("gate").GetString() == gate && entry.GetProperty("stage").GetString() == "relay";

    private static void Judge(JsonElement record, string front, string back)
    {
        Assert.Equal("closed", record.GetProperty("outcome").GetString());
        Assert.Equal(front != "plain", record.TryGetProperty("tls", out JsonElement tls) && tls.GetString() == "TLSv1.3");
        Assert.Equal(back != "plain", record.TryGetProperty("backend-tls", out JsonElement backend) && backend.GetString()!.StartsWith("TLSv1.3 ", StringComparison.Ordinal));
    }

    /// <summary>One server with a gate for each conversion, another one that connects to it, one posternd.</summary>
    public sealed class Rig : IDisposable
    {
        public const string DomainOfTwo = "two.example.test";
        private const string DomainOfOne = "one.example.test";

        private readonly Workplace _place = new();
        private readonly Certificates _certificates;

        public Rig()
        {
            _certificates = new Certificates(_place);
            string one = _certificates.Make("one", $"DNS:*.{DomainOfOne}"), two = _certificates.Make("two", "DNS:" + DomainOfTwo);
            string[] domains = [.. s_modes.SelectMany(front => s_modes.Select(back => DomainOf(front, back)))];
            foreach (string domain in domains)
            {
                Ports["client-" + domain] = Workplace.FreePort();
                Ports["server-" + domain] = Workplace.FreePort();
            }

            Ports["two"] = Workplace.FreePort();
            string names = string.Join('\n', domains.Select(domain => $$"""
                ["{{domain}}"] = { ["{{(domain.StartsWith("implicit", StringComparison.Ordinal) ? "xmpps-server" : "xmpp-server")}}"] = {{Ports["server-" + domain]}} };
                """));
            string settings = $$"""
                s2s_secure_auth = false
                s2s_require_encryption = false
                rig_names = { ["{{DomainOfTwo}}"] = { ["xmpp-server"] = {{Ports["two"]}} };
                {{names}} }
                """;
            One = new ProsodyRig(_place, "prosody-one", one, Authority, domains.Select(domain => (domain, OwnSettings(domain))), settings);
            Two = new ProsodyRig(_place, "prosody-two", two, Authority, [(DomainOfTwo, "")], settings);
            string tables = Certificate("one", one) + Certificate("two", two)
                + string.Concat(domains.Select(domain => Gate("client", domain) + Gate("server", domain)))
                + $"""
                [[gate]]
                name = "two"
                protocol = "xmpp-server"
                listen = ["127.0.0.1:{Ports["two"]}"]
                tls = "starttls"
                certificate = ["two"]
                backend = "127.0.0.1:{Two.S2sBehindGate}"
                proxy-protocol = "v2"
                """;
            try
            {
                Gates = new PosternRig(_place, "conversions", "workers = 1", tables, Ports.Values);
            }
            catch (TimeoutException)
            {
                Two.Dispose();
                One.Dispose();
                throw;
            }
        }

        public Dictionary<string, int> Ports { get; } = new(StringComparer.Ordinal);

        internal ProsodyRig One { get; }

        internal ProsodyRig Two { get; }

        internal PosternRig Gates { get; }

        public string Authority => _certificates.Authority;

        public static string DomainOf(string front, string back) => $"{front}-{back}.{DomainOfOne}";

        public void Dispose()
        {
            Gates.Dispose();
            Two.Dispose();
            One.Dispose();
            _place.Dispose();
        }

        /// <summary>Its users have no TLS at all. Among servers that is for all or none to allow: who has it is in the log.</summary>
        private static string OwnSettings(string domain) => domain == DomainOf("plain", "plain") ? "c2s_require_encryption = false" : "";

        private static string Certificate(string name, string chain) => $"""
            [certificate.{name}]
            chain = "{chain}"
            key = "{Path.ChangeExtension(chain, ".key")}"


            """;

        private string Gate(string kind, string domain)
        {
            string[] modes = domain.Split('.')[0].Split('-');
            (string front, string back) = (modes[0], modes[1]);
            int port = (kind, back) switch
            {
                ("client", "plain") => One.C2sBehindGate,
                ("client", "implicit") => One.C2sTls,
                ("client", _) => One.C2s,
                (_, "plain") => One.S2sBehindGate,
                (_, "implicit") => One.S2sTls,
                _ => One.S2s,
            };
            string tls = front == "plain" ? "" : "certificate = [\"one\"]";
            string clients = front == "plain" || kind == "client" ? "" : $"client-certificate = \"request\"\nclient-ca = \"{Authority}\"";
            string server = back == "plain"
                ? "proxy-protocol = \"v2\""
                : $"backend-tls = \"{back}\"\nbackend-name = \"{domain}\"\nbackend-trust = \"{Authority}\"";
            return $"""
                [[gate]]
                name = "{kind}-{domain}"
                protocol = "xmpp-{kind}"
                listen = ["127.0.0.1:{Ports[kind + "-" + domain]}"]
                tls = "{front}"
                {tls}
                {clients}
                backend = "127.0.0.1:{port}"
                {server}


                """;
        }
    }
}
