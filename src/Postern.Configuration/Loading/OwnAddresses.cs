using System.Net;
using System.Net.NetworkInformation;

namespace Postern.Configuration.Loading;

/// <summary>The addresses that this machine answers on.</summary>
internal static class OwnAddresses
{
    public static bool Contain(IPAddress address) => IPAddress.IsLoopback(address) || Interfaces().Contains(address);

    private static HashSet<IPAddress> Interfaces()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(each => each.GetIPProperties().UnicastAddresses).Select(each => each.Address)];
        }
        catch (NetworkInformationException)
        {
            // Then a loop is not seen beforehand; its connections end at max-connections.
            return [];
        }
    }
}
