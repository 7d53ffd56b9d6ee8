using Postern.Configuration.Settings;
using Postern.Policy.Operator;
using Postern.Protocols;

namespace Postern.Configuration.Tests;

/// <summary>Good files about mail that goes out; the bad ones are in Broken/.</summary>
public sealed class OutboundFileTests
{
    private const string Relay = """
        [[outbound]]
        name     = "relay"
        protocol = "smtp"
        listen   = ["127.0.0.1:10026"]
        tls      = "plain"

        """;

    private static readonly Machine Machine = new("mail.example", 4, false);

    [Fact]
    public void TheSmallestUsefulFile()
    {
        PosternSettings settings = Read(Relay);

        GateSettings outbound = Assert.Single(settings.Gates);
        Assert.Equal(("relay", "outbound[relay]", "smtp", TlsMode.Plain), (outbound.Name, outbound.Key, outbound.Protocol, outbound.Tls));
        Assert.Equal(new OutboundSettings { Port = 25 }, outbound.Outbound);
        Assert.Null(outbound.Backend);
        Assert.Null(outbound.BackendTls);
        Assert.Empty(outbound.Routes);
        Assert.Equal(TruncationAction.Close, outbound.OnTruncation);
        Assert.Equal((8192, 256), (outbound.MaxConnections, outbound.MaxConnectionsPerClient));

        Assert.Equal((Requirement.None, false, false, "/var/lib/postern"), (settings.Policy.Default, settings.Policy.RefusesLoss, settings.Policy.AllowsPrivate, settings.Policy.State));
        Assert.Empty(settings.Policy.Import);
        Assert.Empty(settings.Policy.Rules);
        Assert.Equal(new ResolverSettings(), settings.Resolver);
        Assert.Null(settings.TlsRpt);
    }

    /// <summary>XMPP: plain where nothing else is said, no port of its own, and nothing of mail.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("backend-certificate = \"one\"\n", "one")]
    [InlineData("backend-certificate = [\"two\", \"one\", \"two\"]\n", "two", "one")]
    public void AnOutboundForXmpp(string line, params string[] shown)
    {
        string certificates = string.Concat(shown.Distinct().Select(name => $"[certificate.{name}]\nchain = \"a\"\nkey = \"b\"\n"));
        PosternSettings settings = Read($"[[outbound]]\nname = \"chat\"\nprotocol = \"xmpp-server\"\nlisten = [\"127.0.0.1:5270\"]\n{line}{certificates}");

        GateSettings outbound = Assert.Single(settings.Gates);
        Assert.Equal(("outbound[chat]", "xmpp-server", TlsMode.Plain, 0), (outbound.Key, outbound.Protocol, outbound.Tls, outbound.Outbound!.Port));
        Assert.Equal(shown, outbound.Outbound.Certificates);
        Assert.Equal(shown, outbound.ShownCertificates);
        Assert.Null(outbound.BackendTls);
    }

    /// <summary>The port is that of mail hosts, and says nothing of XMPP; the words about mail are for that outbound.</summary>
    [Fact]
    public void MailAndXmppSideBySide()
    {
        PosternSettings settings = Read(Relay + "port = 2525\n" + """
            [[outbound]]
            name     = "chat"
            protocol = "xmpp-server"
            listen   = ["127.0.0.1:5270"]

            [policy]
            default = "sts"

            [[policy.rule]]
            domain  = "a.example"
            require = "sts"

            [tlsrpt]
            contact = "postmaster@example.org"
            from    = "tlsrpt@example.org"
            """);

        Assert.Equal([(2525, "tlsrpt@example.org"), (0, "")], settings.Gates.Select(gate => (gate.Outbound!.Port, gate.Outbound.ReportSender)));
    }

    [Fact]
    public void TheSmallestTableOfReports()
    {
        PosternSettings settings = Read(Relay + "[tlsrpt]\ncontact = \"postmaster@Example.org\"\nfrom = \"tlsrpt@example.org\"\n");

        Assert.Equal(
            new TlsRptSettings { Contact = "postmaster@example.org", Organization = "example.org", From = "tlsrpt@example.org", Relay = new EndpointAddress { Host = "127.0.0.1", Port = 25 } },
            settings.TlsRpt);
        Assert.Equal("tlsrpt@example.org", settings.Gates[0].Outbound!.ReportSender);
    }

