using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Resolver.Tests;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// A small internet in a network of the test's own: a DNS that is signed from its root, mail servers (one Postfix, whose services
/// have addresses of their own and certificates that are right or wrong), and policy hosts of MTA-STS.
/// </summary>
internal sealed class MailWorld : IDisposable
{
    /// <summary>Its certificate is for <c>mx.</c> of every domain here, and trusted.</summary>
    public const string Right = "5.5.1.1";

    /// <summary>It does not offer STARTTLS, or somebody on the way has taken it out.</summary>
    public const string Stripped = "5.5.1.2";

    /// <summary>A trusted certificate for somebody else.</summary>
    public const string Other = "5.5.1.3";

    /// <summary>A certificate for the right names, signed by nobody.</summary>
    public const string SelfSigned = "5.5.1.4";

    /// <summary>A certificate for the right names that was good until yesterday.</summary>
    public const string Expired = "5.5.1.5";

    /// <summary>Nobody listens there.</summary>
    public const string Away = "5.5.1.9";

    /// <summary>Takes reports at any path; its certificate is another's.</summary>
    public const string ReportHost = "reports.test";

    private const string PolicyAddress = "5.5.5.5";
    private const string SenderAddress = "5.5.2.1";
    private const int DnsPort = 5300;
    private const int ResolverPort = 53;
    private const int HttpsPort = 443;
    private const int SmtpPort = 25;

    private readonly Workplace _place;
    private readonly List<IDisposable> _parts = [];
    private readonly PolicyServer _policyHost;
    private bool _hasSender;

    /// <param name="place">Where its files go.</param>
    /// <param name="domains">The mail domains: their records are made here.</param>
    public MailWorld(Workplace place, params MailDomain[] domains)
    {
        _place = place;
        // Of this network: an Unbound that is no root's has port 53.
        Tool.Must("sysctl", "-q", "-w", "net.ipv4.ip_unprivileged_port_start=0");
        foreach (string address in (ReadOnlySpan<string>)[Right, Stripped, Other, SelfSigned, Expired, PolicyAddress, SenderAddress])
            Tool.Must("ip", "address", "add", address + "/32", "dev", "lo");

        Certificates = new Certificates(place);
        string names = string.Join(',', domains.Select(domain => $"DNS:mx.{domain.Name}").Append("DNS:mx.insecure-host.test"));
        RightChain = Certificates.Make("right", names);

        // RFC 7672 §3.1.1: whoever publishes DANE-TA shows that certificate too.
        File.AppendAllText(RightChain, File.ReadAllText(Certificates.Authority));
        string other = Certificates.Make("other", "DNS:mx.elsewhere.test");
        string lone = place.At("lone.pem");
        Tool.Must("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", place.At("lone.key"), "-out", lone, "-days", "30", "-subj", "/CN=lone", "-addext", "subjectAltName=" + names);

        string expired = Certificates.MakeExpired("expired", domains.Select(domain => $"mx.{domain.Name}"));

        Zones = new SignedZones(place, DnsPort, [.. domains.Select(Zone), (ReportHost, Delegation.Unsigned, $"@ A {PolicyAddress}"), ("insecure-host.test", Delegation.Unsigned, $"mx A {Right}")]);
        _parts.Add(Zones);
        _parts.Add(new UnboundRig(place, ResolverPort, DnsPort, Zones.Anchor));
        foreach (MailDomain domain in domains.Where(domain => domain.Policy is not null))
            Policies[domain.Name] = domain.Policy!;
        _policyHost = new PolicyServer(PolicyCertificate([.. domains.Where(domain => domain is { Policy: not null, HasStrangePolicyHost: false }).Select(domain => domain.Name)]), Serve, new IPEndPoint(IPAddress.Parse(PolicyAddress), HttpsPort));
        _parts.Add(_policyHost);
        StartPostfix((Right, RightChain), (Other, other), (SelfSigned, lone), (Expired, expired), (Stripped, null));
    }

    public Certificates Certificates { get; }

    public SignedZones Zones { get; }

    public string RightChain { get; }

    /// <summary>Policies by their domain; one that is taken out is 404.</summary>
    public Dictionary<string, string> Policies { get; } = [];

    /// <summary>Reports that came by HTTPS: the request's head, and its body.</summary>
    public ConcurrentQueue<(string Head, byte[] Body)> Reports { get; } = new();

