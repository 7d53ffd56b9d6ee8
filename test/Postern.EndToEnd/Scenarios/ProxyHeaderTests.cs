using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.EndToEnd.Rigs;
using Postern.Protocols;
using Postern.Protocols.ProxyProtocol;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Postfix and Dovecot read every PROXY header that we could write: of a client with a large certificate, and of one that
/// came by a unix socket. They are choosier than the specification: Postfix reads 536 bytes and Dovecot 1500, and neither
/// takes PROXY with AF_UNSPEC.
/// </summary>
[Collection(nameof(MailHost))]
public sealed class ProxyHeaderTests(MailHost host)
{
    [Theory]
    [InlineData(0)]
    [InlineData(350)]
    [InlineData(1_000)]
    [InlineData(3_000)]
    [InlineData(60_000)]
    public void Client_certificates_of_any_size_are_no_obstacle(int size)
    {
        byte[] certificate = new byte[size];
        Assert.StartsWith("220 ", Greeting(host.Postfix.Smtp, "smtp", Client("192.0.2.1", certificate)), StringComparison.Ordinal);
        Assert.StartsWith("* OK ", Greeting(host.Dovecot.Imap, "imap", Client("2001:db8::1", certificate)), StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_of_a_unix_socket_are_heard()
    {
        ProxyHeaderFacts facts = Client(address: null, []);
        Assert.StartsWith("220 ", Greeting(host.Postfix.Smtp, "smtp", facts), StringComparison.Ordinal);
        Assert.StartsWith("* OK ", Greeting(host.Dovecot.Imap, "imap", facts), StringComparison.Ordinal);
        Assert.StartsWith("+OK ", Greeting(host.Dovecot.Pop3, "pop3", facts), StringComparison.Ordinal);
    }

    private static ProxyHeaderFacts Client(string? address, byte[] certificate)
    {
        ProxyAddress endpoint = address is null ? default : new ProxyAddress(IPAddress.Parse(address).GetAddressBytes(), 40_000);
        return new ProxyHeaderFacts
        {
            Source = endpoint,
            Destination = endpoint,
            TlsVersion = "TLSv1.3",
            Cipher = "TLS_AES_256_GCM_SHA384",
            ServerName = "mail.example.test",
            ClientCertificate = certificate,
            CommonName = "alice",
            Verified = true,
            ChannelBinding = new byte[32],
        };
    }

    private static string Greeting(int port, string protocol, ProxyHeaderFacts facts)
    {
        var header = new ByteWriter(new byte[16 * 1024]);
        ProxyHeaderWriter.WriteV2(facts, ProtocolList.Find(protocol)!.MaxProxyHeader, new byte[16 * 1024], ref header);
        using var client = new TcpClient { ReceiveTimeout = 10_000 };
        client.Connect(IPAddress.Loopback, port);
        client.GetStream().Write(header.Written);
        byte[] greeting = new byte[512];
        return Encoding.ASCII.GetString(greeting, 0, client.GetStream().Read(greeting));
    }
}
