using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Survey;
using Postern.Policy.TlsRpt;
using Postern.Resolver.Policies;

namespace Postern.Resolver.Tests;

/// <summary>The fetch of a policy from hosts that are right, wrong, slow and huge (RFC 8461 §3.3).</summary>
public sealed class PolicyHostTests : IDisposable
{
    private const string Host = "mta-sts.example.org";
    private const string Good = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.org\r\nmax_age: 86400\r\n";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void A_good_host()
    {
        using var server = new PolicyServer(Certificate(Host), stream => Say(stream, Response(Good)));
        StsFetchResult result = Fetch(server);
        Assert.Equal(StsMode.Enforce, result.Policy?.Mode);
        Assert.Equal(Host, server.ServerName);
        Assert.StartsWith("GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.org\r\n", server.Request, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wildcard_will_do()
    {
        using var server = new PolicyServer(Certificate("*.example.org"), stream => Say(stream, Response(Good)));
        Assert.NotNull(Fetch(server).Policy);
    }

    [Theory]
    [InlineData("HTTP/1.1 301 Moved Permanently\r\nLocation: https://mta-sts.example.org/other\r\nContent-Length: 0\r\n\r\n", ResultType.StsPolicyFetchError, "redirects")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ResultType.StsPolicyFetchError, "HTTP 404")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n", ResultType.StsPolicyFetchError, "text/plain")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nfoo", ResultType.StsPolicyInvalid, "cannot be read")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 65537\r\n\r\n", ResultType.StsPolicyFetchError, "longer")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 500\r\n\r\nversion: STSv1\r\n", ResultType.StsPolicyFetchError, "no whole response")]
    [InlineData("* OK IMAP4rev1\r\n", ResultType.StsPolicyFetchError, "no whole response")]
    public void A_wrong_response(string response, ResultType type, string reason)
    {
        using var server = new PolicyServer(Certificate(Host), stream => Say(stream, response));
        StsFetchResult result = Fetch(server);
        Assert.Equal((null, type), (result.Policy, result.Failure));
        Assert.Contains(reason, result.Reason, StringComparison.Ordinal);
    }

    public static TheoryData<string> WrongCertificates => ["name", "common name", "expired", "stranger"];

    [Theory]
    [MemberData(nameof(WrongCertificates))]
    public void A_wrong_certificate(string which)
    {
        using var stranger = new TestAuthority();
        using X509Certificate2 certificate = which switch
        {
            "name" => _authority.Issue("a", ["mx.example.org", "example.org"]),
            "common name" => _authority.Issue(Host, []),
            "expired" => _authority.Issue("a", [Host], expired: true),
            _ => stranger.Issue("a", [Host]),
        };
        using var server = new PolicyServer(certificate, stream => Say(stream, Response(Good)));
        Assert.Equal((null, ResultType.StsWebPkiInvalid), (Fetch(server).Policy, Fetch(server).Failure));
        Assert.Equal("", server.Request);
    }

    /// <summary>A server that never comes to an end, by one long body and by drops of one byte.</summary>
    [Theory]
    [InlineData(16_384)]
    [InlineData(1)]
    public void A_body_without_end(int drop)
    {
        using var server = new PolicyServer(Certificate(Host), stream =>
        {
            Say(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
            string text = new('x', drop);
            for (int i = 0; i < 2 * StsPolicyReader.MaxBytes; i += drop)
                Say(stream, text);
        });
        StsFetchResult result = Fetch(server);
        Assert.Equal(ResultType.StsPolicyFetchError, result.Failure);
        Assert.Contains("longer", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_that_is_silent_has_until_the_time_is_over()
    {
        using var silent = new ManualResetEventSlim();
        using var server = new PolicyServer(Certificate(Host), _ => silent.Wait());
        StsFetchResult result = Fetch(server, TimeSpan.FromSeconds(2));
        silent.Set();
        Assert.Equal((ResultType.StsPolicyFetchError, "the policy host cannot be reached"), (result.Failure, result.Reason));
    }

    [Fact]
    public void A_connection_that_is_cut_off_is_no_end()
    {
        using var server = new PolicyServer(Certificate(Host), stream =>
        {
            Say(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + Good);
            throw new IOException("without a farewell");
        });
        Assert.Contains("no whole response", Fetch(server).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_there_and_one_there_is_somebody()
    {
        using var server = new PolicyServer(Certificate(Host), stream => Say(stream, Response(Good)));
        Assert.NotNull(Fetch(server, s_patience, IPAddress.Parse("127.0.0.2"), IPAddress.Loopback).Policy);
        Assert.Equal("the policy host cannot be reached", Fetch(server, s_patience, IPAddress.Parse("127.0.0.2")).Reason);
    }

    private X509Certificate2 Certificate(string name) => _authority.Issue("a", [name]);

    private StsFetchResult Fetch(PolicyServer server) => Fetch(server, s_patience, IPAddress.Loopback);

    private StsFetchResult Fetch(PolicyServer server, TimeSpan limit, params IPAddress[] addresses)
    {
        PolicyHost? host = PolicyHost.Create(_authority.Pem, server.Port, limit, out string problem);
        Assert.True(host is not null, problem);
        return host.Fetch(new PolicyRequest(DnsName.Read("example.org")!, DnsName.Read(Host)!, addresses.Length == 0 ? [IPAddress.Loopback] : [.. addresses]));
    }

    private static string Response(string body) => $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static void Say(Stream stream, string text) => stream.Write(Encoding.ASCII.GetBytes(text));
}
