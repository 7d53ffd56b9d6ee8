using System.Net;
using System.Net.Sockets;
using CsCheck;
using Postern.Configuration;
using Postern.Interop.LibC;
using Postern.Roles.Dialer;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>Configured backends and nothing else. Taken out: a bound in DialDesk.Answer (an exception, or another gate's backend).</summary>
public sealed class DialDeskTests
{
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
            Assert.True(desk.Answer(Request(0, route, 0), out int fd) is 0 or -Errno.InProgress);
            using Socket accepted = listener.AcceptSocket();
            Assert.True(accepted.Connected);
            Descriptor.Close(fd);
        }
    }

    [Fact]
    public void Nobody_listening_is_said_or_comes_later()
    {
        using var gone = new TcpListener(IPAddress.Loopback, 0);
        gone.Start();
        DialDesk desk = Desk(gone, gone);
        gone.Stop();
        int result = desk.Answer(Request(0, -1, 0), out int fd);
        Assert.True(result is -Errno.ConnectionRefused or -Errno.InProgress);
        if (fd >= 0)
            Descriptor.Close(fd);
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
        Assert.Equal(DialDesk.Refused, Desk(listener, listener).Answer(Request(gate, route, address), out int fd));
        Assert.Equal(-1, fd);
        Assert.False(listener.Pending());
    }

    [Fact]
    public void Whatever_a_worker_sends_is_answered()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        DialDesk desk = Desk(listener, listener);
        Gen.Byte.Array[0, 9].Where(bytes => bytes.Length != DialRequest.Size || bytes[0] + bytes[1] != 0).Sample(bytes =>
        {
            Assert.Equal(DialDesk.Refused, desk.Answer(bytes, out int fd));
            Assert.Equal(-1, fd);
        });
    }

    private static byte[] Request(int gate, int route, int address)
    {
        byte[] bytes = new byte[DialRequest.Size];
        new DialRequest(gate, route, address).Write(bytes);
        return bytes;
    }

    private static DialDesk Desk(TcpListener own, TcpListener routed) =>
        new(new BackendSnapshot { Gates = [[[Address(own)], [Address(routed)]]] });

    private static ResolvedAddress Address(TcpListener listener) =>
        new() { Ip = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port };
}
