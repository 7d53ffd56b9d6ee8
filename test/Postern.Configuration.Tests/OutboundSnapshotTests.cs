using System.Text;
using Postern.Configuration.Settings;
using Postern.Policy.Dns;
using Postern.Policy.Operator;

namespace Postern.Configuration.Tests;

/// <summary>What the resolver of a configuration with an outbound is given.</summary>
public sealed class OutboundSnapshotTests : IDisposable
{
    private const string Relay = """
        [[outbound]]
        name     = "relay"
        protocol = "smtp"
        listen   = ["127.0.0.1:10026"]
        tls      = "plain"

        """;

    private const string Pin = "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    private static readonly Machine Machine = new("mail.example", 4, false);

    private readonly TestCertificates _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void WithoutAnOutboundThereIsNothingForAResolver()
    {
        Snapshot snapshot = Good("[[gate]]\nname = \"a\"\nprotocol = \"tcp\"\nlisten = [\"127.0.0.1:1\"]\ntls = \"plain\"\nbackend = \"127.0.0.1:143\"\n");

        Assert.Null(snapshot.Resolver);
        Assert.Empty(snapshot.SystemTrustPem);
    }

    /// <summary>The key that other servers see is a client's, in the key agent too; what has no name to be shown for is a warning.</summary>
    [Fact]
    public void AnOutboundForXmpp()
    {
        _files.Issue("chat");
        _files.Issue("nameless", dnsNames: []);
        SnapshotResult result = Load($"""
            [certificate.chat]
            chain = "{_files.At("chat.pem")}"
            key = "{_files.At("chat.key")}"
            [certificate.nameless]
            chain = "{_files.At("nameless.pem")}"
            key = "{_files.At("nameless.key")}"
            [[outbound]]
            name = "chat"
            protocol = "xmpp-server"
            listen = ["127.0.0.1:5270"]
            backend-certificate = ["chat", "nameless"]
            [policy]
            default = "dane"
            """);

        Assert.Equal(
            ["t.toml:11:1: warning: outbound[chat].backend-certificate: the certificate 'nameless' has no DNS name in its subjectAltName: it is shown for no domain"],
            result.Problems.Select(problem => problem.ToString()));
        Snapshot snapshot = result.Snapshot!;
        Assert.All(snapshot.Keys([]).Keys, key => Assert.Equal(KeyUse.Client, key.Use));
        Assert.Equal(["chat", "nameless"], Snapshot.Read(snapshot.Write()).Gates[0].Settings.Outbound!.Certificates);
        Assert.Contains("-----BEGIN CERTIFICATE-----", Encoding.ASCII.GetString(snapshot.SystemTrustPem));
        Assert.False(snapshot.Resolver!.SendsMail);
        Assert.Equal("dane", snapshot.Resolver.Default);
    }

    [Fact]
    public void TheDefaults()
    {
        Snapshot snapshot = Good(Relay);
        ResolverSnapshot resolver = snapshot.Resolver!;

        Assert.Equal((null, null, null), (resolver.TrustedResolver, resolver.Forwarder, resolver.Anchor));
        Assert.Equal(("opportunistic", false, false, 25, "/var/lib/postern"), (resolver.Default, resolver.RefusesLoss, resolver.AllowsPrivate, resolver.Port, resolver.State));
        Assert.Empty(resolver.Rules);
        Assert.Empty(resolver.Lists);
        Assert.Contains("-----BEGIN CERTIFICATE-----", Encoding.ASCII.GetString(resolver.AuthoritiesPem));

        // Workers verify the hosts that mail goes to, and are told nothing else of what the resolver gets.
        Assert.Equal(resolver.AuthoritiesPem, snapshot.WithoutKeys().SystemTrustPem);
        Assert.Null(snapshot.WithoutKeys().Resolver);
        LoadedGate outbound = Assert.Single(snapshot.Gates);
        Assert.Empty(outbound.Backend);
        Assert.Single(outbound.SessionPolicies);
        Assert.Empty(Assert.Single(Assert.Single(snapshot.Backends().Gates)));
    }

