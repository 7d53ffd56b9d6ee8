using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Policy.MtaSts;
using Postern.Resolver.Policies;
using Postern.Resolver.Reports;

namespace Postern.Resolver.Tests;

/// <summary>Reports brought to real sockets: by HTTPS to a host with a certificate that nobody trusts, and to an MTA.</summary>
public sealed class ReportCarrierTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    /// <summary>The host's certificate is expired and for somebody else, and as the standard has it, that does not matter.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true, "HTTP 200")]
    [InlineData("HTTP/1.1 201 Created\r\n\r\nwithout an end", true, "HTTP 201")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", true, "HTTP 204")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\n\r\n", false, "the host redirects (HTTP 302), which is not followed")]
    [InlineData("HTTP/1.1 500 Oh\r\n\r\n", false, "HTTP 500")]
    [InlineData("220 mail.example ESMTP\r\n", false, "the host gave no answer")]
    [InlineData("", false, "the host gave no answer")]
    public void A_post(string answer, bool taken, string outcome)
    {
        byte[] report = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31))];
        using X509Certificate2 certificate = _authority.Issue("a", ["elsewhere.example"], expired: true);
        using var server = new PolicyServer(certificate, stream => stream.Write(Encoding.ASCII.GetBytes(answer)));
        Carried carried = Carrier().Post(new Uri($"https://reports.example:{server.Port}/v1"), [IPAddress.Loopback], report, s_limit);
        Assert.Equal(new Carried(taken, outcome), carried);
        Assert.Equal("reports.example", server.ServerName);
        Assert.StartsWith($"POST /v1 HTTP/1.1\r\nHost: reports.example:{server.Port}\r\n", server.Request, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/tlsrpt+gzip\r\n", server.Request, StringComparison.Ordinal);
        Assert.Equal(report, server.Body);
    }

    [Fact]
    public void Nobody_there()
    {
        using var held = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        held.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var nobody = (IPEndPoint)held.LocalEndPoint!;
        Assert.Equal(new Carried(false, "the host cannot be reached"), Carrier().Post(new Uri($"https://reports.example:{nobody.Port}/"), [IPAddress.Loopback], [1], s_limit));
        Carried mail = Carrier(nobody).Mail("a@gate.example", "b@example.org", "x\r\n"u8.ToArray(), s_limit);
        Assert.Equal((false, true), (mail.IsTaken, mail.Outcome.StartsWith($"the relay {nobody} cannot be reached: ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_mail()
    {
        using var sink = new SmtpSink();
        byte[] letter = Encoding.ASCII.GetBytes("Subject: a\r\n\r\n" + string.Concat(Enumerable.Repeat(".dots and no dots\r\n", 5000)));
        Carried carried = Carrier(sink.Address).Mail("reports@gate.example", "tls@example.org", letter, s_limit);
        Assert.Equal(new Carried(true, "250 2.0.0 it is here"), carried);
        Assert.Equal(("reports@gate.example", "tls@example.org"), (sink.Mails.Single().From, sink.Mails.Single().To));
        Assert.Equal(letter, sink.Mails.Single().Text);
    }

    [Fact]
    public void A_mail_that_is_refused()
    {
        using var sink = new SmtpSink { Refuses = "550 5.7.1 not from you" };
        Assert.Equal(new Carried(false, "550 5.7.1 not from you"), Carrier(sink.Address).Mail("reports@gate.example", "tls@example.org", "x\r\n"u8.ToArray(), s_limit));
        Assert.Empty(sink.Mails);
    }

    /// <summary>RFC 5321 §4.5.3.2.6. Taken out: the limit of its own behind the final dot.</summary>
    [Fact]
    public void An_MTA_that_thinks_about_a_mail_is_waited_for()
    {
        using var sink = new SmtpSink { Thinks = TimeSpan.FromSeconds(6) };
        Assert.Equal(new Carried(true, "250 2.0.0 it is here"), Carrier(sink.Address).Mail("reports@gate.example", "tls@example.org", "x\r\n"u8.ToArray(), TimeSpan.FromSeconds(5)));
        Assert.Single(sink.Mails);
    }

    private ReportCarrier Carrier(IPEndPoint? relay = null)
    {
        PolicyHost? host = PolicyHost.Create(_authority.Pem, 1, StsFetch.TimeLimit, out string problem);
        Assert.True(host is not null, problem);
        return new ReportCarrier(host, relay ?? new IPEndPoint(IPAddress.Loopback, 1), "gate.example");
    }
}