    [Fact]
    public void EveryKeyAtOnce()
    {
        PosternSettings settings = Read("""
            [certificate.mail]
            chain = "mail.pem"
            key   = "mail.key"

            [[outbound]]
            name                       = "relay"
            protocol                   = "smtp"
            listen                     = ["[::]:10026", "unix:/run/relay.sock"]
            tls                        = "starttls"
            certificate                = ["mail"]
            min-tls                    = "1.3"
            client-certificate         = "require"
            client-ca                  = "clients.pem"
            client-allow               = ["dns:mta.example.org"]
            max-connections            = 100
            max-connections-per-client = 50
            handshake-timeout          = "5s"
            negotiation-timeout        = "10s"
            idle-timeout               = "5m"
            port                       = 2525

            [policy]
            default       = "tls"
            on-loss       = "refuse"
            import        = ["policy.json", "/etc/ours.json"]
            allow-private = true
            state         = "state"

            [[policy.rule]]
            domain  = "Example.org"
            require = "pin"
            pins    = ["sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "sha256:0000000000000000000000000000000000000000000000000000000000000001"]
            hosts   = ["mx.example.org", "*.example.net"]
            expires = 2027-01-31T12:00:00+02:00

            [[policy.rule]]
            domain  = ".example.org"
            require = "dane"

            [resolver]
            forward = "192.0.2.53:53"
            anchor  = "root.key"

            [tlsrpt]
            organization = "Example \u00d6rg"
            contact      = "postmaster@example.org"
            from         = "tlsrpt@example.org"
            relay        = "[::1]:2525"
            """, "/etc/postern/postern.toml");

        GateSettings outbound = Assert.Single(settings.Gates);
        Assert.Equal(2525, outbound.Outbound!.Port);
        Assert.Equal(["[::]:10026", "unix:/run/relay.sock"], outbound.Listen.Select(listen => listen.ToString()));
        Assert.Equal((TlsMode.StartTls, TlsVersion.Tls13, ClientCertificate.Require, "/etc/postern/clients.pem"), (outbound.Tls, outbound.MinTls, outbound.ClientCertificate, outbound.ClientCa));
        Assert.Equal([new AllowedClient("dns", "mta.example.org")], outbound.ClientAllow);
        Assert.Equal((100, 50), (outbound.MaxConnections, outbound.MaxConnectionsPerClient));
        Assert.Equal((5, 10, 300), (outbound.HandshakeTimeout.TotalSeconds, outbound.NegotiationTimeout.TotalSeconds, outbound.IdleTimeout!.Value.TotalSeconds));

        PolicySettings policy = settings.Policy;
        Assert.Equal((Requirement.Tls, true, true, "/etc/postern/state"), (policy.Default, policy.RefusesLoss, policy.AllowsPrivate, policy.State));
        Assert.Equal(["/etc/postern/policy.json", "/etc/ours.json"], policy.Import);
        Assert.Equal(
            ["example.org: require pin (/etc/postern/postern.toml:29)", ".example.org: require dane (/etc/postern/postern.toml:36)"],
            policy.Rules.Select(rule => rule.ToString()));
        Assert.Equal(["sha256:" + new string('0', 64), "sha256:" + new string('0', 63) + "1"], policy.Rules[0].Pins.Select(pin => pin.ToString()));
        Assert.Equal(["mx.example.org", "*.example.net"], policy.Rules[0].Hosts.Select(host => host.ToString()));
        Assert.Equal(new DateTimeOffset(2027, 1, 31, 10, 0, 0, TimeSpan.Zero), policy.Rules[0].Expires);
        Assert.Null(policy.Rules[1].Expires);

        Assert.Equal(
            new ResolverSettings { Forwarder = new EndpointAddress { Host = "192.0.2.53", Port = 53 }, Anchor = "/etc/postern/root.key" },
            settings.Resolver);
        Assert.Equal(("Example \u00d6rg", "postmaster@example.org", "tlsrpt@example.org", "[::1]:2525"), (settings.TlsRpt!.Organization, settings.TlsRpt.Contact, settings.TlsRpt.From, settings.TlsRpt.Relay.ToString()));
    }

    [Theory]
    [InlineData("2027-01-31", "2027-01-31T00:00:00Z")]
    [InlineData("2027-01-31T12:30:00", "2027-01-31T12:30:00Z")]
    [InlineData("2027-01-31 12:30:00.5", "2027-01-31T12:30:00.5Z")]
    [InlineData("2027-01-31T12:30Z", "2027-01-31T12:30:00Z")]
    [InlineData("2027-01-31T23:30:00-08:00", "2027-02-01T07:30:00Z")]
    [InlineData("0001-01-01", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31", "9999-12-31T00:00:00Z")]
    public void DatesWithoutAnOffsetAreInUtc(string written, string expected)
    {
        PosternSettings settings = Read(Relay + $"[[policy.rule]]\ndomain = \"a.example\"\nrequire = \"none\"\nexpires = {written}\n");

        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), Assert.Single(settings.Policy.Rules).Expires);
    }

