using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Policy.Survey;

namespace Postern.Configuration;

/// <summary>One address of a backend that DANE must prove, for the resolver: workers ask about it by its three numbers.</summary>
/// <param name="Gate">The gate's place in <see cref="Snapshot.Gates"/>.</param>
/// <param name="Route">The route's place; −1 is the gate's own backend.</param>
/// <param name="Index">Which of its addresses.</param>
/// <param name="Host">Below this name the TLSA records stand.</param>
/// <param name="Port">In their name, too.</param>
public sealed record DaneBackend(int Gate, int Route, int Index, string Host, int Port)
{
    /// <summary>The SRV name by which the host was found, <c>_imaps._tcp.example.org</c>; null: the operator named the host.</summary>
    public string? Service { get; init; }

    /// <summary>The domain that was asked for its service.</summary>
    public string? Domain { get; init; }

    /// <summary>The service had no record: the host is the domain.</summary>
    public bool IsFallback { get; init; }

    /// <summary>RFC 7672 §3.1.3: mail servers know two of the four usages.</summary>
    public bool IsSmtp { get; init; }

    /// <summary>Those of all gates with <c>backend-trust = "dane"</c>.</summary>
    public static ImmutableArray<DaneBackend> Of(ImmutableArray<LoadedGate> gates) =>
        [.. gates.Index().Where(each => each.Item.BackendTls is { IsDane: true }).SelectMany(each => Of(each.Index, each.Item))];

    /// <summary>For a survey that knows nothing yet; null for what is no name of the DNS, and so has no records.</summary>
    public BackendCase? ToCase()
    {
        DnsName? host = DnsName.Read(Host), service = Name(Service), domain = Name(Domain);
        return host is null || (Service is not null && (service is null || domain is null))
            ? null
            : new BackendCase { Host = host, Port = Port, Service = service, Domain = domain, IsFallback = IsFallback, IsSmtp = IsSmtp };

        static DnsName? Name(string? text) => text is null ? null : DnsName.Read(text);
    }

    private static IEnumerable<DaneBackend> Of(int number, LoadedGate gate)
    {
        foreach ((int place, ImmutableArray<ResolvedAddress> addresses) in gate.RouteBackends.Insert(0, gate.Backend).Index())
        {
            DiscoveredBackend? discovered = gate.Discovered[place];
            foreach ((int index, ResolvedAddress address) in addresses.Index().Where(each => each.Item.Host is not null))
            {
                yield return new DaneBackend(number, place - 1, index, address.Host!, address.Port)
                {
                    Service = discovered is null ? null : $"_{discovered.Service}._tcp.{discovered.Domain}",
                    Domain = discovered?.Domain,
                    IsFallback = discovered is { IsFallback: true },
                    IsSmtp = gate.Settings.Protocol == "smtp",
                };
            }
        }
    }
}
