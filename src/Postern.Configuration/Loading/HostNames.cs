using System.Collections.Immutable;
using System.Net;
using Postern.Configuration.Discovery;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Loading;

/// <summary>
/// Turns names into addresses, each once. A name that changes its address is looked up again at the next reload.
/// </summary>
internal sealed class HostNames(SourceMap source, ProblemList problems, IResolver resolver)
{
    /// <summary>More addresses than a connection attempt would ever get to.</summary>
    public const int MaxAddresses = 16;

    private readonly Dictionary<string, (ImmutableArray<IPAddress> Addresses, string Wrong)> _known = [];

    /// <summary>Names whose failure has been said.</summary>
    private readonly HashSet<string> _said = [];

    /// <summary>Every address of a backend, in the resolver's order; empty when there is none, which has been said.</summary>
    public ImmutableArray<ResolvedAddress> Resolve(EndpointAddress address, string key) =>
        address.Path is not null
            ? [new ResolvedAddress { Path = address.Path }]
            : [.. LookUp(address.Host!, key, key).Select(ip => new ResolvedAddress { Ip = ip.ToString(), Port = address.Port, Host = AddressText.TryIp(address.Host!) is null ? address.Host : null })];

    /// <summary>What to bind for a gate's <c>listen</c>: paths and literals only.</summary>
    public ImmutableArray<EndpointAddress> ToListen(GateSettings gate) =>
        [.. gate.Listen.Index().SelectMany(entry => ToListen(entry.Item, gate.Key + ".listen", entry.Index + 1))];

    /// <summary>A host's addresses; empty when there is none, and why as the end of a sentence.</summary>
    public ImmutableArray<IPAddress> LookUp(string host, out string wrong)
    {
        wrong = "";
        if (AddressText.TryIp(host) is { } literal)
            return [literal];

        if (!_known.TryGetValue(host, out (ImmutableArray<IPAddress> Addresses, string Wrong) known))
        {
            ImmutableArray<IPAddress> addresses = resolver.Addresses(host, out string why);
            known = ([.. addresses.Take(MaxAddresses)], why);
            _known.Add(host, known);
        }

        wrong = known.Wrong;
        return known.Addresses;
    }

    private IEnumerable<EndpointAddress> ToListen(EndpointAddress address, string key, int number) =>
        address.Path is not null
            ? [address]
            : LookUp(address.Host!, key, $"{key}[#{number}]").Select(ip => address with { Host = ip.ToString() });

    private ImmutableArray<IPAddress> LookUp(string host, string key, string place)
    {
        ImmutableArray<IPAddress> addresses = LookUp(host, out string wrong);
        if (addresses.IsEmpty && _said.Add(host))
            problems.Error(source.Find(place), key, $"the host name {Quoted.Word(host)} cannot be resolved: {wrong}");
        return addresses;
    }
}