    [Fact]
    public void EverythingArrivesAndIsTheSameOnTheOtherSide()
    {
        _files.Write("root.key", ". 86400 IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n");
        _files.Write("list.json", List("2026-01-01T00:00:00+00:00", "b.example", "enforce"));
        Snapshot before = Good(Relay + $"""
            port = 2525
            [policy]
            default = "sts"
            on-loss = "refuse"
            import = ["{_files.At("list.json")}"]
            allow-private = true
            state = "/srv/postern"
            [[policy.rule]]
            domain = "a.example"
            require = "pin"
            pins = ["{Pin}"]
            hosts = ["*.a.example"]
            expires = 2099-01-31
            [resolver]
            forward = "[::1]:5353"
            anchor = "{_files.At("root.key")}"
            [tlsrpt]
            contact = "postmaster@example.org"
            from = "tlsrpt@example.org"
            """);

        Snapshot after = Snapshot.Read(before.Write());

        Assert.Equal(before.Write(), after.Write());
        Assert.Equal(new OutboundSettings { Port = 2525, ReportSender = "tlsrpt@example.org" }, Assert.Single(after.Gates).Settings.Outbound);
        ResolverSnapshot resolver = ResolverSnapshot.Read(after.Resolver!.Write());
        Assert.Equal((null, "[::1]:5353"), (resolver.TrustedResolver, resolver.Forwarder));
        Assert.Equal(File.ReadAllText(_files.At("root.key")), resolver.Anchor);
        Assert.Equal(("sts", true, true, 2525, "/srv/postern"), (resolver.Default, resolver.RefusesLoss, resolver.AllowsPrivate, resolver.Port, resolver.State));
        Assert.Equal(("example.org", "postmaster@example.org", "tlsrpt@example.org", "127.0.0.1:25", "example.org"), (resolver.Reports!.Organization, resolver.Reports.Contact, resolver.Reports.From, resolver.Reports.Relay, resolver.Reports.Submitter));
        Assert.Equal(resolver.Reports, RecorderSnapshot.Read(new RecorderSnapshot { State = "/s", Reports = resolver.Reports }.Write()).Reports);
        PolicyRuleText rule = Assert.Single(resolver.Rules);
        Assert.Equal(("a.example", "pin", new DateTimeOffset(2099, 1, 31, 0, 0, 0, TimeSpan.Zero), "t.toml:13"), (rule.Domain, rule.Require, rule.Expires, rule.Origin));
        Assert.Equal("sha256:" + new string('0', 64), Assert.Single(rule.Pins));
        Assert.Equal("*.a.example", Assert.Single(rule.Hosts));
        PolicyListText list = Assert.Single(resolver.Lists);
        Assert.Equal((_files.At("list.json"), File.ReadAllText(_files.At("list.json"))), (list.Path, Encoding.UTF8.GetString(list.Json)));

        OperatorTable table = Table(resolver);
        Assert.Equal("a.example: require pin (t.toml:13)", Found(table, "a.example"));
        Assert.Equal($"b.example: require webpki ({_files.At("list.json")})", Found(table, "b.example"));
    }

    [Fact]
    public void TheOperatorsOwnRowGoesBeforeThatOfAListAndTheFirstListBeforeTheSecond()
    {
        _files.Write("old.json", List("2025-01-01T00:00:00+00:00", "a.example", "testing", "b.example", "testing", "c.example", "enforce"));
        _files.Write("new.json", List("2026-01-01T00:00:00+00:00", "a.example", "enforce", "b.example", "enforce"));
        ResolverSnapshot resolver = Good(Relay + $"""
            [policy]
            import = ["{_files.At("new.json")}", "{_files.At("old.json")}"]
            rule = [{"{"} domain = "a.example", require = "dane" {"}"}]
            """).Resolver!;

        OperatorTable table = Table(resolver);

        Assert.Equal("a.example: require dane (t.toml:8)", Found(table, "a.example"));
        Assert.Equal($"b.example: require webpki ({_files.At("new.json")})", Found(table, "b.example"));
        Assert.Equal($"c.example: require webpki ({_files.At("old.json")})", Found(table, "c.example"));
    }

    [Fact]
    public void ARuleThatHasExpiredMakesWayForAList()
    {
        _files.Write("list.json", List("2026-01-01T00:00:00+00:00", "a.example", "enforce"));
        ResolverSnapshot resolver = Load(Relay + $"""
            [policy]
            import = ["{_files.At("list.json")}"]
            rule = [{"{"} domain = "a.example", require = "none", expires = 2026-01-31 {"}"}]
            """).Snapshot!.Resolver!;

        Assert.Equal($"a.example: require webpki ({_files.At("list.json")})", Found(Table(resolver), "a.example"));
    }

    [Fact]
    public void ANextHop()
    {
        ResolverSnapshot resolver = Good(Relay + "[[policy.rule]]\ndomain = \"a.example\"\nrequire = \"dane\"\nnext-hop = \"mx.example.net\"\n").Resolver!;

        Assert.Equal("a.example: require dane, next hop mx.example.net (t.toml:6)", Found(Table(resolver), "a.example"));
        Assert.Equal(
            [
                "t.toml:8:11: error: policy.rule[#1].require: \"sts\" does not go with next-hop: MTA-STS says which hosts a domain has, and here you do",
                "t.toml:9:1: error: policy.rule[#1].hosts: does not go with next-hop, which is the one host",
            ],
            Wrong("require = \"sts\"\nhosts = [\"mx.example.net\"]\nnext-hop = \"mx.example.net\"\n"));
        Assert.Equal(
            ["t.toml:9:12: error: policy.rule[#1].next-hop: 'mx.example.net:25' is no host name"],
            Wrong("require = \"dane\"\nnext-hop = \"mx.example.net:25\"\n"));
        static IEnumerable<string> Wrong(string rule) =>
            ConfigurationFile.Parse("t.toml", Relay + "[[policy.rule]]\ndomain = \"a.example\"\n" + rule, Machine).Problems.Select(problem => problem.ToString());
    }