    /// <summary>How often a policy was asked for.</summary>
    public int PolicyRequests { get; private set; }

    /// <summary>For /etc/resolv.conf, where the machine's resolver is asked.</summary>
    public static IReadOnlyDictionary<string, string> Files { get; } = new Dictionary<string, string> { ["resolv.conf"] = "nameserver 127.0.0.1\noptions edns0 trust-ad\n" };

    /// <summary>What the receiving Postfix wrote.</summary>
    public string ReceiverLog => File.Exists(_place.At("mx-log")) ? File.ReadAllText(_place.At("mx-log")) : "";

    /// <summary>From now on nobody answers for names.</summary>
    public void StopDns()
    {
        if (_parts.Remove(Zones))
            Zones.Dispose();
    }

    /// <summary>A posternd with a gate that leads out, listening at this port.</summary>
    /// <param name="port">Of 127.0.0.1, plain.</param>
    /// <param name="more">More of the configuration: rules, resolver.</param>
    /// <param name="maps">The port of policy maps by socketmap; 0 for none.</param>
    public PosternRig Gate(int port, string more = "", int maps = 0) => new(
        _place,
        "out",
        "workers = 1",
        $"""
        [[outbound]]
        name     = "world"
        protocol = "smtp"
        listen   = ["127.0.0.1:{port}"]
        tls      = "plain"

        {(maps == 0 ? "" : $"[[outbound]]\nname = \"maps\"\nprotocol = \"socketmap\"\nlisten = [\"127.0.0.1:{maps}\"]\ntls = \"plain\"\n")}
        [policy]
        state = "{_place.MakeDirectory("state", "nobody")}"

        [resolver]
        forward = "127.0.0.1:{DnsPort}"
        anchor  = "{Zones.Anchor}"

        {more}
        """,
        maps == 0 ? [port] : [port, maps],
        prelude: $"export SSL_CERT_FILE={Certificates.Authority}; ");

    /// <summary>A Postfix of an operator's, which hands its mail to a relay host; it takes it at this port.</summary>
    public int StartSender(int relay)
    {
        int port = Workplace.FreePort();
        _ = Directory.CreateDirectory(_place.At("sender-queue"));
        _ = _place.MakeDirectory("sender-data", "postfix");
        _ = _place.Write("sender/main.cf", $"""
            {Common("sender")}
            inet_interfaces = 127.0.0.1
            myhostname = mta.sender.test
            mynetworks = 127.0.0.0/8
            relayhost = [127.0.0.1]:{relay}
            smtpd_relay_restrictions = permit_mynetworks, reject
            smtp_destination_recipient_limit = 1

            """);
        _ = _place.Write("sender/master.cf", $"{PostfixRig.Inside}127.0.0.1:{port} inet n - n - - smtpd\n");
        ToolResult start = Tool.Run("postfix", "-c", _place.At("sender"), "start");
        Assert.True(start.ExitCode == 0, start.Output);
        _hasSender = true;
        Workplace.WaitForPort(port, () => SenderLog + start.Output);
        return port;
    }

    /// <summary>What the sending Postfix wrote.</summary>
    public string SenderLog => File.Exists(_place.At("sender-log")) ? File.ReadAllText(_place.At("sender-log")) : "";

    public void Dispose()
    {
        _ = Tool.Run("postfix", "-c", _place.At("mx"), "stop");
        if (_hasSender)
            _ = Tool.Run("postfix", "-c", _place.At("sender"), "stop");
        foreach (IDisposable part in _parts.AsEnumerable().Reverse())
            part.Dispose();
    }

