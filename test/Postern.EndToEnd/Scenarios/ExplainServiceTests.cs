using System.Security.Cryptography;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// postern explain --protocol xmpp-server against a DNS of the test's own, signed from its root: the same verdicts whether libunbound
/// validates or a resolver of this machine is believed.
/// </summary>
public sealed class ExplainServiceTests : IDisposable
{
    private const int DnsPort = 5300;
    private const int ResolverPort = 5301;

    private static readonly string s_key = Convert.ToHexStringLower(SHA256.HashData("a key"u8));

    private static readonly (string Name, Delegation Delegation, string Records)[] s_zones =
    [
        ("dane.test", Delegation.Signed, $"_xmpp-server._tcp SRV 0 0 5269 x\n_xmpps-server._tcp SRV 1 0 5270 x\nx A 5.5.1.1\n_5269._tcp.x TLSA 3 1 1 {s_key}"),
        ("insecure.test", Delegation.Unsigned, "_xmpp-server._tcp SRV 0 0 5269 x.dane.test."),
        ("bogus.test", Delegation.WrongDs, "_xmpp-server._tcp SRV 0 0 5269 x\nx A 5.5.1.1"),
        ("half.test", Delegation.Signed, "_xmpp-server._tcp SRV 0 0 5269 x\nx A 5.5.1.1"),
        ("_tcp.x.half.test", Delegation.WrongDs, $"_5269 TLSA 3 1 1 {s_key}"),
        ("none.test", Delegation.Signed, "_xmpp-server._tcp SRV 0 0 0 .\n@ A 5.5.1.1"),
        ("bare.test", Delegation.Signed, $"@ A 5.5.1.1\n_5269._tcp TLSA 3 1 1 {s_key}"),
        ("mail.test", Delegation.Signed, "_xmpp-server._tcp SRV 0 0 25 x\nx A 5.5.1.1"),
    ];

    /// <summary>A domain, and its verdict: <see cref="Summary"/>.</summary>
    private static readonly (string Domain, string Verdict)[] s_scenarios =
    [
        ("dane.test", "starttls x.dane.test:5269 dane DANE | direct x.dane.test:5270 tls default"),
        ("insecure.test", "starttls x.dane.test:5269 tls default"),
        ("bogus.test", "remote-connection-failed"),
        ("half.test", "starttls x.half.test:5269 not tried remote-connection-failed; remote-connection-failed"),
        ("none.test", "host-unknown"),
        ("bare.test", "starttls bare.test:5269 dane DANE"),
        ("mail.test", "remote-connection-failed"),
        ("nothing.test", "starttls nothing.test:5269 not tried host-unknown; host-unknown"),
    ];

    private readonly Workplace _place = new();
    private readonly Certificates _certificates;

    public ExplainServiceTests() => _certificates = new Certificates(_place);

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Every_scenario_validated_here_and_by_a_resolver_that_is_believed() => OwnNetwork.Run(_place, new Dictionary<string, string>(), () =>
    {
        using var zones = new SignedZones(_place, DnsPort, s_zones);
        using var resolver = new UnboundRig(_place, ResolverPort, DnsPort, zones.Anchor);
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

        // XEP-0368 §3: the domain, whatever the host is called.
        Assert.Equal("dane.test", Text(Json("dane.test", validating, out _).GetProperty("targets")[0], "sni"));
        ToolResult text = Explain("dane.test", validating);
        Assert.Contains("srv-merged (XEP-0368 §3): SRV of _xmpps-server._tcp.dane.test: secure, 1 record; SRV of _xmpp-server._tcp.dane.test: secure, 1 record -> 2 servers", text.Output, StringComparison.Ordinal);
        Assert.Contains("x.dane.test:5269 [5.5.1.1], STARTTLS: a match with the TLSA record of x.dane.test, by DANE\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("x.dane.test:5270 [5.5.1.1], TLS at once: TLS with anybody, by default\n", text.Output, StringComparison.Ordinal);
    });

    /// <summary>The operator's own rules decide; a list is about mail.</summary>
    [Fact]
    public void By_a_configuration_the_operator_decides() => OwnNetwork.Run(_place, new Dictionary<string, string>(), () =>
    {
        using var zones = new SignedZones(_place, DnsPort, [.. s_zones.Where(zone => zone.Name is "dane.test" or "insecure.test" or "bare.test")]);
        _ = _place.Write("list.json", """
            {
              "version": "0.1", "timestamp": "2026-01-01T00:00:00+00:00", "expires": "2099-01-01T00:00:00+00:00",
              "policies": { "bare.test": { "mode": "enforce", "mxs": ["mx.elsewhere.test"] } }
            }
            """);
        string file = _place.Write("streams.toml", $"""
            server.hostname = "gate.example"
            [[outbound]]
            name     = "streams"
            protocol = "xmpp-server"
            listen   = ["127.0.0.1:5270"]
            [policy]
            default = "webpki"
            import  = ["list.json"]
            state   = "."
            [[policy.rule]]
            domain  = "dane.test"
            require = "tls"
            [resolver]
            forward = "127.0.0.1:{DnsPort}"
            anchor = "{zones.Anchor}"
            """);
        Assert.Equal("starttls x.dane.test:5269 tls the operator | direct x.dane.test:5270 tls the operator", Summary(Json("dane.test", ["-c", file], out _)));
        Assert.Equal("starttls bare.test:5269 dane DANE", Summary(Json("bare.test", ["-c", file], out _)));
        JsonElement target = Json("insecure.test", ["-c", file], out int status).GetProperty("targets")[0];
        Assert.Equal(("webpki", "insecure.test", 1, 0), (Text(target, "proof"), target.GetProperty("names")[0].GetString(), target.GetProperty("names").GetArrayLength(), status));
    });

    private static string Summary(JsonElement said)
    {
        string[] targets = [.. said.GetProperty("targets").EnumerateArray().Select(target =>
            $"{Text(target, "tls")} {Text(target, "host")}:{target.GetProperty("port").GetInt32()} {(Condition(target) is { } condition ? $"not tried {condition}" : $"{Text(target, "proof")} {Text(target, "source")}")}")];
        return string.Join("; ", ((string?[])[targets.Length == 0 ? null : string.Join(" | ", targets), Condition(said)]).OfType<string>());
    }

    private static string? Condition(JsonElement element) => element.GetProperty("refusal") is { ValueKind: JsonValueKind.Object } refusal ? Text(refusal, "condition") : null;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private JsonElement Json(string domain, string[] way, out int status)
    {
        ToolResult result = Explain(domain, [.. way, "--json"]);
        status = result.ExitCode;

        // Warnings about the configuration are said before it, on standard error.
        string line = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.True(line.StartsWith('{'), result.Output);
        return JsonDocument.Parse(line).RootElement;
    }

    private ToolResult Explain(string domain, string[] arguments) =>
        Tool.Run("env", ["SSL_CERT_FILE=" + _certificates.Authority, PosternRig.CommandLine, "explain", domain, "--protocol", "xmpp-server", .. arguments]);
}
