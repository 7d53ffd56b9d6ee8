using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Postern.Interop.LibUnbound;
using Postern.Resolver.Tests;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// postern explain against a DNS of the test's own, signed from its root, with policy hosts of the test's own: the same verdicts
/// whether libunbound validates or a resolver of this machine is believed.
/// </summary>
public sealed class ExplainTests : IDisposable
{
    private const int DnsPort = 5300;
    private const int ResolverPort = 5301;
    private const int CarelessPort = 5302;
    private const int HttpsPort = 443;
    private const string PolicyAddress = "5.5.5.5";
    private const string RedirectingAddress = "5.5.5.6";
    private const string Policy = "version: STSv1\r\nmode: enforce\r\nmx: mx.sts.test\r\nmax_age: 86400\r\n";

    private static readonly string s_key = Convert.ToHexStringLower(SHA256.HashData("a key"u8));

    private static readonly (string Name, Delegation Delegation, string Records)[] s_zones =
    [
        ("dane.test", Delegation.Signed, $"@ MX 10 mx\nmx A 5.5.1.1\n_25._tcp.mx TLSA 3 1 1 {s_key}"),
        ("signed.test", Delegation.Signed, "@ MX 10 mx\nmx A 5.5.1.1\nmx AAAA 2a00::1"),
        ("bogus.test", Delegation.WrongDs, $"@ MX 10 mx\nmx A 5.5.1.1\n_25._tcp.mx TLSA 3 1 1 {s_key}"),
        ("insecure.test", Delegation.Unsigned, "@ MX 10 mx.dane.test."),
        ("half.test", Delegation.Signed, "@ MX 10 mx\nmx A 5.5.1.1"),
        ("_tcp.mx.half.test", Delegation.WrongDs, $"_25 TLSA 3 1 1 {s_key}"),
        ("alias.test", Delegation.Signed, "@ MX 10 mx\nmx CNAME mx.dane.test."),
        ("usage.test", Delegation.Signed, $"@ MX 10 mx\nmx A 5.5.1.1\n_25._tcp.mx TLSA 0 0 1 {s_key}"),
        ("null.test", Delegation.Signed, "@ MX 0 ."),
        ("bare.test", Delegation.Signed, "@ A 5.5.1.1"),
        ("two.test", Delegation.Signed, "@ MX 10 mx.bogus.test.\n@ MX 20 mx.dane.test."),
        ("sts.test", Delegation.Unsigned, $"@ MX 10 mx\n@ MX 20 mx.insecure-host.test.\nmx A 5.5.1.1\n_mta-sts TXT \"v=STSv1; id=1;\"\nmta-sts A {PolicyAddress}"),
        ("insecure-host.test", Delegation.Unsigned, "mx A 5.5.1.1"),
        ("redirecting.test", Delegation.Unsigned, $"@ MX 10 mx\nmx A 5.5.1.1\n_mta-sts TXT \"v=STSv1; id=1;\"\nmta-sts A {RedirectingAddress}"),
        ("inside.test", Delegation.Unsigned, "@ MX 10 mx\nmx A 5.5.1.1\n_mta-sts TXT \"v=STSv1; id=1;\"\nmta-sts A 127.0.0.1"),
    ];

    /// <summary>A domain, and its verdict: <see cref="Summary"/>.</summary>
    private static readonly (string Domain, string Verdict)[] s_scenarios =
    [
        ("dane.test", "mx.dane.test dane DANE"),
        ("signed.test", "mx.signed.test if-offered default"),
        ("bogus.test", "451 4.4.3"),
        ("insecure.test", "mx.dane.test dane DANE, MX not authenticated"),
        ("half.test", "mx.half.test not tried 451 4.7.5; 451 4.7.5"),
        ("alias.test", "mx.alias.test dane DANE"),
        ("usage.test", "mx.usage.test tls DANE"),
        ("null.test", "556 5.1.10"),
        ("bare.test", "bare.test if-offered default"),
        ("nothing.test", "550 5.1.2"),
        ("two.test", "mx.bogus.test not tried 451 4.4.3 | mx.dane.test dane DANE"),
        ("sts.test", "mx.sts.test webpki MTA-STS | mx.insecure-host.test not tried 451 4.7.5"),
        ("redirecting.test", "mx.redirecting.test if-offered default, MX not authenticated"),
        ("inside.test", "mx.inside.test if-offered default, MX not authenticated"),
    ];