    /// <summary>The SHA-256 of a certificate's public key, for TLSA 3 1 1.</summary>
    public static string KeyDigest(string chain)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(chain);
        return Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    private (string Name, Delegation Delegation, string Records) Zone(MailDomain domain)
    {
        var text = new StringBuilder(domain.Records ?? $"@ MX 10 mx\nmx A {domain.Host}");
        if (domain.Tlsa is { } tlsa)
        {
            string record = tlsa
                .Replace("right-ca", Convert.ToHexStringLower(SHA256.HashData(X509CertificateLoader.LoadCertificateFromFile(Certificates.Authority).RawData)), StringComparison.Ordinal)
                .Replace("right", KeyDigest(RightChain), StringComparison.Ordinal)
                .Replace("wrong", new string('0', 64), StringComparison.Ordinal);
            _ = text.Append($"\n_25._tcp.mx TLSA {record}");
        }

        if (domain.Policy is not null)
            _ = text.Append($"\n_mta-sts TXT \"v=STSv1; id=1;\"\nmta-sts A {PolicyAddress}");
        // Of MTA-STS the record is the domain's, of DANE the host's (RFC 8460 §3).
        if (domain.Rua is { } rua)
        {
            foreach (string name in (ReadOnlySpan<string>)["", ".mx"])
                _ = text.Append($"\n_smtp._tls{name} TXT \"v=TLSRPTv1; rua={rua}\"");
        }

        return (domain.Name, domain.Delegation, text.ToString());
    }

    private X509Certificate2 PolicyCertificate(string[] domains)
    {
        string path = Certificates.Make("policies", string.Join(',', domains.DefaultIfEmpty("none.test").Select(domain => "DNS:mta-sts." + domain)));
        using X509Certificate2 loaded = X509Certificate2.CreateFromPemFile(path, Path.ChangeExtension(path, ".key"));
        return X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>One host for all of them: whose policy is wanted, the SNI says.</summary>
    private void Serve(Stream stream)
    {
        if (_policyHost.ServerName == ReportHost)
        {
            Reports.Enqueue((_policyHost.Request, _policyHost.Body));
            stream.Write("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"u8);
            return;
        }

        PolicyRequests++;
        string? policy = Policies.FirstOrDefault(each => _policyHost.ServerName == $"mta-sts.{each.Key}").Value;
        string answer = policy is null
            ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
            : $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {policy.Length}\r\n\r\n{policy}";
        stream.Write(Encoding.ASCII.GetBytes(answer));
    }

    private string Common(string name) => PostfixRig.Files(_place, name + "-queue", name + "-data", _place.At(name + "-log"));

    private void StartPostfix(params (string Address, string? Chain)[] services)
    {
        _ = Directory.CreateDirectory(_place.At("mx-queue"));
        _ = _place.MakeDirectory("mx-data", "postfix");
        _ = _place.Write("mx/main.cf", $"""
            {Common("mx")}
            myhostname = mx.receiver.test
            mynetworks = 127.0.0.250/32
            relay_domains = test
            relay_transport = discard:
            smtpd_relay_restrictions = reject_unauth_destination
            smtpd_tls_security_level = may
            smtpd_tls_loglevel = 1

            """);
        var master = new StringBuilder(PostfixRig.Inside + "discard unix - - n - - discard\n");
        foreach ((string address, string? chain) in services)
        {
            string tls = chain is null ? "  -o smtpd_tls_security_level=none\n" : $"  -o smtpd_tls_chain_files={Path.ChangeExtension(chain, ".key")},{chain}\n";
            _ = master.Append($"{address}:{SmtpPort} inet n - n - - smtpd\n{tls}");
        }

        _ = _place.Write("mx/master.cf", master.ToString());
        ToolResult start = Tool.Run("postfix", "-c", _place.At("mx"), "start");
        Assert.True(start.ExitCode == 0, start.Output);
        foreach ((string address, _) in services)
            Workplace.WaitForPort(SmtpPort, () => ReceiverLog + start.Output, address);
    }
}

/// <summary>A domain that takes mail.</summary>
/// <param name="Name">Below <c>test.</c>.</param>
internal sealed record MailDomain(string Name)
{
    public Delegation Delegation { get; init; } = Delegation.Signed;

    /// <summary>Which of the world's servers its <c>mx</c> is.</summary>
    public string Host { get; init; } = MailWorld.Right;

    /// <summary>In place of MX and A.</summary>
    public string? Records { get; init; }

    /// <summary>A TLSA record of its mx; <c>right</c>, <c>right-ca</c> and <c>wrong</c> stand for digests.</summary>
    public string? Tlsa { get; init; }

    /// <summary>Its policy of MTA-STS; null: it has none.</summary>
    public string? Policy { get; init; }

    /// <summary>The certificate of its policy host is for others.</summary>
    public bool HasStrangePolicyHost { get; init; }

    /// <summary>Where reports on it are wanted; null: nowhere.</summary>
    public string? Rua { get; init; }
}
