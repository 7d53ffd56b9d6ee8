using System.Net;

namespace Postern.Policy.Dns;

/// <summary>Addresses of the internet, and of nobody's own network.</summary>
public static class PublicAddress
{
    /// <summary>
    /// Whether a stranger may name it: a policy is fetched from a host, and mail goes to one, that whoever owns a domain chooses, from
    /// inside this network (server-side request forgery).
    /// </summary>
    /// <remarks>An IPv4 address in the clothes of IPv6 (<c>::ffff:10.0.0.1</c>) is to <see cref="IPNetwork"/> what it is.</remarks>
    public static bool Is(IPAddress address) => !PrivateNetworks.Any(network => network.Contains(address));

    // The registries of RFC 6890: special addresses that are not globally reachable, and those that carry an IPv4 address inside.
    private static readonly IPNetwork[] PrivateNetworks =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
            "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        ]).Select(IPNetwork.Parse),
    ];
}