    private readonly Workplace _place = new();
    private readonly Certificates _certificates;

    public ExplainTests() => _certificates = new Certificates(_place);

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Every_scenario_validated_here_and_by_a_resolver_that_is_believed() => OwnNetwork.Run(_place, new Dictionary<string, string>(), () =>
    {
        foreach (string address in (ReadOnlySpan<string>)[PolicyAddress, RedirectingAddress])
            Tool.Must("ip", "address", "add", address + "/32", "dev", "lo");
        using var zones = new SignedZones(_place, DnsPort, s_zones);
        using var resolver = new UnboundRig(_place, ResolverPort, DnsPort, zones.Anchor);
        using var good = new PolicyServer(Certificate("sts.test"), stream => Say(stream, $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {Policy.Length}\r\n\r\n{Policy}"), new IPEndPoint(IPAddress.Parse(PolicyAddress), HttpsPort));
        using var redirecting = new PolicyServer(Certificate("redirecting.test"), stream => Say(stream, "HTTP/1.1 302 Found\r\nLocation: https://mta-sts.sts.test/\r\nContent-Length: 0\r\n\r\n"), new IPEndPoint(IPAddress.Parse(RedirectingAddress), HttpsPort));

        string[] validating = ["--resolver", $"127.0.0.1:{DnsPort}", "--anchor", zones.Anchor];
        string[] believing = ["--resolver", $"127.0.0.1:{ResolverPort}", "--trust-ad"];
        foreach ((string domain, string verdict) in s_scenarios)
        {
            foreach (string[] way in (ReadOnlySpan<string[]>)[validating, believing])
            {
                JsonElement said = Json(domain, way, out int status);
                Assert.Equal($"{domain}: {verdict}", $"{domain}: {Summary(said)}");
                Assert.Equal(said.GetProperty("refusal").ValueKind == JsonValueKind.Null ? 0 : 1, status);
                Assert.True(said.GetProperty("dnssec").GetBoolean());
            }
        }

        // RFC 7672 §2.2.2: of an alias the records of the expanded name.
        JsonElement alias = Json("alias.test", validating, out _).GetProperty("hosts")[0];
        Assert.Equal("mx.dane.test", alias.GetProperty("sni").GetString());

        // A bogus answer holds nothing, whatever came with it, and says why.
        JsonElement bogus = Json("bogus.test", validating, out _).GetProperty("lookUps")[0];
        Assert.Equal(("bogus", "nothing", 0), (bogus.GetProperty("state").GetString(), bogus.GetProperty("content").GetString(), bogus.GetProperty("records").GetArrayLength()));
        Assert.Contains("DS hash mismatches", bogus.GetProperty("reason").GetString(), StringComparison.Ordinal);

        Assert.Contains("redirects (HTTP 302)", Json("redirecting.test", validating, out _).GetProperty("policy").GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Json("inside.test", validating, out _).EnumerateObject(), property => property is { Name: "policy", Value.ValueKind: not JsonValueKind.Null });

        ToolResult text = Explain("sts.test", validating);
        Assert.Contains("MX of sts.test: insecure\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("sts-mx-mismatch (RFC 8461 §4.1)", text.Output, StringComparison.Ordinal);
        Assert.Contains("mx.sts.test [5.5.1.1]: a trusted certificate for mx.sts.test, by MTA-STS\n", text.Output, StringComparison.Ordinal);
    });

    /// <summary>-c FILE: the operator's rules, those of his lists and his default decide, and the file says whom to ask.</summary>
    [Fact]
    public void By_a_configuration_the_operator_decides() => OwnNetwork.Run(_place, new Dictionary<string, string>(), () =>
    {
        using var zones = new SignedZones(_place, DnsPort, [.. s_zones.Where(zone => zone.Name is "dane.test" or "signed.test" or "alias.test" or "bare.test" or "usage.test")]);
        using var resolver = new UnboundRig(_place, ResolverPort, DnsPort, zones.Anchor);
        _ = _place.Write("list.json", """
            {
              "version": "0.1", "timestamp": "2026-01-01T00:00:00+00:00", "expires": "2099-01-01T00:00:00+00:00",
              "policies": { "alias.test": { "mode": "enforce", "mxs": [".alias.test"] }, "dane.test": { "mode": "enforce", "mxs": ["mx.elsewhere.test"] } }
            }
            """);
        string validating = Configuration("validating.toml", $"forward = \"127.0.0.1:{DnsPort}\"\nanchor = \"{zones.Anchor}\"");
        string believing = Configuration("believing.toml", $"trust-ad = \"127.0.0.1:{ResolverPort}\"");
        foreach (string file in (ReadOnlySpan<string>)[validating, believing])
        {
            Assert.Equal("mx.dane.test if-offered the operator", Summary(Json("dane.test", ["-c", file], out _)));
            Assert.Equal("mx.signed.test not tried 451 4.7.5; 451 4.7.5", Summary(Json("signed.test", ["-c", file], out _)));
            Assert.Equal("mx.alias.test webpki the operator", Summary(Json("alias.test", ["-c", file], out _)));
            Assert.Equal("bare.test webpki default", Summary(Json("bare.test", ["-c", file], out int status)));
            Assert.Equal(0, status);
        }

        Assert.Contains($"operator-rule (operator): dane.test: require none ({validating}:11)", Explain("dane.test", ["-c", validating]).Output, StringComparison.Ordinal);

        string expired = Configuration("expired.toml", $"trust-ad = \"127.0.0.1:{ResolverPort}\"", "expires = 2020-01-01");
        ToolResult said = Explain("dane.test", ["-c", expired]);
        Assert.Contains($"{expired}:14:1: warning: policy.rule[#1].expires: the rule for dane.test expired on 2020-01-01 00:00:00Z", said.Output, StringComparison.Ordinal);
        Assert.Contains("operator-rule-expired", said.Output, StringComparison.Ordinal);

        // What his list says of the domain holds then.
        Assert.Contains("mx.dane.test is not among the hosts that the operator names for dane.test", said.Output, StringComparison.Ordinal);
    });

    /// <summary>Without its root's keys, or behind a resolver that does not validate, DANE is off, and that is not passed over in silence.</summary>
    [Fact]
    public void The_canary_says_that_DANE_is_off() => OwnNetwork.Run(_place, new Dictionary<string, string>(), () =>
    {
        using var zones = new SignedZones(_place, DnsPort, s_zones[0]);
        using var careless = new UnboundRig(_place, CarelessPort, DnsPort, anchor: null);

        ToolResult public_ = Explain("dane.test", ["--resolver", $"127.0.0.1:{DnsPort}"]);
        Assert.Equal(1, public_.ExitCode);
        Assert.Contains("DNSSEC does not work here", public_.Output, StringComparison.Ordinal);
        Assert.Contains("MX of dane.test: bogus", public_.Output, StringComparison.Ordinal);

        ToolResult believed = Explain("dane.test", ["--resolver", $"127.0.0.1:{CarelessPort}", "--trust-ad"]);
        Assert.Equal(1, believed.ExitCode);
        Assert.Contains("does not validate", believed.Output, StringComparison.Ordinal);
        Assert.Contains("MX of dane.test: insecure", believed.Output, StringComparison.Ordinal);
    });

    /// <summary>RFC 5011: libunbound keeps the keys of the root in a file, from the digests that it began with.</summary>
    [Fact]
    public void The_roots_keys_are_kept_in_a_file() => OwnNetwork.Run(_place, new Dictionary<string, string>(), () =>
    {
        const int TypeDnsKey = 48;
        using var zones = new SignedZones(_place, DnsPort, s_zones[0]);
        string kept = _place.Write("state/root.key", File.ReadAllText(zones.Anchor));
        UnboundContext? context = UnboundContext.Create(new UnboundSettings { RootKeyFile = kept, Forwarder = new IPEndPoint(IPAddress.Loopback, DnsPort) }, out string problem);
        Assert.True(context is not null, problem);
        using (context)
        {
            UnboundReply? reply = null;
            _ = context.Ask(".", TypeDnsKey, answer => reply = answer);
            Assert.True(context.WaitForAll(TimeSpan.FromSeconds(60)));
            Assert.Equal(ValidationState.Secure, reply!.State);
        }

        string[] lines = File.ReadAllLines(kept);
        Assert.Contains(lines, line => line.Contains("DNSKEY", StringComparison.Ordinal) && line.Contains("VALID", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(" DS ", StringComparison.Ordinal));
    });

    [Fact]
    public void Without_the_library_it_says_what_to_install_and_everything_else_works() => OwnNetwork.Run(_place, new Dictionary<string, string>(), () =>
    {
        string library = Tool.Run("ldconfig", "-p").Output.Split('\n').First(line => line.Contains("libunbound.so.8", StringComparison.Ordinal)).Split("=> ")[1];
        Tool.Must("mount", "--bind", "/dev/null", Path.GetFullPath(library));
        ToolResult said = Explain("dane.test", []);
        Assert.Equal(1, said.ExitCode);
        Assert.Contains("apt-get install libunbound8", said.Output, StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run(PosternRig.CommandLine, "--version").ExitCode);
    });

    /// <param name="resolver">What stands in [resolver].</param>
    /// <param name="more">What the rule for dane.test has besides.</param>
    private string Configuration(string name, string resolver, string more = "") => _place.Write(name, $"""
        server.hostname = "gate.example"
        [[outbound]]
        name     = "world"
        protocol = "smtp"
        listen   = ["127.0.0.1:10026"]
        tls      = "plain"
        [policy]
        default = "webpki"
        import  = ["list.json"]
        state   = "."
        [[policy.rule]]
        domain  = "dane.test"
        require = "none"
        {more}
        [[policy.rule]]
        domain  = "signed.test"
        require = "dane"
        [resolver]
        {resolver}
        """);

    private static string Summary(JsonElement said)
    {
        string[] hosts = [.. said.GetProperty("hosts").EnumerateArray().Select(host => host.GetProperty("refusal").GetString() is { } refusal
            ? $"{Text(host, "name")} not tried {Codes(refusal)}"
            : $"{Text(host, "name")} {Text(host, "proof")} {Text(host, "source")}{(host.GetProperty("mxAuthenticated").GetBoolean() ? "" : ", MX not authenticated")}")];
        string refused = said.GetProperty("refusal").GetString() is { } all ? Codes(all) : "";
        return string.Join("; ", ((string[])[string.Join(" | ", hosts), refused]).Where(part => part.Length > 0));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static string Codes(string refusal) => string.Join(' ', refusal.Split(' ').Take(2));

    private JsonElement Json(string domain, string[] way, out int status)
    {
        ToolResult result = Explain(domain, [.. way, "--json"]);
        status = result.ExitCode;
        Assert.True(result.Output.StartsWith('{'), result.Output);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private ToolResult Explain(string domain, string[] arguments) =>
        Tool.Run("env", ["SSL_CERT_FILE=" + _certificates.Authority, PosternRig.CommandLine, "explain", domain, .. arguments]);

    private X509Certificate2 Certificate(string domain) => Certificates.Load(_certificates.Make(domain, "DNS:mta-sts." + domain));

    private static void Say(Stream stream, string text) => stream.Write(Encoding.ASCII.GetBytes(text));
}