    [Theory]
    [InlineData("opportunistic", Requirement.None)]
    [InlineData("tls", Requirement.Tls)]
    [InlineData("webpki", Requirement.WebPki)]
    [InlineData("sts", Requirement.Sts)]
    [InlineData("dane", Requirement.Dane)]
    public void EveryDefault(string word, Requirement expected) =>
        Assert.Equal(expected, Read(Relay + $"[policy]\ndefault = \"{word}\"\n").Policy.Default);

    [Theory]
    [InlineData("none", Requirement.None)]
    [InlineData("tls", Requirement.Tls)]
    [InlineData("webpki", Requirement.WebPki)]
    [InlineData("sts", Requirement.Sts)]
    [InlineData("dane", Requirement.Dane)]
    public void EveryRequirement(string word, Requirement expected) =>
        Assert.Equal(expected, Assert.Single(Read(Relay + $"[policy]\nrule = [{{ domain = \"a.example\", require = \"{word}\" }}]\n").Policy.Rules).Require);

    [Theory]
    [InlineData("127.0.0.1:53")]
    [InlineData("127.0.0.53:5353")]
    [InlineData("[::1]:53")]
    public void AResolverOfThisMachineMayBeBelieved(string address) =>
        Assert.Equal(address, Read(Relay + $"[resolver]\ntrust-ad = \"{address}\"\n").Resolver.TrustedResolver!.ToString());

    [Fact]
    public void AnOpenRelayInSoManyWords()
    {
        PosternSettings settings = Read(Relay.Replace("127.0.0.1", "192.0.2.1") + "allow-plain-remote = true\nallow-open-relay = true\n");

        Assert.Equal("192.0.2.1:10026", settings.Gates[0].Listen[0].ToString());
    }

    [Fact]
    public void GatesAndOutboundsAreInTheOrderOfTheFile()
    {
        PosternSettings settings = Read("""
            [[gate]]
            name = "a"
            protocol = "tcp"
            listen = ["127.0.0.1:1"]
            tls = "plain"
            backend = "127.0.0.1:143"

            [[outbound]]
            name = "b"
            protocol = "smtp"
            listen = ["127.0.0.1:2"]
            tls = "plain"

            [[gate]]
            name = "c"
            protocol = "tcp"
            listen = ["127.0.0.1:3"]
            tls = "plain"
            backend = "127.0.0.1:143"
            """);

        Assert.Equal(["gate[a]", "outbound[b]", "gate[c]"], settings.Gates.Select(gate => gate.Key));
    }

    [Fact]
    public void WhatIsFoundLaterHasItsPlaceToo()
    {
        SourceMap source = Read(Relay + "[policy]\nimport = [\n  \"a\",\n  \"b\"]\n[[policy.rule]]\ndomain = \"a.example\"\nrequire = \"dane\"\nexpires = 2027-01-31\n").Source;

        Assert.Equal(new Position(4, 13), source.Find("outbound[relay].listen[#1]"));
        Assert.Equal(new Position(9, 3), source.Find("policy.import[#2]"));
        Assert.Equal(new Position(13, 1), source.Find("policy.rule[#1].expires"));
        Assert.Equal(new Position(6, 1), source.Find("policy.state"));
    }

    [Fact]
    public void APolicyThatNothingUses()
    {
        ConfigurationResult result = ConfigurationFile.Parse("t.toml", """
            [[gate]]
            name = "a"
            protocol = "tcp"
            listen = ["127.0.0.1:1"]
            tls = "plain"
            backend = "127.0.0.1:143"
            [policy]
            [resolver]
            """, Machine);

        Assert.Equal(
            ["t.toml:7:1: warning: policy: nothing uses this: there is no [[outbound]], nor a gate with backend-trust = \"dane\"", "t.toml:8:1: warning: resolver: nothing uses this: there is no [[outbound]], nor a gate with backend-trust = \"dane\""],
            result.Problems.Select(problem => problem.ToString()));
        Assert.NotNull(result.Settings);
    }

    [Fact]
    public void ReportsThatAreSignedByAnother()
    {
        ConfigurationResult result = ConfigurationFile.Parse("t.toml", Relay + "[tlsrpt]\ncontact = \"postmaster@example.org\"\nfrom = \"tlsrpt@mx.example.org\"\n", Machine);

        ConfigurationProblem problem = Assert.Single(result.Problems);
        Assert.EndsWith("warning: tlsrpt.from: is in another domain than the contact: have the relay sign reports with DKIM for example.org, or receivers drop them (RFC 8460, section 3)", problem.ToString(), StringComparison.Ordinal);
        Assert.NotNull(result.Settings);
    }

    private static PosternSettings Read(string text, string name = "t.toml")
    {
        ConfigurationResult result = ConfigurationFile.Parse(name, text, Machine);
        Assert.Empty(result.Problems);
        return result.Settings!;
    }
}
