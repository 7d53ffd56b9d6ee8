using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Postern.Configuration.Discovery;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Loading;

/// <summary>A backend with its addresses.</summary>
/// <param name="Addresses">To be tried in order; empty where there is none, or after an error.</param>
/// <param name="Discovered">Null where the operator wrote the address.</param>
internal sealed record LoadedBackend(ImmutableArray<ResolvedAddress> Addresses, DiscoveredBackend? Discovered);

/// <summary>Finds the addresses of a gate's backends: those that are written, and those that a domain's SRV records name.</summary>
internal sealed class BackendLoader(SourceMap source, HostNames names, ServiceSearch search, ProblemList problems)
{
    /// <summary>Of one target: that of a server that is down must leave room for the next one's.</summary>
    private const int MaxAddressesOfATarget = 4;

    /// <param name="gate">Whose backend.</param>
    /// <param name="backend">Null where every connection is routed.</param>
    /// <param name="name">backend-name, where the operator wrote it.</param>
    /// <param name="key">The backend's key in the file.</param>
    public LoadedBackend Load(GateSettings gate, EndpointAddress? backend, string? name, string key) => backend switch
    {
        null => new LoadedBackend([], null),
        { Domain: { } domain } => Discover(gate, domain, name, key),
        _ => new LoadedBackend(names.Resolve(backend, key), null),
    };

    private LoadedBackend Discover(GateSettings gate, string domain, string? name, string key)
    {
        Position at = source.Find(key);
        if (search.Find(gate.Protocol, domain, gate.BackendTls?.Mode, out string wrong) is not { } service)
        {
            problems.Error(at, key, wrong);
            return new LoadedBackend([], null);
        }

        var addresses = ImmutableArray.CreateBuilder<ResolvedAddress>();
        var found = ImmutableArray.CreateBuilder<string>();
        List<string> lost = [];
        foreach (SrvRecord target in service.Targets)
        {
            ImmutableArray<IPAddress> own = names.LookUp(target.Target, out string why);
            if (own.IsEmpty)
            {
                lost.Add($"{target.Target}: {why}");
                continue;
            }

            found.Add(string.Create(CultureInfo.InvariantCulture, $"{target.Target}:{target.Port}"));
            addresses.AddRange(own.Take(MaxAddressesOfATarget).Select(ip => new ResolvedAddress { Ip = ip.ToString(), Port = target.Port, Host = target.Target }));
        }

        if (addresses.Count == 0)
        {
            problems.Error(at, key, $"no server of {service.Service} at {domain} can be resolved: {string.Join("; ", lost)}. {SrvWords.Remedy}");
            return new LoadedBackend([], null);
        }

        if (lost.Count > 0)
            problems.Warning(at, key, $"of the servers of {service.Service} at {domain} these are left out: {string.Join("; ", lost)}");
        ImmutableArray<ResolvedAddress> tried = [.. addresses.DistinctBy(address => (address.Ip, address.Port)).Take(HostNames.MaxAddresses)];
        if (tried.FirstOrDefault(address => IsGateItself(gate, address)) is { } loop)
        {
            problems.Error(at, key, $"{service.Service} at {domain} is at {loop}, which is this gate itself: write the server's own address");
            return new LoadedBackend([], null);
        }

        // RFC 6125 §6.2.1, RFC 6186 §6: nobody signed the record for us, so its target is no name to trust; the domain is.
        return new LoadedBackend(tried, new DiscoveredBackend
        {
            Service = service.Service,
            Domain = domain,
            Mode = service.Mode,
            Targets = found.ToImmutable(),
            IsFallback = service.IsFallback,
            Name = name ?? domain,
            IsDane = gate.BackendTls is { Trust.IsDane: true },
        });
    }

    /// <summary>A site's own records often lead to its gateway: connections would go round without end.</summary>
    private static bool IsGateItself(GateSettings gate, ResolvedAddress address) => gate.Listen.Any(listen =>
        listen.Port == address.Port && listen.Host is not null
        && IPAddress.TryParse(listen.Host, out IPAddress? own) && IPAddress.TryParse(address.Ip, out IPAddress? ip)
        && (own.Equals(ip) || ((own.Equals(IPAddress.Any) || own.Equals(IPAddress.IPv6Any)) && OwnAddresses.Contain(ip))));
}