    [Theory]
    [InlineData("*", "dane", "t:1: the rule for * cannot be read")]
    [InlineData("a.example", "danger", "t:1: the rule for a.example cannot be read")]
    [InlineData("a.example", "pin", "a.example: require = \"pin\" needs a pin")]
    public void ATableThatNobodyChecked(string domain, string require, string problem)
    {
        var snapshot = new ResolverSnapshot { Rules = [new PolicyRuleText(domain, require, [], [], null, "t:1")] };

        Assert.Null(PolicyTable.Read(snapshot, out string wrong));
        Assert.Equal(problem, wrong);
    }

    [Fact]
    public void AListThatNobodyChecked()
    {
        var snapshot = new ResolverSnapshot { Lists = [new PolicyListText("/l.json", "{}"u8.ToArray())] };

        Assert.Null(PolicyTable.Read(snapshot, out string wrong));
        Assert.Equal("/l.json: its version is not 0.1", wrong);
    }

    /// <summary>What the validators let through is a table: none of them says less than <see cref="OperatorTable.Make"/>.</summary>
    [Fact]
    public void EveryWayToWriteARuleEndsInATableOrInAnError()
    {
        foreach (string require in (ReadOnlySpan<string>)["none", "tls", "webpki", "pin", "sts", "dane"])
        {
            foreach (string more in (ReadOnlySpan<string>)["", $"pins = [\"{Pin}\"]", "hosts = [\"mx.example\"]", $"pins = [\"{Pin}\"]\nhosts = [\"mx.example\"]"])
            {
                ConfigurationResult read = ConfigurationFile.Parse("t.toml", Relay + $"[[policy.rule]]\ndomain = \"a.example\"\nrequire = \"{require}\"\n{more}\n", Machine);
                bool good = OperatorTable.Make([new OperatorRule(RuleScope.Read("a.example")!, RequirementWords.Read(require)!.Value)
                {
                    Pins = more.Contains("pins", StringComparison.Ordinal) ? [Policy.Operator.Pin.Read(Pin)!] : [],
                    Hosts = more.Contains("hosts", StringComparison.Ordinal) ? [Policy.MtaSts.MxPattern.Read("mx.example")!] : [],
                }], out _) is not null;

                Assert.True(good == (read.Settings is not null), $"{require}, {more}");
                if (read.Settings is { } settings)
                    Assert.Empty(SnapshotBuilder.Load(settings, "t.toml", 1, TestCertificates.Now).Problems);
            }
        }
    }

    [Fact]
    public void AnExpiredRuleIsAWarning() => Assert.Equal(
        ["t.toml:9:1: warning: policy.rule[#1].expires: the rule for .a.example expired on 2026-01-31 00:00:00Z: it is as if it were not there"],
        Problems(Relay + "[[policy.rule]]\ndomain = \".a.example\"\nrequire = \"none\"\nexpires = 2026-01-31\n[[policy.rule]]\ndomain = \"b.example\"\nrequire = \"none\"\nexpires = 2099-01-31\n"));

    [Fact]
    public void AnExpiredListIsAWarning()
    {
        _files.Write("list.json", List("2017-01-01T00:00:00+00:00", "b.example", "enforce").Replace("2099-", "2018-", StringComparison.Ordinal));

        Assert.Equal(
            [$"t.toml:7:11: warning: policy.import: {_files.At("list.json")} expired on 2018-01-01 00:00:00Z: it is as if it were not there"],
            Problems(Relay + $"[policy]\nimport = [\"{_files.At("list.json")}\"]\n"));
    }

    [Fact]
    public void ListsThatAreNone()
    {
        _files.Write("a.json", "[]");
        _files.Write("b.json", List("2026-01-01T00:00:00+00:00", "b.example", "sometimes"));

        Assert.Equal(
            [
                $"t.toml:7:11: error: policy.import: {_files.At("missing.json")} does not exist",
                $"t.toml:8:1: error: policy.import: {_files.At("a.json")} is no list of STARTTLS Everywhere: it is no JSON object",
                $"t.toml:8:{_files.At("a.json").Length + 5}: error: policy.import: {_files.At("b.json")} is no list of STARTTLS Everywhere: policy 1, b.example: its mode is neither testing nor enforce",
            ],
            Problems(Relay + $"[policy]\nimport = [\"{_files.At("missing.json")}\",\n\"{_files.At("a.json")}\", \"{_files.At("b.json")}\"]\n"));
    }

