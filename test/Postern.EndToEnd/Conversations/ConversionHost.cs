using System.Net.Sockets;
using System.Text;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Conversations;

/// <summary>Real servers of every protocol, with and without TLS, and one posternd with a gate for every conversion between them.</summary>
public sealed class ConversionHost : IDisposable
{
    /// <summary>Gates before a server that says what it is told: the real one of XMPP is elsewhere (XmppHost).</summary>
    private readonly Dictionary<string, int> _echoed = new() { ["xmpp-client"] = Workplace.FreePort(), ["xmpp-server"] = Workplace.FreePort() };
    private readonly TcpListener _echo = EchoBackend.Start();

    /// <summary>PostgreSQL that begins with TLS.</summary>
    private readonly int _direct = Workplace.FreePort();

    private readonly Workplace _place = new();
    private readonly PostgresRig _postgres;
    private readonly Stack<IDisposable> _running = [];
    private readonly Dictionary<string, Way> _ways = [];

    public ConversionHost()
    {
        try
        {
            Certificates = new Certificates(_place);
            string certificate = _place.At("ec.pem");
            DovecotRig dovecot = Run(new DovecotRig(_place));
            SecureDovecotRig secureDovecot = Run(new SecureDovecotRig(_place, certificate));
            StrictPostfixRig postfix = Run(new StrictPostfixRig(_place, dovecot, certificate));
            NewsRig news = Run(new NewsRig(_place, certificate));
            SlapdRig slapd = Run(new SlapdRig(_place, "slapd", null)), secureSlapd = Run(new SlapdRig(_place, "secure-slapd", certificate));
            _postgres = Run(new PostgresRig(_place, "postgres", null));
            PostgresRig securePostgres = Run(new PostgresRig(_place, "secure-postgres", certificate));
            CurlConversation.Seed(_place);
            Conversations =
            [
                new SmtpConversation(_place, Certificates, postfix),
                new SubmissionConversation(_place, Certificates, postfix),
                new LmtpConversation(_place, Certificates, dovecot, secureDovecot),
                new ImapConversation(Certificates, dovecot, secureDovecot),
                new Pop3Conversation(Certificates, dovecot, secureDovecot),
                new SieveConversation(Certificates, dovecot, secureDovecot),
                new NntpConversation(Certificates, news),
                new LdapConversation(Certificates, slapd, secureSlapd),
                new PostgresConversation(Certificates, _postgres, securePostgres, _direct),
            ];
            Gates = Run(new PosternRig(_place, "conversions", "workers = 1", Tables(), []));
        }
        catch
        {
            // Nobody disposes of what was never made; servers would go on.
            Dispose();
            throw;
        }
    }

    internal Certificates Certificates { get; }

    internal PosternRig Gates { get; }

    /// <summary>One for each protocol of <see cref="ConversionTable.Protocols"/>.</summary>
    internal IReadOnlyList<Conversation> Conversations { get; }

    /// <summary>A gate with tls = "starttls" before a server without.</summary>
    internal int StartTls(string protocol) => protocol.StartsWith("xmpp", StringComparison.Ordinal) ? _echoed[protocol] : Way(protocol + "-starttls-plain").Port;

    internal Way Way(string name) => _ways[name];

    internal string At(string name) => _place.At(name);

    internal string Write(string name, string text) => _place.Write(name, text);

    public void Dispose()
    {
        while (_running.TryPop(out IDisposable? rig))
            rig.Dispose();
        _echo.Stop();
        _place.Dispose();
    }

    private T Run<T>(T rig)
        where T : IDisposable
    {
        _running.Push(rig);
        return rig;
    }

    private string Tables()
    {
        var tables = new StringBuilder(Certificates.Tables);

        // What PostgreSQL 17 does itself.
        _ = tables.Append($"""
            [[gate]]
            name = "postgres-17"
            protocol = "postgres"
            listen = ["127.0.0.1:{_direct}"]
            tls = "implicit"
            certificate = ["ec"]
            backend = "127.0.0.1:{_postgres.Port}"


            """);
        foreach ((string protocol, int port) in _echoed)
        {
            _ = tables.Append($"""
                [[gate]]
                name = "{protocol}"
                protocol = "{protocol}"
                listen = ["127.0.0.1:{port}"]
                tls = "starttls"
                certificate = ["ec", "rsa"]
                backend = "127.0.0.1:{EchoBackend.Port(_echo)}"


                """);
        }

        foreach (Conversation conversation in Conversations)
        {
            foreach ((string front, string back) in ConversionTable.Of(conversation.Protocol))
                _ = tables.Append(Gate(conversation, front, back));
        }

        return tables.ToString();
    }

    private string Gate(Conversation conversation, string front, string back)
    {
        var way = new Way(conversation.Protocol, front, back, Workplace.FreePort());
        _ways.Add(way.Name, way);
        string certificate = front == "plain" ? "" : "certificate = [\"ec\", \"rsa\"]";
        string trust = back == "plain" ? "" : $"backend-name = \"localhost\"\nbackend-trust = \"{Certificates.Authority}\"";
        return $"""
            [[gate]]
            name = "{way.Name}"
            protocol = "{way.Protocol}"
            listen = ["127.0.0.1:{way.Port}"]
            tls = "{front}"
            {certificate}
            backend = "{conversation.Address(back)}:{conversation.Server(back)}"
            backend-tls = "{back}"
            {trust}
            {conversation.Keys(back)}


            """;
    }
}

/// <summary>One host for all scenarios that need it: its servers take seconds to start.</summary>
[CollectionDefinition(nameof(ConversionHost))]
public sealed class ConversionHostCollection : ICollectionFixture<ConversionHost>;
