using System.Net;
using System.Net.Sockets;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios.Outbound;

/// <summary>
/// A domain whose mail host is in a private network, or in this machine: nobody goes there for a stranger, and
/// <c>allow-private</c> is for who has mail hosts there.
/// </summary>
public sealed class PrivateHostTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    /// <summary>Taken out: the word in what the dialer gets (Supervisor.Write makes its piece of the whole snapshot, not of the workers').</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_is_reached_with_the_operators_word_alone(bool allowed)
    {
        using var dns = new LineServer("""
            near.example MX secure 10 mx.near.example
            mx.near.example A secure 127.0.0.1
            mx.near.example AAAA secure -
            """);
        using var host = new TcpListener(IPAddress.Loopback, 0);
        host.Start();
        int port = Workplace.FreePort();
        using var rig = new PosternRig(_place, "private", "workers = 1", $"""
            [[outbound]]
            name = "relay"
            protocol = "smtp"
            listen = ["127.0.0.1:{port}"]
            tls = "plain"
            port = {((IPEndPoint)host.LocalEndpoint).Port}

            [policy]
            allow-private = {(allowed ? "true" : "false")}

            [resolver]
            trust-ad = "{dns.Address}"
            """, [port]);

        using var client = new TcpClient();
        client.Connect(IPAddress.Loopback, port);
        client.ReceiveTimeout = 60_000;
        using var reader = new StreamReader(client.GetStream());
        using var writer = new StreamWriter(client.GetStream()) { AutoFlush = true, NewLine = "\r\n" };
        _ = reader.ReadLine();
        writer.WriteLine("HELO me.example");
        _ = reader.ReadLine();
        writer.WriteLine("MAIL FROM:<>");
        _ = reader.ReadLine();
        writer.WriteLine("RCPT TO:<one@near.example>");
        if (!allowed)
        {
            Assert.Equal("451 4.4.4 mx.near.example for near.example has addresses of private networks only", reader.ReadLine());
            Assert.False(host.Pending());
            return;
        }

        Workplace.WaitFor(host.Pending, () => "nobody came: " + rig.Log);
        using TcpClient came = host.AcceptTcpClient();
        Assert.DoesNotContain(rig.Status().GetProperty("notices").EnumerateArray(), notice => notice.GetString()!.Contains("refused", StringComparison.Ordinal));
    }
}
