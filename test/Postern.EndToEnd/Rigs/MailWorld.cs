using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// A small internet in a network of the test's own: a DNS that is signed from its root, with somebody on the way to it, mail servers
/// with certificates that are right or wrong (a Postfix, whose services have addresses of their own, and an Exim), and policy hosts
/// of MTA-STS.
/// </summary>
internal sealed class MailWorld : IDisposable
{
    /// <summary>Its certificate is for <c>mx.</c> of every domain here, and trusted.</summary>
    public const string Right = "5.5.1.1";

    /// <summary>It does not offer STARTTLS, or somebody on the way has taken it out.</summary>
    public const string Stripped = "5.5.1.2";

    /// <summary>A trusted certificate for somebody else.</summary>
    public const string Other = "5.5.1.3";

    /// <summary>A certificate for the right names, signed by nobody: also what somebody in the middle has.</summary>
    public const string SelfSigned = "5.5.1.4";

    /// <summary>The right names, by the right authority, until yesterday.</summary>
    public const string Expired = "5.5.1.5";

    /// <summary>A certificate for domains, not for their hosts, by an authority that nobody trusts.</summary>
    public const string Private = "5.5.1.6";

    /// <summary>A trusted certificate with its name as the common name alone.</summary>
    public const string CommonName = "5.5.1.7";

    /// <summary>Somebody else's certificate, but for whoever says by SNI that he wants one of <see cref="s_bySni"/>.</summary>
    public const string Sni = "5.5.1.8";

    /// <summary>Nobody listens there.</summary>
    public const string Away = "5.5.1.9";

    /// <summary>Its key is about to be changed: <see cref="Roll"/>.</summary>
    public const string Rolling = "5.5.1.10";

    /// <summary>An Exim, with a certificate of its own that nobody but DANE knows.</summary>
    public const string Exim = "5.5.1.11";

    /// <summary>It offers REQUIRETLS.</summary>
    public const string Strict = "5.5.1.12";

    /// <summary>Takes reports at any path; its certificate is another's.</summary>
    public const string ReportHost = "reports.test";

    /// <summary>Where mail hosts listen.</summary>
    public const int SmtpPort = 25;

    private const string SenderAddress = "5.5.2.1";
    private const int KnotPort = 5300;
    private const int DnsPort = 5301;
    private const int ResolverPort = 53;

    /// <summary>For these the server at <see cref="Sni"/> has the right certificate.</summary>
    private static readonly string[] s_bySni = ["mx.sni-target.test", "mx.sts-sni.test"];

    private readonly Workplace _place;
    private readonly List<IDisposable> _parts = [];
    private readonly MailServers _servers;
    private bool _hasSender;

    /// <param name="place">Where its files go.</param>
    /// <param name="domains">The mail domains: their records are made here.</param>
    public MailWorld(Workplace place, params MailDomain[] domains)
    {
        _place = place;

        // Of this network: an Unbound that is no root's has port 53.
        Tool.Must("sysctl", "-q", "-w", "net.ipv4.ip_unprivileged_port_start=0");
        foreach (string address in (ReadOnlySpan<string>)
            [Right, Stripped, Other, SelfSigned, Expired, Private, CommonName, Sni, Away, Rolling, Exim, Strict, SenderAddress, PolicyHosts.Good, PolicyHosts.Expired, PolicyHosts.Foreign, PolicyHosts.Slow])
        {
            OwnNetwork.AddHost(address);
        }

        Certificates = new Certificates(place);
        string names = string.Join(',', domains.SelectMany(domain => (string[])[$"DNS:mx.{domain.Name}", $"DNS:{domain.Name}"]));
        MailService[] services = Services(names);
        Zones = new SignedZones(place, KnotPort, [.. domains.Select(domain => (domain.Name, domain.Delegation, domain.Zone(place))), (ReportHost, Delegation.Unsigned, $"@ A {PolicyHosts.Good}")]);
        _parts.Add(Zones);
        Dns = new DnsMiddleman(DnsPort, KnotPort);
        _parts.Add(Dns);
        _parts.Add(new UnboundRig(place, ResolverPort, DnsPort, Zones.Anchor));
        Policies = new PolicyHosts(Certificates, domains);
        _parts.Add(Policies);
        _servers = new MailServers(place, services);
        _parts.Add(_servers);
    }

    public Certificates Certificates { get; }

    public SignedZones Zones { get; }

    /// <summary>Of the server at <see cref="Right"/>.</summary>
    public string RightChain => _place.At("right.pem");

    /// <summary>Whoever is asked, is asked through him.</summary>
    public DnsMiddleman Dns { get; }

    public PolicyHosts Policies { get; }

    /// <summary>Reports that came by HTTPS: the request's head, and its body.</summary>
    public ConcurrentQueue<(string Head, byte[] Body)> Reports => Policies.Reports;

    /// <summary>For /etc/resolv.conf, where the machine's resolver is asked; and the users that servers want.</summary>
    public static IReadOnlyDictionary<string, string> Files { get; } = new Dictionary<string, string>(EximRig.Files) { ["resolv.conf"] = "nameserver 127.0.0.1\noptions edns0 trust-ad\n" };

    /// <summary>What the receiving Postfix wrote.</summary>
    public string ReceiverLog => _servers.Log;

    /// <summary>From now on nobody answers for names: what there is to be asked is refused.</summary>
    public void StopDns()
    {
        if (_parts.Remove(Zones))
            Zones.Dispose();
    }

