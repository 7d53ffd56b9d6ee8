using System.Net;
using System.Security.Cryptography;
using Postern.Cli.Explain.Connect;
using Postern.Cli.Output;
using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;

namespace Postern.Cli.Tests.Explain;

/// <summary>What explain --connect prints of a certificate and of a refusal. That it sees what the gate sees is a matter of the whole tests.</summary>
public sealed class ContactTextTests
{
    private static readonly DnsName s_host = DnsName.Read("mx.example.org")!;

    private static readonly HostVerdict s_verdict = new()
    {
        Domain = DnsName.Read("example.org")!,
        Host = s_host,
        Addresses = HostAddresses.Of(null, DnsReply.Denied(new DnsQuestion(s_host, RecordType.A), secure: true, noName: false, s_host).Addresses()),
        Source = PolicySource.Dane,
        Demand = new TlsDemand(TlsProof.Dane, s_host),
        Level = AssuredLevel.Dane,
        MxAuthenticated = true,
        Report = new ReportedPolicy(PolicyType.Tlsa, s_host.Text, [], []),
        Rules = [],
    };

    private static readonly ShownCertificate s_hostile = new()
    {
        DnsNames = ["mx.example.org"],
        Addresses = [],
        NotBefore = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero),
        NotAfter = null,
        Subject = "a\x1b[2J\r\nmx",
        Issuer = "b\u202e\x07",
        IsSelfSigned = false,
        Count = 2,
        Pin = SHA256.HashData("key"u8),
    };

    /// <summary>Taken out: any PeerText.Escape in ContactText.</summary>
    [Fact]
    public void Words_of_a_peer_move_no_cursor()
    {
        string text = Write(new HopContact(s_verdict, IPAddress.Loopback)
        {
            Refusal = new SmtpRefusal(451, "4.7.5", "says \x1b]0;title\x07"),
            Detail = "no \x1b[31m",
            Certificate = s_hostile,
        });
        Assert.DoesNotContain(text, letter => letter != '\n' && (char.IsControl(letter) || letter == '\u202e'));
        Assert.Contains(@"certificate: a\u001B[2J\u000D\u000Amx, by b\u202E\u0007, 2 in the chain", text, StringComparison.Ordinal);
        Assert.Contains($"    key: TLSA 3 1 1 {Convert.ToHexStringLower(SHA256.HashData("key"u8))}\n", text, StringComparison.Ordinal);
        Assert.Contains("    valid: 2026-11-01 00:00:00Z to (no date)\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_record_that_matched_is_told_as_a_zone_has_it()
    {
        string text = Write(new HopContact(s_verdict, IPAddress.Loopback)
        {
            Version = "TLSv1.3",
            Cipher = "TLS_AES_128_GCM_SHA256",
            Authenticated = "mx.example.org",
            Match = new DaneMatch(2, 0, 1, [0xab, 0xcd], 1),
        });
        Assert.Equal("\nConnections\n  mx.example.org[127.0.0.1]: TLSv1.3 TLS_AES_128_GCM_SHA256, authenticated as mx.example.org\n    matches 2 0 1 abcd, at depth 1\n", text);
    }

    [Fact]
    public void Nobody_to_connect_to_is_said()
    {
        var output = new StringWriter();
        ContactText.Write([], new Paint(output, colour: false));
        Assert.Equal("\nConnections\n  there is nobody to connect to\n", output.ToString());
    }

    private static string Write(HopContact contact)
    {
        var output = new StringWriter();
        ContactText.Write([contact], new Paint(output, colour: false));
        return output.ToString();
    }
}
