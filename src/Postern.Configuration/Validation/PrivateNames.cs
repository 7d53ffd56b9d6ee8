using System.Collections.Immutable;
using System.Net;
using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>Names and addresses that mean somebody else in each network.</summary>
internal static class PrivateNames
{
    // RFC 6761 §6.3, RFC 6762 §3, RFC 8375, and what ICANN has set aside.
    private static readonly ImmutableArray<string> Endings = [".localhost", ".local", ".home.arpa", ".internal"];

    // RFC 1122 §3.2.1.3, RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 §2.5.6.
    private static readonly ImmutableArray<IPNetwork> Networks =
    [
        .. ((string[])["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10"])
            .Select(network => IPNetwork.Parse(network)),
    ];

    /// <param name="name">A host name, or a literal address.</param>
    public static bool Has(string name)
    {
        if (AddressText.TryIp(name) is { } address)
        {
            IPAddress own = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            return Networks.Any(network => network.Contains(own));
        }

        return !name.Contains('.', StringComparison.Ordinal) || Endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
    }
}
