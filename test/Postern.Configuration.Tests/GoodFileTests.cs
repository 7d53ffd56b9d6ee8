using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Tests;

public sealed class GoodFileTests
{
    private static readonly Machine Machine = new("mail.example", 4, false);

    private const string Plain = """
        [[gate]]
        name = "a"
        protocol = "tcp"
        listen = ["127.0.0.1:1143"]
        tls = "plain"
        backend = "127.0.0.1:143"
        """;

    [Fact]
    public void TheSmallestUsefulFile()
    {
        PosternSettings settings = Read("""
            [certificate.mail]
            chain = "/etc/letsencrypt/live/mail.example.org/fullchain.pem"
            key   = "/etc/letsencrypt/live/mail.example.org/privkey.pem"

            [[gate]]
            name        = "imaps"
            protocol    = "imap"
            listen      = ["[::]:993"]
            tls         = "implicit"
            certificate = ["mail"]
            backend     = "127.0.0.1:143"
            """);

        Assert.Equal(
            new ServerSettings { Isolation = Isolation.Worker, Workers = 4, User = "postern", KeyUser = "postern-keys", Sandbox = SandboxDemand.Available, Control = "/run/postern/control.sock", Log = LogTarget.Stderr, HostName = "mail.example", TicketLifetime = TimeSpan.FromHours(1) },
            settings.Server);
        Assert.Equal("/etc/letsencrypt/live/mail.example.org/privkey.pem", Assert.Single(settings.Certificates).Key);

        GateSettings gate = Assert.Single(settings.Gates);
        Assert.Equal(("imaps", "imap", TlsMode.Implicit), (gate.Name, gate.Protocol, gate.Tls));
        Assert.Equal([new EndpointAddress { Host = "::", Port = 993 }], gate.Listen);
        Assert.Equal(["mail"], gate.Certificates);
        Assert.Equal(new EndpointAddress { Host = "127.0.0.1", Port = 143 }, gate.Backend);
        Assert.Equal(ProxyHeader.None, gate.ProxyProtocol);
        Assert.Empty(gate.AcceptProxyFrom);
        Assert.Empty(gate.Routes);
        Assert.Null(gate.Alpn);
        Assert.Equal(ClientCertificate.None, gate.ClientCertificate);
        Assert.Equal(TlsVersion.Tls12, gate.MinTls);
        Assert.Equal(TruncationAction.Close, gate.OnTruncation);
        Assert.Equal((8192, 256), (gate.MaxConnections, gate.MaxConnectionsPerClient));
        Assert.Equal(TimeSpan.FromSeconds(15), gate.HandshakeTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), gate.NegotiationTimeout);
        Assert.Null(gate.IdleTimeout);
    }

    [Fact]
    public void EveryKeyAtOnce()
    {
        PosternSettings settings = Read("""
            server.workers = 2
            server.isolation = "worker"
            server.user = "nobody"
            server.key-user = "daemon"
            server.sandbox = "required"
            server.control = "run/postern.sock"
            server.log = "json"
            server.hostname = "[192.0.2.1]"
            server.ticket-secret = "tickets"
            server.ticket-lifetime = "5m"
            certificate."a.b" = { chain = "a.pem", key = 'keys/a.key', key-passphrase-credential = "a-key" }

            [[gate]]
            name = "in"
            protocol = "smtp"
            listen = ["0.0.0.0:25", "[2001:db8::25]:25", "localhost:2525", "unix:/run/smtp.sock",]
            tls = "starttls-optional"
            certificate = ["a.b"]
            backend = "unix:/run/postfix.sock"
            backend-tls = "plain"
            proxy-protocol = "v2"
            accept-proxy-from = ["192.0.2.0/24", "2001:db8::1"]
            alpn = ["smtp"]
            client-certificate = "request"
            client-ca = "../ca.pem"
            min-tls = "1.3"
            on-truncation = "reset"
            max-connections = 10
            handshake-timeout = "500ms"
            negotiation-timeout = "2m"
            idle-timeout = "1h"

              [[gate.route]]
              sni = "*.Example.ORG"
              backend = "backend.example.org:25"
              certificate = ["a.b"]
            """, "/etc/postern/postern.toml");

        Assert.Equal(
            new ServerSettings { Isolation = Isolation.Worker, Workers = 2, Sandbox = SandboxDemand.Required, User = "nobody", KeyUser = "daemon", Control = "/etc/postern/run/postern.sock", Log = LogTarget.Json, HostName = "[192.0.2.1]", TicketSecret = "/etc/postern/tickets", TicketLifetime = TimeSpan.FromMinutes(5) },
            settings.Server);
        Assert.Equal(
            new CertificateSettings { Name = "a.b", Chain = "/etc/postern/a.pem", Key = "/etc/postern/keys/a.key", KeyPassphraseCredential = "a-key" },
            Assert.Single(settings.Certificates));

        GateSettings gate = Assert.Single(settings.Gates);
        Assert.Equal(["0.0.0.0:25", "[2001:db8::25]:25", "localhost:2525", "unix:/run/smtp.sock"], gate.Listen.Select(listen => listen.ToString()));
        Assert.Equal("/run/postfix.sock", gate.Backend!.Path);
        Assert.Equal(ProxyHeader.V2, gate.ProxyProtocol);
        Assert.Equal(["192.0.2.0/24", "2001:db8::1/128"], gate.AcceptProxyFrom);
        Assert.Equal(["smtp"], gate.Alpn!.Value);
        Assert.Equal((ClientCertificate.Request, "/etc/ca.pem"), (gate.ClientCertificate, gate.ClientCa));
        Assert.Equal(TlsVersion.Tls13, gate.MinTls);
        Assert.Equal(TruncationAction.Reset, gate.OnTruncation);
        Assert.Equal((10, 10), (gate.MaxConnections, gate.MaxConnectionsPerClient));
        Assert.Equal(TimeSpan.FromMilliseconds(500), gate.HandshakeTimeout);
        Assert.Equal(TimeSpan.FromMinutes(2), gate.NegotiationTimeout);
        Assert.Equal(TimeSpan.FromHours(1), gate.IdleTimeout);

        RouteSettings route = Assert.Single(gate.Routes);
        Assert.Equal(("*.example.org", "backend.example.org:25"), (route.Sni, route.Backend.ToString()));
        Assert.Equal(["a.b"], route.Certificates);
    }

    [Fact]
    public void TcpDoesNotHideATruncation() => Assert.Equal(TruncationAction.Reset, Assert.Single(Read(Plain).Gates).OnTruncation);

    [Fact]
    public void UnderTheJournalTheLogGoesThere()
    {
        ConfigurationResult result = ConfigurationFile.Parse("t.toml", Plain, Machine with { UnderJournal = true });

        Assert.Equal(LogTarget.Journal, result.Settings!.Server.Log);
    }

    [Fact]
    public void PlainMayBeRemoteInSoManyWords() =>
        Assert.Equal("0.0.0.0", Read(Plain.Replace("127.0.0.1:1143", "0.0.0.0:1143") + "\nallow-plain-remote = true").Gates[0].Listen[0].Host);

    [Fact]
    public void AMachineWithoutAGoodNameMustBeGivenOne()
    {
        Machine unnamed = Machine with { HostName = "my machine" };

        ConfigurationResult result = ConfigurationFile.Parse("t.toml", Plain, unnamed);

        Assert.Equal(
            ["t.toml: error: server.hostname: is missing, and the machine's name 'my machine' cannot stand in a greeting: write hostname = \"mail.example.org\" in [server]"],
            result.Problems.Select(problem => problem.ToString()));
        Assert.NotNull(ConfigurationFile.Parse("t.toml", "server.hostname = \"a.example\"\n" + Plain, unnamed).Settings);
    }

    [Fact]
    public void WhatIsFoundLaterHasItsPlaceToo()
    {
        SourceMap source = Read("# a comment\n" + Plain.Replace("[\"127", "[\n  \"127.0.0.1:1\", \"127")).Source;

        Assert.Equal("t.toml", source.File);
        Assert.Equal(new Position(2, 1), source.Find("gate[a]"));
        Assert.Equal(new Position(8, 1), source.Find("gate[a].backend"));
        Assert.Equal(new Position(6, 18), source.Find("gate[a].listen[#2]"));
        Assert.Equal(new Position(5, 1), source.Find("gate[a].listen[#3]"));
        Assert.Equal(new Position(2, 1), source.Find("gate[a].client-ca"));
        Assert.Equal(Position.None, source.Find("server.log"));
    }

    [Fact]
    public void AWarningDoesNotStopAnything()
    {
        ConfigurationResult result = ConfigurationFile.Parse("t.toml", Plain + "\nmin-tls = \"1.3\"", Machine);

        Assert.Equal(["t.toml:7:1: warning: gate[a].min-tls: has no effect with tls = \"plain\""], result.Problems.Select(problem => problem.ToString()));
        Assert.NotNull(result.Settings);
    }

    [Theory]
    [InlineData("\ufeff")]
    [InlineData("# café\r\n")]
    public void TextsOfEveryEditorAreRead(string before) => Assert.Single(Read(before + Plain.Replace("\n", "\r\n")).Gates);

    private static PosternSettings Read(string text, string name = "t.toml")
    {
        ConfigurationResult result = ConfigurationFile.Parse(name, text, Machine);
        Assert.Empty(result.Problems);
        return result.Settings!;
    }
}
