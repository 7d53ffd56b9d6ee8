using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Cli.Live;
using Postern.Configuration;
using Postern.Configuration.Settings;

namespace Postern.Cli.Tests.Live;

/// <summary>Backends on loopback that are wrong in one way each, and what is said of them.</summary>
public sealed class BackendCheckTests
{
    private static readonly byte[] s_signature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    [Fact]
    public async Task A_good_backend_is_not_spoken_of()
    {
        using var backend = new FalseBackend(Imap);
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
        using var backend = new FalseBackend(async socket =>
        {
            if (await StartsWith(socket, s_signature, alsoTake: 4))
                await (protocol == "imap" ? Imap(socket) : Smtp(socket));
        });
        string found = await Only(backend.Address, protocol);
        Assert.StartsWith("waits for a PROXY header: set proxy-protocol = \"v2\"", found);
        Assert.Contains(setting, found);
    }

    [Fact]
    public async Task A_backend_that_reads_version_1_alone_is_found_out()
    {
        using var backend = new FalseBackend(async socket =>
        {
            if (await StartsWith(socket, "PROXY TCP4 127.0.0.1 127.0.0.1 "u8.ToArray(), alsoTake: 0) && await Line(socket) is not null)
                await Imap(socket);
        });
        Assert.StartsWith("waits for a PROXY header: set proxy-protocol = \"v1\"", await Only(backend.Address, "imap"));
        Assert.StartsWith("does not read this version of the PROXY header", await Only(backend.Address, "imap", ProxyHeader.V2));
    }

    [Theory]
    [InlineData(ProxyHeader.V1)]
    [InlineData(ProxyHeader.V2)]
    public async Task A_backend_that_takes_the_header_for_a_command_is_found_out(ProxyHeader version)
    {
        using var backend = new FalseBackend(Smtp);
        string found = await Only(backend.Address, "smtp", version);
        Assert.StartsWith("takes the PROXY header for a command", found);
        Assert.Contains("smtpd_upstream_proxy_protocol=haproxy", found);
    }

    [Fact]
    public async Task A_client_from_far_away_is_judged_and_not_our_own_machine()
    {
        // As Dovecot does: a login in the clear for LOCAL, and for who comes with TLS; not for the others.
        using var backend = new FalseBackend(async socket =>
        {
            string header = await Line(socket) ?? "";
            await Imap(socket, header.Contains("192.0.2.1", StringComparison.Ordinal) ? " LOGINDISABLED" : "");
        });
        Assert.StartsWith("says LOGINDISABLED", await Only(backend.Address, "imap", ProxyHeader.V1));
    }

    [Fact]
    public async Task A_port_of_another_protocol_is_told_by_its_greeting()
    {
        using var backend = new FalseBackend(socket => Write(socket, "+OK \x1b[2J ready\r\n"));
        Assert.StartsWith("greets with '+OK \\x1B[2J ready', which is not IMAP", await Only(backend.Address, "imap"));
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
        using var backend = new FalseBackend(async socket =>
        {
            await using var tls = new SslStream(new NetworkStream(socket));
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
        [.. (await new BackendCheck(Backend.Gate(protocol, proxy: proxy), address, "gate.example").Run()).Select(finding => finding.Message)];

    private static async Task<string> Only(ResolvedAddress address, string protocol, ProxyHeader proxy = ProxyHeader.None) =>
        Assert.Single(await Check(address, protocol, proxy));

    private static Task Imap(Socket socket) => Imap(socket, "");

    private static async Task Imap(Socket socket, string capability)
    {
        await Write(socket, "* OK ready\r\n");
        while (await Line(socket) is { } line)
        {
            string tag = line.Split(' ')[0];
            await Write(socket, line.EndsWith("CAPABILITY", StringComparison.Ordinal)
                ? $"* CAPABILITY IMAP4rev1 AUTH=PLAIN{capability}\r\n{tag} OK Done\r\n"
                : $"{tag} BAD Unknown command\r\n");
        }
    }

    private static async Task Smtp(Socket socket)
    {
        await Write(socket, "220 mx ESMTP Postfix\r\n");
        while (await Line(socket) is { } line)
        {
            await Write(socket, line.StartsWith("EHLO ", StringComparison.Ordinal) ? "250 mx\r\n" : "502 5.5.2 Error: command not recognized\r\n");
        }
    }

    private static async Task Write(Socket socket, string text) => await socket.SendAsync(Encoding.Latin1.GetBytes(text));

    private static async Task<string?> Line(Socket socket)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await socket.ReceiveAsync(one) == 1)
        {
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');
            _ = line.Append((char)one[0]);
        }

        return null;
    }

    /// <summary>As a server does that waits for a header: whoever says something else is cut off.</summary>
    private static async Task<bool> StartsWith(Socket socket, byte[] wanted, int alsoTake)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        byte[] one = new byte[1];
        for (int i = 0; i < wanted.Length + alsoTake; i++)
        {
            if (await socket.ReceiveAsync(one, patience.Token) == 0 || (i < wanted.Length && one[0] != wanted[i]))
                return false;
        }

        return true;
    }

    private sealed class FalseBackend : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly Func<Socket, Task> _serve;

        public FalseBackend(Func<Socket, Task> serve)
        {
            _serve = serve;
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen();
            Address = new ResolvedAddress { Ip = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndPoint!).Port };
            _ = Accept();
        }

        public ResolvedAddress Address { get; }

        public void Dispose() => _listener.Dispose();

        private async Task Accept()
        {
            try
            {
                while (true)
                    _ = Serve(await _listener.AcceptAsync());
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task Serve(Socket socket)
        {
            using (socket)
            {
                try
                {
                    await _serve(socket);
                }
                catch (Exception left) when (left is SocketException or OperationCanceledException or IOException
                    or System.Security.Authentication.AuthenticationException)
                {
                    // The check has left, as it may.
                }
            }
        }
    }
}
