using System.Net;
using Postern.Engine.Gates;
using Postern.Interop.LibC;
using Xunit;

namespace Postern.Engine.Tests;

public sealed class NetworkListTests
{
    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.255", true)]
    [InlineData("192.0.2.0/24", "192.0.3.0", false)]
    [InlineData("192.0.2.128/25", "192.0.2.127", false)]
    [InlineData("192.0.2.128/25", "192.0.2.128", true)]
    [InlineData("10.0.0.0/8", "10.255.0.1", true)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("::1/128", "::1", true)]
    public void An_address_is_in_a_network_or_not(string network, string address, bool expected)
    {
        var list = new NetworkList([IPNetwork.Parse(network)]);
        byte[] bytes = IPAddress.Parse(address).GetAddressBytes();
        var client = new Endpoint(bytes.Length == 4 ? EndpointFamily.V4 : EndpointFamily.V6, bytes, 1);
        Assert.Equal(expected, list.Contains(client));
    }
}
