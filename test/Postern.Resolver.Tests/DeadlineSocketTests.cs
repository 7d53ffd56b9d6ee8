using System.Net;
using System.Net.Sockets;

namespace Postern.Resolver.Tests;

/// <summary>One of a host's addresses, and the time that is left then.</summary>
public sealed class DeadlineSocketTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public DeadlineSocketTests() => _listener.Start();

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    /// <summary>Taken out: the turns of the families.</summary>
    [Fact]
    public void A_machine_without_IPv6_reaches_a_host_with_many_addresses_of_it()
    {
        IPAddress[] addresses = [.. Enumerable.Repeat(IPAddress.IPv6Loopback, 8), IPAddress.Loopback];
        using DeadlineSocket? socket = DeadlineSocket.First([.. addresses], Port, TimeSpan.FromSeconds(60));
        Assert.NotNull(socket);
    }

    /// <summary>An address has its share of the time for the connection alone. Taken out: Restart in First.</summary>
    [Fact]
    public void What_follows_the_connection_has_all_the_time_that_is_left()
    {
        using DeadlineSocket? socket = DeadlineSocket.First([IPAddress.Loopback, IPAddress.IPv6Loopback], Port, TimeSpan.FromSeconds(8));
        using Socket peer = _listener.AcceptSocket();
        Thread.Sleep(TimeSpan.FromSeconds(4.5));
        _ = peer.Send("x"u8);
        Assert.Equal(1, socket!.Receive(new byte[1]));
    }
}
