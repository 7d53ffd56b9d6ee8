using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Resolver.Tests;

namespace Postern.EndToEnd.Rigs;

/// <summary>The policy hosts of MTA-STS: a server for each thing that can be wrong with one. Whose policy is wanted, the SNI says.</summary>
internal sealed class PolicyHosts : IDisposable
{
    public const string Good = "5.5.5.5";

    /// <summary>Its certificate has expired.</summary>
    public const string Expired = "5.5.5.6";

    /// <summary>Its certificate is somebody else's.</summary>
    public const string Foreign = "5.5.5.7";

    /// <summary>It takes a request and says nothing.</summary>
    public const string Slow = "5.5.5.8";

    /// <summary>The same as the good one, on loopback: whoever comes there should not have.</summary>
    public const string Private = "127.0.0.1";

    private const int HttpsPort = 443;

    private readonly List<PolicyServer> _servers = [];
    private int _requests;

    /// <param name="certificates">Who certifies them.</param>
    /// <param name="domains">Whose policies.</param>
    public PolicyHosts(Certificates certificates, IEnumerable<MailDomain> domains)
    {
        foreach (MailDomain domain in domains)
        {
            if (domain.Answer is not null || domain.Policy is not null)
                Answers[domain.Name] = domain.Answer ?? Saying(domain.Policy!);
        }

        string names = string.Join(',', Answers.Keys.DefaultIfEmpty("none.test").Select(domain => "DNS:mta-sts." + domain));
        string right = certificates.Make("policies", names);
        Start(Good, right, Serve);
        Start(Private, right, Serve);
        Start(Expired, certificates.Make("policies-expired", names, days: -1), Serve);
        Start(Foreign, certificates.Make("policies-foreign", "DNS:mta-sts.elsewhere.test"), Serve);
        Start(Slow, right, (server, _) => server.End.WaitHandle.WaitOne());
    }

    /// <summary>Whole answers, by the domain; one that is taken out is 404.</summary>
    public Dictionary<string, string> Answers { get; } = [];

    /// <summary>What was sent to <see cref="MailWorld.ReportHost"/>: the request's head, and its body.</summary>
    public ConcurrentQueue<(string Head, byte[] Body)> Reports { get; } = new();

    /// <summary>How often a policy was asked for.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>200, with this policy.</summary>
    public static string Saying(string policy, string type = "text/plain") =>
        $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {policy.Length}\r\n\r\n{policy}";

    public void Dispose()
    {
        foreach (PolicyServer server in _servers)
            server.Dispose();
    }

    private void Serve(PolicyServer server, Stream stream)
    {
        if (server.ServerName == MailWorld.ReportHost)
        {
            Reports.Enqueue((server.Request, server.Body));
            stream.Write("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"u8);
            return;
        }

        _ = Interlocked.Increment(ref _requests);
        string domain = server.ServerName.Replace("mta-sts.", "", StringComparison.Ordinal);
        stream.Write(Encoding.ASCII.GetBytes(Answers.GetValueOrDefault(domain, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")));
    }

    private void Start(string address, string certificate, Action<PolicyServer, Stream> answer)
    {
        PolicyServer? server = null;
        server = new PolicyServer(Certificates.Load(certificate), stream => answer(server!, stream), new IPEndPoint(IPAddress.Parse(address), HttpsPort));
        _servers.Add(server);
    }
}
