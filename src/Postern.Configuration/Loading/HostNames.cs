using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Loading;

/// <summary>
/// Turns names into addresses, once, with the machine's own resolver (so that /etc/hosts counts). A name that
/// changes its address is looked up again at the next reload.
/// </summary>
internal sealed class HostNames(SourceMap source, ProblemList problems)
{
    /// <summary>More addresses than a connection attempt would ever get to.</summary>
    private const int MaxAddresses = 16;

    private readonly Dictionary<string, ImmutableArray<IPAddress>?> _known = [];

    /// <summary>Every address of a backend, in the resolver's order; empty when there is none, which has been said.</summary>
    public ImmutableArray<ResolvedAddress> Resolve(EndpointAddress address, string key) =>
        address.Path is not null
            ? [new ResolvedAddress { Path = address.Path }]
            : [.. LookUp(address.Host!, key, key).Select(ip => new ResolvedAddress { Ip = ip.ToString(), Port = address.Port })];

    /// <summary>What to bind for a gate's <c>listen</c>: paths and literals only.</summary>
    public ImmutableArray<EndpointAddress> ToListen(GateSettings gate) =>
        [.. gate.Listen.Index().SelectMany(entry => ToListen(entry.Item, $"gate[{gate.Name}].listen", entry.Index + 1))];

    private IEnumerable<EndpointAddress> ToListen(EndpointAddress address, string key, int number) =>
        address.Path is not null
            ? [address]
            : LookUp(address.Host!, key, $"{key}[#{number}]").Select(ip => address with { Host = ip.ToString() });

    private ImmutableArray<IPAddress> LookUp(string host, string key, string place)
    {
        if (AddressText.TryIp(host) is { } literal)
            return [literal];

        if (!_known.TryGetValue(host, out ImmutableArray<IPAddress>? addresses))
        {
            addresses = Ask(host, out string wrong);
            _known.Add(host, addresses);
            if (addresses is null)
                problems.Error(source.Find(place), key, wrong);
        }

        return addresses ?? [];
    }

    private static ImmutableArray<IPAddress>? Ask(string host, out string wrong)
    {
        wrong = $"the host name {Quoted.Word(host)} cannot be resolved: it has no address";
        try
        {
            ImmutableArray<IPAddress> addresses = [.. Dns.GetHostAddresses(host).Where(IsUsable).Distinct().Take(MaxAddresses)];
            return addresses.IsEmpty ? null : addresses;
        }
        catch (SocketException failure)
        {
            wrong = $"the host name {Quoted.Word(host)} cannot be resolved: {Reason(failure.SocketErrorCode)}";
            return null;
        }
    }

    // A link-local address is nothing without the zone that a name does not carry.
    private static bool IsUsable(IPAddress address) => !address.IsIPv6LinkLocal;

    private static string Reason(SocketError error) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData => "it does not exist or has no address",
        SocketError.TryAgain => "no name server answered",
        _ => $"the resolver failed ({error})",
    };
}
