using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using CsCheck;
using Postern.Configuration;
using Postern.Interop.LibC;
using Postern.Roles.Dialer;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>Configured backends and nothing else. Taken out: a bound in DialDesk.Answer (an exception, or another gate's backend).</summary>
public sealed class DialDeskTests
{
    private const uint Number = 0x89abcdef;

    /// <summary>The gates of <see cref="Out"/> that lead out.</summary>
    private const int Mail = 1;

    private const int Xmpp = 2;

    [Fact]
    public void A_configured_backend_is_reached()
    {
        using var own = new TcpListener(IPAddress.Loopback, 0);
        using var routed = new TcpListener(IPAddress.Loopback, 0);
        own.Start();
        routed.Start();
        DialDesk desk = Desk(own, routed);
        foreach ((int route, TcpListener listener) in ((int, TcpListener)[])[(-1, own), (0, routed)])
        {
            Assert.True(desk.Answer(Request(0, route, 0), out uint number, out int fd) is 0 or -Errno.InProgress);
            Assert.Equal(Number, number);
            using Socket accepted = listener.AcceptSocket();
            Assert.True(accepted.Connected);
            Descriptor.Close(fd);
        }
    }

    /// <summary>Taken out: the answer to the second connect, which has the error and leaves none for the worker.</summary>
    [Fact]
    public void Nobody_listening_is_said_or_comes_later()
    {
        using var gone = new TcpListener(IPAddress.Loopback, 0);
        gone.Start();
        DialDesk desk = Desk(gone, gone);
        gone.Stop();
        int result = desk.Answer(Request(0, -1, 0), out _, out int fd);
        Assert.True(result is -Errno.ConnectionRefused or -Errno.InProgress);
        if (fd < 0)
            return;

        int pending = 0;
        Assert.True(SpinWait.SpinUntil(() => (pending = StreamSocket.PendingError(fd)) != 0, TimeSpan.FromSeconds(20)), "the socket looks connected");
        Descriptor.Close(fd);
        Assert.Equal(-Errno.ConnectionRefused, pending);
    }

    /// <summary>A firewall, or a unix socket that is somebody else's: no reason to look for an intruder. Taken out: a value for refusals that no errno has.</summary>
    [Fact]
    public void A_connect_that_may_not_be_is_no_refusal()
    {
        Assert.True(DialDesk.Refused > 0);
        string directory = Directory.CreateTempSubdirectory("postern-dial").FullName;
        string path = Path.Combine(directory, "socket");
        int listener = StreamSocket.Listen(Postern.Interop.LibC.SocketAddress.Unix(path), 1);
        File.SetUnixFileMode(path, UnixFileMode.None);
        var desk = new DialDesk(new BackendSnapshot { Gates = [[[new ResolvedAddress { Path = path }]]] });
        int result = 0;

        // Of this thread only: another user for the file system, who may not.
        var other = new Thread(() =>
        {
            _ = setfsuid(65534);
            result = desk.Answer(Request(0, -1, 0), out _, out _);
        });
        other.Start();
        other.Join();
        Descriptor.Close(listener);
        Directory.Delete(directory, recursive: true);
        Assert.Equal(-Errno.Access, result);
    }

    [Theory]
    [InlineData(1, -1, 0)]
    [InlineData(65535, -1, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(0, 65534, 0)]
    [InlineData(0, -1, 1)]
    [InlineData(0, 0, 65535)]
    public void Anything_else_is_refused(int gate, int route, int address)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.Equal(DialDesk.Refused, Desk(listener, listener).Answer(Request(gate, route, address), out uint number, out int fd));
        Assert.Equal(Number, number);
        Assert.Equal(-1, fd);
        Assert.False(listener.Pending());
    }

    [Fact]
    public void Whatever_a_worker_sends_is_answered()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        DialDesk desk = Desk(listener, listener);
        Gen.Byte.Array[0, 12].Where(bytes => bytes.Length != DialRequest.Size || bytes[4] + bytes[5] != 0).Sample(bytes =>
        {
            Assert.Equal(DialDesk.Refused, desk.Answer(bytes, out _, out int fd));
            Assert.Equal(-1, fd);
        });
    }

    /// <summary>Taken out: the gate's port in DialDesk.AnswerHop.</summary>
    [Fact]
    public void A_gate_that_leads_out_reaches_a_host_at_its_port()
    {
        using var host = new TcpListener(IPAddress.Loopback, 0);
        host.Start();
        int port = ((IPEndPoint)host.LocalEndpoint).Port;
        DialDesk desk = Out(port, allowsPrivate: true);
        Assert.True(desk.Answer(Hop(Mail, IPAddress.Loopback, port), out uint number, out int fd) is 0 or -Errno.InProgress);
        Assert.Equal(Number, number);
        using Socket accepted = host.AcceptSocket();
        Descriptor.Close(fd);
    }

    [Fact]
    public void A_gate_for_XMPP_reaches_a_host_at_the_port_that_SRV_names()
    {
        using var host = new TcpListener(IPAddress.Loopback, 0);
        host.Start();
        int port = ((IPEndPoint)host.LocalEndpoint).Port;
        Assert.True(Out(1, allowsPrivate: true).Answer(Hop(Xmpp, IPAddress.Loopback, port), out _, out int fd) is 0 or -Errno.InProgress);
        using Socket accepted = host.AcceptSocket();
        Descriptor.Close(fd);
    }

    /// <summary>Taken out: the port in DialDesk.AnswerHop; OutboundPorts.Mail.</summary>
    [Theory]
    [InlineData(Mail, 25)]
    [InlineData(Mail, 5269)]
    [InlineData(Mail, 0)]
    [InlineData(Xmpp, 25)]
    [InlineData(Xmpp, 465)]
    [InlineData(Xmpp, 587)]
    [InlineData(Xmpp, 0)]
    public void Another_port_is_refused(int gate, int port)
    {
        Assert.Equal(DialDesk.Refused, Out(2525, allowsPrivate: true).Answer(Hop(gate, IPAddress.Loopback, port), out _, out int fd));
        Assert.Equal(-1, fd);
    }

    /// <summary>A gate with a backend, one that does not exist, and this machine itself. Taken out: PublicAddress in DialDesk.AnswerHop.</summary>
    [Theory]
    [InlineData(0, "127.0.0.1", true)]
    [InlineData(3, "127.0.0.1", true)]
    [InlineData(65535, "127.0.0.1", true)]
    [InlineData(Mail, "127.0.0.1", false)]
    [InlineData(Mail, "::1", false)]
    [InlineData(Mail, "::ffff:10.0.0.1", false)]
    [InlineData(Mail, "10.1.2.3", false)]
    [InlineData(Mail, "fe80::1", false)]
    [InlineData(Xmpp, "127.0.0.1", false)]
    [InlineData(Xmpp, "10.1.2.3", false)]
    public void Other_ways_out_are_refused(int gate, string address, bool allowsPrivate)
    {
        using var host = new TcpListener(IPAddress.Loopback, 0);
        host.Start();
        int port = ((IPEndPoint)host.LocalEndpoint).Port;
        DialDesk desk = Out(port, allowsPrivate);
        Assert.Equal(DialDesk.Refused, desk.Answer(Hop(gate, IPAddress.Parse(address), port), out _, out int fd));
        Assert.Equal(-1, fd);
        Assert.False(host.Pending());
    }

    [Fact]
    public void An_address_and_a_port_cross_as_they_are() =>
        Gen.Select(Gen.Byte.Array[16].Select(bytes => new IPAddress(bytes)), Gen.Int[0, 65535]).Sample((address, port) =>
        {
            Assert.True(HopRequest.TryRead(Hop(3, address, port), out uint number, out HopRequest request));
            Assert.Equal((Number, 3, port), (number, request.Gate, request.Port));
            Assert.Equal(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, request.Address);
        });

    private static DialDesk Out(int mailPort, bool allowsPrivate) => new(new BackendSnapshot
    {
        Gates = [[[new ResolvedAddress { Ip = "127.0.0.1", Port = 1 }]], [[]], [[]]],
        OutboundPorts = [new OutboundPorts(0, AsSrvNames: false), new OutboundPorts(mailPort, AsSrvNames: false), new OutboundPorts(0, AsSrvNames: true)],
        AllowsPrivate = allowsPrivate,
    });

    private static byte[] Hop(int gate, IPAddress address, int port)
    {
        byte[] bytes = new byte[HopRequest.Size];
        new HopRequest(gate, address, port).Write(Number, bytes);
        return bytes;
    }

    [DllImport("libc")]
    private static extern int setfsuid(uint user);

    private static byte[] Request(int gate, int route, int address)
    {
        byte[] bytes = new byte[DialRequest.Size];
        new DialRequest(gate, route, address).Write(Number, bytes);
        return bytes;
    }

    private static DialDesk Desk(TcpListener own, TcpListener routed) =>
        new(new BackendSnapshot { Gates = [[[Address(own)], [Address(routed)]]] });

    private static ResolvedAddress Address(TcpListener listener) =>
        new() { Ip = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port };
}