    [Theory]
    [InlineData("", "holds no trust anchor: expected DS or DNSKEY records, as a zone file has them")]
    [InlineData("; . DS 20326 8 2 E06D\n$ORIGIN .\n", "holds no trust anchor: expected DS or DNSKEY records, as a zone file has them")]
    [InlineData("-----BEGIN CERTIFICATE-----\n", "holds no trust anchor: expected DS or DNSKEY records, as a zone file has them")]
    [InlineData(". DS 20326 8 2 E06D\n. DS 20326 8\n", "has no good DS record on line 2: expected three numbers behind that word, and the digest or the key")]
    [InlineData(". dnskey 257 3 RSASHA256 AwEAAa\n", "has no good DNSKEY record on line 1: expected three numbers behind that word, and the digest or the key")]
    public void AnchorsThatAreNone(string text, string expected)
    {
        _files.Write("root.key", text);

        Assert.Equal([$"t.toml:7:1: error: resolver.anchor: {_files.At("root.key")} {expected}"], Problems(WithAnchor("root.key")));
    }

    [Theory]
    [InlineData(". 172800 IN DNSKEY 257 3 8 AwEAAa== ; a comment\n")]
    [InlineData("\r\n.\tIN\tDS\t( 20326 8 2\r\n E06D )\r\n")]
    [InlineData("example. 3600 IN SOA a. b. 1 2 3 4 5\nexample. ds 1 13 2 E06D")]
    public void AnchorsAsZoneFilesHaveThem(string text)
    {
        _files.Write("root.key", text);

        Assert.Equal(text, Good(WithAnchor("root.key")).Resolver!.Anchor);
    }

    [Fact]
    public void AnAnchorThatIsMissing() =>
        Assert.Equal([$"t.toml:7:1: error: resolver.anchor: {_files.At("root.key")} does not exist"], Problems(WithAnchor("root.key")));

    [Fact]
    public void TheStateDirectoryIsLookedFor()
    {
        _files.Write("file", "");
        Directory.CreateDirectory(_files.At("folder"));

        Assert.Equal(
            $"t.toml:7:1: warning: policy.state: the directory {_files.At("missing")} does not exist; posternd makes it when it is started by root",
            StateDirectory.Look(Read(WithState("missing")))?.ToString());
        Assert.Equal($"t.toml:7:1: error: policy.state: {_files.At("file")} is a file, not a directory", StateDirectory.Look(Read(WithState("file")))?.ToString());
        Assert.Null(StateDirectory.Look(Read(WithState("folder"))));
    }

    [Fact]
    public void NobodyWritesToAStateDirectoryWithoutAnOutbound()
    {
        PosternSettings settings = Read(WithState("missing"));

        Assert.Null(StateDirectory.Look(settings with { Gates = [settings.Gates[0] with { Outbound = null }] }));
    }

    private static OperatorTable Table(ResolverSnapshot snapshot)
    {
        OperatorTable? table = PolicyTable.Read(snapshot, out string problem);
        Assert.Equal("", problem);
        return table!;
    }

    private static string? Found(OperatorTable table, string domain) => table.Find(DnsName.Read(domain)!, TestCertificates.Now).Rule?.ToString();

    private string WithAnchor(string file) => Relay + $"[resolver]\nanchor = \"{_files.At(file)}\"\n";

    private string WithState(string folder) => Relay + $"[policy]\nstate = \"{_files.At(folder)}\"\n";

    /// <param name="written">The list's timestamp.</param>
    /// <param name="policies">Domain, mode, domain, mode, …</param>
    private static string List(string written, params string[] policies)
    {
        IEnumerable<string> entries = policies.Chunk(2).Select(pair => $$"""    "{{pair[0]}}": { "mode": "{{pair[1]}}", "mxs": ["mx.{{pair[0]}}"] }""");
        return $$"""
            {
              "version": "0.1",
              "timestamp": "{{written}}",
              "expires": "2099-01-01T00:00:00+00:00",
              "policies": {
            {{string.Join(",\n", entries)}}
              }
            }
            """;
    }

    private static PosternSettings Read(string text)
    {
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", text, Machine);
        Assert.Empty(read.Problems);
        return read.Settings!;
    }

    private static SnapshotResult Load(string text) => SnapshotBuilder.Load(Read(text), "t.toml", 1, TestCertificates.Now);

    private static string[] Problems(string text) => [.. Load(text).Problems.Select(problem => problem.ToString())];

    private static Snapshot Good(string text)
    {
        SnapshotResult result = Load(text);
        Assert.Empty(result.Problems);
        return result.Snapshot!;
    }
}
