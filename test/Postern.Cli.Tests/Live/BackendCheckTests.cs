using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Postern.Cli.Live;
using Postern.Configuration;
using Postern.Configuration.Settings;

namespace Postern.Cli.Tests.Live;

/// <summary>Plain backends on loopback that are wrong in one way each, and what is said of them.</summary>
public sealed class BackendCheckTests
{
    private static readonly byte[] s_signature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    [Fact]
    public async Task A_good_backend_is_not_spoken_of()
    {
        using var backend = new FalseBackend(wire => Script.Imap(wire));
        Assert.Empty(await Check(backend.Address, "imap"));
    }

    [Fact]
    public async Task A_port_where_nothing_listens_refuses()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)closed.LocalEndPoint!).Port;
        Assert.StartsWith("refuses the connection", await Only(new ResolvedAddress { Ip = "127.0.0.1", Port = port }, "imap"));
    }

    [Fact]
    public async Task A_socket_file_that_is_missing_or_left_over_is_told_apart()
    {
        using var folder = new Folder();
        var address = new ResolvedAddress { Path = folder.At("lmtp") };
        Assert.StartsWith("does not exist", await Only(address, "lmtp"));
        using var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        left.Bind(new UnixDomainSocketEndPoint(address.Path));
        Assert.StartsWith("is a socket that nobody listens on", await Only(address, "lmtp"));
    }

    [Fact]
    public void Who_may_not_open_a_socket_file_is_named() =>
        Assert.Contains("may not be opened by user " + Environment.UserName, BackendCheck.NotThere(SocketError.AccessDenied, isPath: true));

    [Theory]
    [InlineData("imap", "haproxy = yes")]
    [InlineData("smtp", "smtpd_upstream_proxy_protocol")]
    public async Task A_backend_that_waits_for_a_header_is_found_out(string protocol, string setting)
    {
        using var backend = new FalseBackend(async wire =>
        {
            if (await StartsWith(wire, s_signature, alsoTake: 4))
                await (protocol == "imap" ? Script.Imap(wire) : Script.Smtp(wire));
        });
        string found = await Only(backend.Address, protocol);
        Assert.StartsWith("waits for a PROXY header: set proxy-protocol = \"v2\"", found);
        Assert.Contains(setting, found);
    }

    [Fact]
    public async Task A_backend_that_reads_version_1_alone_is_found_out()
    {
        using var backend = new FalseBackend(async wire =>
        {
            if (await StartsWith(wire, "PROXY TCP4 127.0.0.1 127.0.0.1 "u8.ToArray(), alsoTake: 0) && await Script.Line(wire) is not null)
                await Script.Imap(wire);
        });
        Assert.StartsWith("waits for a PROXY header: set proxy-protocol = \"v1\"", await Only(backend.Address, "imap"));
        Assert.StartsWith("does not read this version of the PROXY header", await Only(backend.Address, "imap", ProxyHeader.V2));
    }

    [Theory]
    [InlineData(ProxyHeader.V1)]
    [InlineData(ProxyHeader.V2)]
    public async Task A_backend_that_takes_the_header_for_a_command_is_found_out(ProxyHeader version)
    {
        using var backend = new FalseBackend(wire => Script.Smtp(wire));
        string found = await Only(backend.Address, "smtp", version);
        Assert.StartsWith("takes the PROXY header for a command", found);
        Assert.Contains("smtpd_upstream_proxy_protocol=haproxy", found);
    }

    [Fact]
    public async Task A_client_from_far_away_is_judged_and_not_our_own_machine()
    {
        // As Dovecot does: a login in the clear for LOCAL, and for who comes with TLS; not for the others.
        using var backend = new FalseBackend(async wire =>
        {
            string header = await Script.Line(wire) ?? "";
            await Script.Imap(wire, header.Contains("192.0.2.1", StringComparison.Ordinal) ? " LOGINDISABLED" : "");
        });
        Assert.StartsWith("says LOGINDISABLED", await Only(backend.Address, "imap", ProxyHeader.V1));
    }

    [Fact]
    public async Task A_port_of_another_protocol_is_told_by_its_greeting()
    {
        using var backend = new FalseBackend(wire => Script.Write(wire, "+OK \x1b[2J ready\r\n"));
        Assert.StartsWith("greets with '+OK \\x1B[2J ready', which is not IMAP", await Only(backend.Address, "imap"));
    }

    /// <summary>Dovecot 2.3.19 does so now and then, and is right all the same.</summary>
    [Fact]
    public async Task A_backend_that_leaves_a_command_unanswered_is_asked_once_more()
    {
        int connections = 0;
        using var backend = new FalseBackend(wire => Interlocked.Increment(ref connections) == 1 ? Mute(wire) : Script.Imap(wire));
        Assert.Empty(await Check(backend.Address, "imap"));

        using var mute = new FalseBackend(Mute);
        Assert.Equal("greets, and twice leaves a command unanswered for 5 s: see its log", await Only(mute.Address, "imap"));

        static async Task Mute(Stream wire)
        {
            await Script.Write(wire, "* OK ready\r\n");
            while (await Script.Line(wire) is not null)
            {
            }
        }
    }

    [Fact]
    public async Task A_backend_that_closes_in_place_of_an_answer_is_told()
    {
        using var backend = new FalseBackend(async wire =>
        {
            await Script.Write(wire, "* OK ready\r\n");
            _ = await Script.Line(wire);
        });
        Assert.Equal("closes the connection in place of an answer: see its log", await Only(backend.Address, "imap"));
    }

    [Fact]
    public async Task A_backend_that_hangs_up_is_told()
    {
        using var backend = new FalseBackend(_ => Task.CompletedTask);
        Assert.StartsWith("closes the connection without a word", await Only(backend.Address, "imap"));
        Assert.Contains("haproxy_trusted_networks", await Only(backend.Address, "imap", ProxyHeader.V2));
    }

    [Fact]
    public async Task A_port_that_speaks_tls_is_found_out()
    {
        using var folder = new Folder();
        using X509Certificate2 pem = X509Certificate2.CreateFromPemFile(folder.At("chain.pem"), folder.At("key.pem"));
        using var backend = new FalseBackend(async wire =>
        {
            await using var tls = new SslStream(wire);
            await tls.AuthenticateAsServerAsync(pem);
        });
        string found = await Only(backend.Address, "imap", ProxyHeader.None);
        Assert.StartsWith("speaks TLS itself", found);
        Assert.Contains("ssl = no", found);
    }

    [Fact]
    public async Task Of_tcp_it_is_known_only_whether_it_is_there()
    {
        using var backend = new FalseBackend(_ => Task.CompletedTask);
        Assert.Empty(await Check(backend.Address, "tcp"));
    }

    private static async Task<string[]> Check(ResolvedAddress address, string protocol, ProxyHeader proxy = ProxyHeader.None) =>
        [.. (await new PlainBackendCheck(Backend.Gate(protocol, proxy: proxy), address, "gate.example").Run()).Select(finding => finding.Message)];

    private static async Task<string> Only(ResolvedAddress address, string protocol, ProxyHeader proxy = ProxyHeader.None) =>
        Assert.Single(await Check(address, protocol, proxy));

    /// <summary>As a server does that waits for a header: whoever says something else is cut off.</summary>
    private static async Task<bool> StartsWith(Stream wire, byte[] wanted, int alsoTake)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        byte[] one = new byte[1];
        for (int i = 0; i < wanted.Length + alsoTake; i++)
        {
            if (await wire.ReadAsync(one, patience.Token) == 0 || (i < wanted.Length && one[0] != wanted[i]))
                return false;
        }

        return true;
    }
}