    /// <summary>The server at <see cref="Rolling"/> shows another certificate from now on.</summary>
    /// <param name="name">Of which one.</param>
    public void Roll(string name)
    {
        foreach (string ending in (ReadOnlySpan<string>)[".key", ".pem"])
            File.Copy(_place.At(name + ending), _place.At("rolling" + ending), overwrite: true);
        _servers.Reload();
    }

    /// <summary>A posternd with a gate that leads out, listening at this port.</summary>
    /// <param name="port">Of 127.0.0.1, plain.</param>
    /// <param name="more">More of the configuration: rules, gates.</param>
    /// <param name="maps">The port of policy maps by socketmap; 0 for none.</param>
    /// <param name="name">Which of several: its memory is its own.</param>
    public PosternRig Gate(int port, string more = "", int maps = 0, string name = "") => new(
        _place,
        "out" + name,
        "workers = 1",
        $"""
        [[outbound]]
        name     = "world"
        protocol = "smtp"
        listen   = ["127.0.0.1:{port}"]
        tls      = "plain"

        {(maps == 0 ? "" : $"[[outbound]]\nname = \"maps\"\nprotocol = \"socketmap\"\nlisten = [\"127.0.0.1:{maps}\"]\ntls = \"plain\"\n")}
        [policy]
        state = "{State(name)}"

        [resolver]
        forward = "127.0.0.1:{DnsPort}"
        anchor  = "{Zones.Anchor}"

        {more}
        """,
        maps == 0 ? [port] : [port, maps],
        prelude: $"export SSL_CERT_FILE={Certificates.Authority}; ");

    /// <summary>Where a gate keeps what it knows.</summary>
    public string State(string name = "") => Directory.Exists(_place.At("state" + name)) ? _place.At("state" + name) : _place.MakeDirectory("state" + name, "nobody");

    /// <summary>A Postfix of an operator's, which hands its mail to a relay host; it takes it at this port.</summary>
    public int StartSender(int relay)
    {
        int port = Workplace.FreePort();
        _ = Directory.CreateDirectory(_place.At("sender-queue"));
        _ = _place.MakeDirectory("sender-data", "postfix");
        _ = _place.Write("sender/main.cf", $"""
            {PostfixRig.Files(_place, "sender-queue", "sender-data", _place.At("sender-log"))}
            inet_interfaces = 127.0.0.1
            myhostname = mta.sender.test
            mynetworks = 127.0.0.0/8
            relayhost = [127.0.0.1]:{relay}
            smtpd_relay_restrictions = permit_mynetworks, reject
            smtp_destination_recipient_limit = 1
            queue_run_delay = 5s
            minimal_backoff_time = 5s
            maximal_backoff_time = 10s

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

    /// <summary>The Exim that receives, at its address.</summary>
    public EximRig StartExim()
    {
        // Its own user reads them.
        _ = _place.MakeDirectory("exim-certificates", "root");
        Tool.Must("install", "-m", "644", _place.At("exim.pem"), _place.At("exim.key"), _place.At("exim-certificates"));
        return new EximRig(_place, "exim-mx", $"""
            primary_hostname = mx.exim.test
            tls_advertise_hosts = *
            tls_certificate = {_place.At("exim-certificates/exim.pem")}
            tls_privatekey = {_place.At("exim-certificates/exim.key")}
            begin acl
            begin routers
            all:
              driver = accept
              transport = away
            begin transports
            away:
              driver = appendfile
              file = /dev/null
              user = nobody
            """, Exim, SmtpPort);
    }

    public void Dispose()
    {
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

    /// <summary>The certificates of all servers, and the services of the Postfix.</summary>
    private MailService[] Services(string names)
    {
        string right = WithAuthority(Certificates.Make("right", names));
        string other = WithAuthority(Certificates.Make("other", "DNS:mx.elsewhere.test"));
        string expired = WithAuthority(Certificates.Make("expired", names, days: -1));
        string common = Certificates.Make("mx.sts-cn.test", "");
        string rolling = Certificates.Make("rolling", names);
        _ = Certificates.Make("next", names);
        _ = Certificates.Make("strict", names);
        foreach (string lone in (ReadOnlySpan<string>)["lone", "exim"])
            SelfSign(lone, "subjectAltName=" + names);

        SelfSign("private-ca", "basicConstraints=critical,CA:TRUE");
        string ofDomains = Certificates.Make("private", "DNS:ta-nexthop.test,DNS:ta-target.test", authority: "private-ca");
        File.AppendAllText(ofDomains, File.ReadAllText(_place.At("private-ca.pem")));
        return
        [
            new(Right, right), new(Stripped, null), new(Other, other), new(SelfSigned, _place.At("lone.pem")), new(Expired, expired),
            new(Private, ofDomains), new(CommonName, common), new(Sni, other, s_bySni, right), new(Rolling, rolling),
        ];
    }

    private void SelfSign(string name, string extension) => Tool.Must(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", _place.At(name + ".key"), "-out", _place.At(name + ".pem"),
        "-days", "30", "-subj", "/CN=" + name, "-addext", extension);

    /// <summary>RFC 7672 §3.1.1: whoever publishes DANE-TA shows that certificate too.</summary>
    private string WithAuthority(string chain)
    {
        File.AppendAllText(chain, File.ReadAllText(Certificates.Authority));
        return chain;
    }
}
